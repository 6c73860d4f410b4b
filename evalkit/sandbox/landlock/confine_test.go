//go:build linux && (amd64 || arm64)

package landlock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// versions are those of Landlock that tests look at: what the kernel has, and
// the oldest.
var versions = []Backend{{}, {most: oldest}}

// Landlock leaves modes, dates and signals open. The supervisor does not.
func TestNothingOutsideIsChanged(t *testing.T) {
	dir, err := os.MkdirTemp("", "outside")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	when := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(file, when, when); err != nil {
		t.Fatal(err)
	}
	for _, b := range versions {
		s := machineFor(t, b, sandbox.Config{})
		for _, script := range []string{
			"chmod 600 %s", "chmod 700 " + dir, "touch -d 2001-01-01 %s", "touch %s", "chown $(id -u) %s", "truncate -s 0 %s", "echo y >> %s",
			"ln -s %s l; chmod 600 l", "ln -s %s m; touch -d 2001-01-01 m", "cd " + dir + " && chmod 600 f", "rm -f %s", "mv %s .", "ln %s .", "mkdir " + dir + "/d",
		} {
			if strings.Contains(script, "%s") {
				script = fmt.Sprintf(script, file)
			}
			if r := sh(t, s, script); r.Exit == 0 && !strings.HasPrefix(script, "rm -f") {
				t.Errorf("version %d: %s: done", b.most, script)
			}
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode() != 0o644 && info.Mode() != 0o666 || !info.ModTime().Equal(when) || info.Size() != 1 {
			t.Errorf("version %d: %+v, %v", b.most, info, err)
		}
	}
}

// What is inside can be changed as on any machine.
func TestModesAndDates(t *testing.T) {
	s := machineFor(t, Backend{}, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("x")}}})
	r := sh(t, s, `set -e; chmod 640 f; chmod 640 $PWD/f; touch -d '2001-02-03 04:05:06 UTC' f; cp -p f g; mkdir d; chmod 700 d; ln -s f l; touch -h -d 2002-02-02 l
chmod +x l; tar cf a.tar f d; rm -r f d; tar xpf a.tar; stat -c '%a %Y %n' f g d; umask 077; touch n; stat -c %a n`)
	if want := "751 981173106 f\n640 981173106 g\n700"; r.Exit != 0 || !strings.HasPrefix(string(r.Stdout), want) || !strings.HasSuffix(string(r.Stdout), "d\n600\n") {
		t.Errorf("exit %d\n%s%s", r.Exit, r.Stdout, r.Stderr)
	}
}

// A process of the same user outside is not reached by any signal.
func TestNoSignalLeaves(t *testing.T) {
	for _, b := range versions {
		bystander := exec.Command("sleep", "600")
		bystander.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := bystander.Start(); err != nil {
			t.Fatal(err)
		}
		s := machineFor(t, b, sandbox.Config{})
		pid := bystander.Process.Pid
		r := sh(t, s, fmt.Sprintf("kill -9 %[1]d; kill -9 -%[1]d; kill -9 -1; kill -0 %[1]d || echo hidden; kill -9 $PPID; kill -9 %[2]d", pid, os.Getpid()))
		if string(r.Stdout) != "hidden\n" {
			t.Errorf("version %d: %q %q", b.most, r.Stdout, r.Stderr)
		}
		if python(s) {
			r := sh(t, s, fmt.Sprintf(`/usr/bin/python3 -c '
import os, signal, ctypes, fcntl
libc = ctypes.CDLL(None, use_errno=True)
def gone(name, do):
    try:
        if do() == -1: raise OSError
        print(name)
    except (OSError, AttributeError): pass
info = ctypes.create_string_buffer(128)
ctypes.cast(info, ctypes.POINTER(ctypes.c_int))[0] = 9; ctypes.cast(info, ctypes.POINTER(ctypes.c_int))[2] = -1
gone("tgkill", lambda: libc.syscall(234, %[1]d, %[1]d, 9))
gone("tkill", lambda: libc.syscall(200, %[1]d, 9))
gone("sigqueue", lambda: libc.syscall(129, %[1]d, 9, info))
gone("pidfd", lambda: signal.pidfd_send_signal(os.pidfd_open(%[1]d), 9))
gone("setown", lambda: fcntl.fcntl(0, fcntl.F_SETOWN, %[1]d))
gone("prlimit", lambda: __import__("resource").prlimit(%[1]d, 0, (1, 1)))
gone("ptrace", lambda: libc.ptrace(16, %[1]d, 0, 0))
gone("shm", lambda: libc.shmget(0, 4096, 0o1600))
own = os.fork()
if own == 0: signal.pause()
signal.pidfd_send_signal(os.pidfd_open(own), 9); print("own", os.waitpid(own, 0)[1])
'`, pid))
			if string(r.Stdout) != "own 9\n" {
				t.Errorf("version %d: %q %q", b.most, r.Stdout, r.Stderr)
			}
		}
		if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
			t.Errorf("version %d: the bystander is gone: %v", b.most, err)
		}
		if r := sh(t, s, "sleep 600 & kill -9 $!; wait $!; echo $?; kill -9 $$"); string(r.Stdout) != "137\n" || r.Exit != exitKilled {
			t.Errorf("version %d: own processes: %+v", b.most, r)
		}
		bystander.Process.Kill()
		bystander.Wait()
	}
}

func python(s sandbox.Sandbox) bool {
	r, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"sh", "-c", "test -x /usr/bin/python3 && test $(uname -m) = x86_64"}})
	return err == nil && r.Exit == 0
}

// Sockets with a path are as closed as the others: an agent of keys, or a
// container's, may listen there.
func TestNoSocketOfTheHost(t *testing.T) {
	dir, err := os.MkdirTemp("", "socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	os.Chmod(filepath.Join(dir, "s"), 0o777)
	s := machineFor(t, Backend{}, sandbox.Config{})
	if !python(s) {
		t.Skip("no python3 here")
	}
	for name, script := range map[string]string{
		"stream":         `s = socket.socket(socket.AF_UNIX); s.connect(p)`,
		"datagrams pair": `a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendto(b"x", p)`,
		"stream pair":    `a, b = socket.socketpair(); a.connect(p)`,
		"inet":           `socket.socket()`,
		"netlink":        `socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)`,
	} {
		r := sh(t, s, "/usr/bin/python3 -c 'import socket\np = \""+filepath.Join(dir, "s")+"\"\ntry:\n  "+script+"\nexcept OSError: print(\"refused\")'")
		if string(r.Stdout) != "refused\n" {
			t.Errorf("%s: %q %q", name, r.Stdout, r.Stderr)
		}
	}
	if r := sh(t, s, "/usr/bin/python3 -c 'import socket\na, b = socket.socketpair(); a.send(b\"own\"); print(b.recv(3).decode())'"); string(r.Stdout) != "own\n" {
		t.Errorf("a pair of its own: %q %q", r.Stdout, r.Stderr)
	}
}

// What takes namespaces is refused, and never left out.
func TestNotPromised(t *testing.T) {
	for name, c := range map[string]sandbox.Config{
		"command":     {Commands: []sandbox.Command{{Path: "x", Run: func(context.Context, *sandbox.Call) int { return 0 }}}},
		"hide":        {Hide: []string{"perl"}},
		"system file": {Files: []sandbox.File{{Path: "/etc/hosts", Body: []byte("x")}}},
		"folder":      {Folders: []sandbox.Folder{{Host: "/usr"}}},
	} {
		s, err := Backend{}.Open(within(t), c)
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, sandbox.ErrUnsupported) || !strings.Contains(err.Error(), string(sandbox.SystemFiles)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Backend{most: 1}).Open(within(t), sandbox.Config{}); !errors.Is(err, sandbox.ErrUnsupported) || !strings.Contains(err.Error(), "Linux 6.2") {
		t.Errorf("version 1: %v", err)
	}
}

// The paths that a command sees and those of the scenario are the same files.
func TestPaths(t *testing.T) {
	s := machineFor(t, Backend{}, sandbox.Config{Files: []sandbox.File{{Path: "/app/f", Body: []byte("1")}, {Path: "/root/h", Body: []byte("2")}, {Path: "/tmp/t", Body: []byte("3")}}})
	r := sh(t, s, "cat f ~/h $TMPDIR/t; echo 4 > f; echo; printf %s $PWD")
	text, pwd, _ := strings.Cut(string(r.Stdout), "\n")
	if text != "123" || pwd == "" {
		t.Fatalf("%q %q", r.Stdout, r.Stderr)
	}
	for _, name := range []string{"f", "/app/f", pwd + "/f"} {
		if b, err := s.ReadFile(within(t), name, 0); err != nil || string(b) != "4\n" {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	if changes, err := s.Changes(within(t)); err != nil || len(changes) != 1 || changes[0].Path != "/app/f" {
		t.Errorf("%+v, %v", changes, err)
	}
}
