//go:build linux && (amd64 || arm64)

package landlock

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// leftover makes what a run that was killed might have left, or somebody else.
func leftover(t *testing.T, base, name string) string {
	t.Helper()
	dir := filepath.Join(base, folderPrefix+name)
	if err := os.MkdirAll(filepath.Join(dir, "app", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func exists(name string) bool { _, err := os.Lstat(name); return err == nil }

// The next run removes what a dead one has left, whatever an agent did to it,
// and nothing else.
func TestSweep(t *testing.T) {
	base := t.TempDir()
	outside := filepath.Join(base, "outside")
	if err := os.MkdirAll(filepath.Join(outside, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "sub", "f"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	dead := leftover(t, base, "111")
	app := filepath.Join(dead, "app")
	for name, target := range map[string]string{"abs": outside, "rel": "../../outside", "root": "/", "deep/up": "../.."} {
		if err := os.Symlink(target, filepath.Join(app, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(app, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	deepen(t, app)
	for _, locked := range []string{"closed", "closed/in"} {
		if err := os.Mkdir(filepath.Join(app, locked), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, locked := range []string{"closed/in", "closed"} {
		if err := os.WriteFile(filepath.Join(app, locked, "f\n\x1b"), nil, 0o000); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(app, locked), 0o000); err != nil {
			t.Fatal(err)
		}
	}
	alive := leftover(t, base, "222")
	held, err := lock(alive)
	if err != nil || held == nil {
		t.Fatal(err)
	}
	defer held.Close()
	other := leftover(t, base, "notanumber")
	if err := os.Symlink(outside, filepath.Join(base, folderPrefix+"333")); err != nil {
		t.Fatal(err)
	}
	strangers := ""
	if os.Geteuid() == 0 {
		strangers = leftover(t, base, "444")
		if err := os.Chown(strangers, 1234, 1234); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dead, 0x70000000+77, 0x70000000+77); err != nil { // as of a sandbox of root's
			t.Fatal(err)
		}
	}
	sweep(base)
	if exists(dead) {
		t.Error("what a dead run left is still there")
	}
	if !exists(alive) || !exists(other) || !exists(filepath.Join(base, folderPrefix+"333")) || strangers != "" && !exists(strangers) {
		t.Error("what is in use, or somebody else's, is gone")
	}
	if b, err := os.ReadFile(filepath.Join(outside, "sub", "f")); err != nil || string(b) != "mine" {
		t.Errorf("a link led out: %q, %v", b, err)
	}
	held.Close()
	sweep(base)
	if exists(alive) {
		t.Error("it is held no more")
	}
}

// deepen makes folders deeper than a path can say.
func deepen(t *testing.T, dir string) {
	t.Helper()
	at, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	for range 300 {
		if err == nil {
			err = unix.Mkdirat(at, strings.Repeat("d", 64), 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
		next, e := unix.Openat(at, strings.Repeat("d", 64), unix.O_RDONLY|unix.O_DIRECTORY, 0)
		unix.Close(at)
		at, err = next, e
	}
	unix.Close(at)
}

// What an agent leaves does not hinder closing.
func TestCloseRemovesWhatIsLeft(t *testing.T) {
	dir, err := os.MkdirTemp("", "close")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	s := machineFor(t, Backend{}, sandbox.Config{})
	sh(t, s, "mkdir -p a/b; : > a/b/f; ln -s / r; chmod 000 a/b a; chmod 000 .; (while :; do mkdir -p $TMPDIR/x/y; : > $TMPDIR/x/z; done) </dev/null >/dev/null 2>&1 &")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) > 0 {
		t.Errorf("left: %q", names)
	}
}

const deadEnv = "LANDLOCK_TEST_DEAD"

// TestDeadHere is a harness whose supervisor is killed with it.
func TestDeadHere(t *testing.T) {
	if os.Getenv(deadEnv) == "" {
		t.Skip("a part of TestSupervisorKilledToo")
	}
	s := machineFor(t, Backend{}, sandbox.Config{})
	fmt.Printf("\nsupervisor %d\n", s.(*machine).process.Pid)
	sh(t, s, "sleep 600")
}

// Both at once, as a cgroup is ended: then the next run removes the folder.
func TestSupervisorKilledToo(t *testing.T) {
	dir, err := os.MkdirTemp("", "dead")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestDeadHere$")
	cmd.Env = append(os.Environ(), deadEnv+"=1", "TMPDIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		fmt.Sscanf(lines.Text(), "supervisor %d", &pid)
	}
	if pid == 0 {
		t.Fatal("it opened no sandbox")
	}
	for _, p := range []int{pid, cmd.Process.Pid} {
		if err := syscall.Kill(p, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []int{pid, cmd.Process.Pid} {
		if err := syscall.Kill(p, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Wait()
	eventually(t, "the supervisor is gone", func() bool { return !exists(fmt.Sprintf("/proc/%d", pid)) })
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 1 {
		t.Fatalf("left: %q; want one folder", names)
	}
	// What it was just starting holds the lock for as long as it takes to die.
	eventually(t, "nothing is left", func() bool {
		sweep(dir)
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		return len(names) == 0
	})
}

// A supervisor that dies alone is a fault of the sandbox, and its commands die
// with it.
func TestSupervisorDies(t *testing.T) {
	s, err := Backend{}.Open(within(t), sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s.(*machine).process.Kill()
	if _, err := s.Run(within(t), sandbox.Process{Argv: []string{"sleep", "600"}}); err == nil || !strings.Contains(err.Error(), "supervisor") && !strings.Contains(err.Error(), "pipe") {
		t.Errorf("%v", err)
	}
	if changes, err := s.Changes(within(t)); err == nil || len(changes) > 0 {
		t.Errorf("%v, %v", changes, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if exists(s.(*machine).plan.folder) {
		t.Error("the folder is left")
	}
}
