//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/internal/poorer"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// within20 is the context of one test.
func within20(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// machineFor opens a sandbox for one test.
func machineFor(t testing.TB, c sandbox.Config) sandbox.Sandbox {
	t.Helper()
	s, err := Backend{}.Open(within20(t), c)
	if err != nil {
		if os.Getenv("CI") == "" && errors.Is(err, sandbox.ErrUnsupported) {
			t.Skipf("this kernel forbids it: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// bash runs a script and fails the test if that cannot be done.
func bash(t testing.TB, s sandbox.Sandbox, script string) sandbox.Result {
	t.Helper()
	return run(t, s, sandbox.Process{Argv: []string{"bash", "-c", script}})
}

func run(t testing.TB, s sandbox.Sandbox, p sandbox.Process) sandbox.Result {
	t.Helper()
	r, err := s.Run(within20(t), p)
	if err != nil {
		t.Fatalf("run %q: %v", p.Argv, err)
	}
	return r
}

// output runs a script that must succeed and gives its output without the
// space around it.
func output(t testing.TB, s sandbox.Sandbox, script string) string {
	t.Helper()
	r := bash(t, s, script)
	if r.Exit != 0 || len(r.Stderr) > 0 {
		t.Fatalf("%s\nexit %d, stderr %q", script, r.Exit, r.Stderr)
	}
	return strings.TrimSpace(string(r.Stdout))
}

func has(s sandbox.Sandbox, program string) bool {
	r, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"bash", "-c", "command -v " + program}})
	return err == nil && r.Exit == 0
}

// eventually polls a condition on the running system.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// ordinary is the user of this package's tests alone: the kernel counts what a
// user runs, and these fill a machine with processes.
const ordinary = 65533

// The whole suite again as somebody without any privilege.
func TestAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("this is one")
	}
	if testing.Short() {
		t.Skip("twice the time")
	}
	dir, binary := poorer.Copy(t)
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS(testdata)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.v", "-test.timeout=20m")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinary, Gid: ordinary}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	passed := strings.Count(string(out), "--- PASS: Test")
	t.Logf("%d tests passed as uid %d", passed, ordinary)
	if passed < 20 {
		t.Errorf("only %d tests passed:\n%s", passed, out)
	}
}
