//go:build linux && (amd64 || arm64)

package namespace

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// holdings counts what this process holds: descriptors, goroutines, children.
func holdings(t testing.TB) (fds, goroutines, children int) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list), runtime.NumGoroutine(), len(childrenOf(os.Getpid()))
}

func childrenOf(pid int) (list []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for f := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

func noLeak(t *testing.T, do func()) {
	t.Helper()
	warm := machineFor(t, sandbox.Config{}) // what the runtime opens once
	warm.Close()
	fds, goroutines, children := holdings(t)
	do()
	eventually(t, "as little as before", func() bool {
		f, g, c := holdings(t)
		return f <= fds && g <= goroutines && c <= children
	})
}

func TestCloseLeavesNothing(t *testing.T) {
	noLeak(t, func() {
		for range 5 {
			s := machineFor(t, sandbox.Config{
				Files:    []sandbox.File{{Path: "/etc/state", Writable: true}},
				Commands: []sandbox.Command{{Path: "hang", Run: func(ctx context.Context, c *sandbox.Call) int { <-ctx.Done(); return 0 }}},
			})
			bash(t, s, "sleep 1000 & setsid sleep 1000 & (yes > /dev/stderr &) ; echo x > f")
			bash(t, s, "hang >/dev/null & sleep 0.01; hang | cat & true")
			if _, err := s.Changes(context.Background()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("closed twice: %v", err)
			}
			if _, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"true"}}); !errors.Is(err, sandbox.ErrDown) {
				t.Errorf("run when closed: %v", err)
			}
			if _, err := s.ReadFile(context.Background(), "f", 0); err == nil {
				t.Error("read when closed")
			}
			if _, err := s.Changes(context.Background()); err == nil {
				t.Error("changes when closed")
			}
			if _, down := s.Shutdown(); down {
				t.Error("closing is no shutdown")
			}
		}
	})
}

// A function that does not obey its context is named as what holds things up.
func TestCloseSaysWhatHangs(t *testing.T) {
	called, release := make(chan struct{}), make(chan struct{})
	s, err := Backend{}.Open(within20(t), sandbox.Config{Commands: []sandbox.Command{{Path: "stubborn", Run: func(context.Context, *sandbox.Call) int {
		close(called)
		<-release
		return 0
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.(*machine).patience = 20 * time.Millisecond
	bash(t, s, "stubborn &")
	<-called
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "obey its context") {
		t.Error(err)
	}
	close(release)
}

func TestCloseDuringRun(t *testing.T) {
	noLeak(t, func() {
		s := machineFor(t, sandbox.Config{})
		started, done := make(chan struct{}), make(chan error)
		go func() {
			_, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"sleep", "1000"}, Stdin: readOnce(started)})
			done <- err
		}()
		<-started
		s.Close()
		if err := <-done; !errors.Is(err, sandbox.ErrDown) {
			t.Errorf("%v", err)
		}
	})
}

// readOnce closes ch when it is first read.
func readOnce(ch chan struct{}) *onRead { return &onRead{ch: ch} }

type onRead struct {
	once sync.Once
	ch   chan struct{}
}

func (r *onRead) Read([]byte) (int, error) {
	r.once.Do(func() { close(r.ch) })
	return 0, errors.New("nothing to read")
}

func TestCancelledOpenLeavesNothing(t *testing.T) {
	why := errors.New("changed my mind")
	noLeak(t, func() {
		cancelled := 0
		for i := range 40 {
			ctx, cancel := context.WithCancelCause(context.Background())
			stop := time.AfterFunc(time.Duration(i)*300*time.Microsecond, func() { cancel(why) })
			s, err := Backend{}.Open(ctx, sandbox.Config{})
			stop.Stop()
			if err == nil {
				s.Close()
			} else if cancelled++; !errors.Is(err, why) {
				t.Errorf("%v", err)
			}
			cancel(nil)
		}
		if cancelled == 0 {
			t.Error("none was cancelled in time")
		}
	})
}

// PID 1 that dies by the hand of somebody outside is a fault, no shutdown.
func TestInitDies(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("x")}}})
	s.(*machine).process.Kill()
	_, err := s.Run(within20(t), sandbox.Process{Argv: []string{"sleep", "10"}})
	if err == nil || !errors.Is(err, sandbox.ErrDown) || !strings.Contains(err.Error(), "init") {
		t.Errorf("%v", err)
	}
	if _, down := s.Shutdown(); down {
		t.Error("taken for a shutdown")
	}
	// With init the files are gone, which is nobody's deletion.
	eventually(t, "noticed", func() bool { _, err := s.Stat(context.Background(), "/app"); return errors.Is(err, sandbox.ErrDown) })
	if changes, err := s.Changes(context.Background()); err == nil || len(changes) > 0 {
		t.Errorf("%v, %v", changes, err)
	}
}

// A binary that is for nobody else, as umask 077 leaves one, opens sandboxes.
func TestBinaryForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user's sandboxes are the user's own")
	}
	for _, mode := range []os.FileMode{0o700, 0o711, 0o744} {
		name := filepath.Join(t.TempDir(), "own.test")
		b, err := os.ReadFile("/proc/self/exe")
		if err != nil {
			t.Fatal(err)
		}
		syscall.ForkLock.RLock() // a child that inherits what is being written keeps it from being run
		err = os.WriteFile(name, b, mode)
		syscall.ForkLock.RUnlock()
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(name, "-test.run=^(TestRun|TestNothingOfTheHost|TestNoWordInProc)$", "-test.v").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestRun ") {
			t.Errorf("mode %o: %v\n%s", mode, err, out)
		}
	}
}

const hostEnv = "NAMESPACE_TEST_HOST"

// TestHostProcess is the process that TestHostDeath kills.
func TestHostProcess(t *testing.T) {
	if os.Getenv(hostEnv) == "" {
		t.Skip("a part of TestHostDeath")
	}
	s := machineFor(t, sandbox.Config{})
	bash(t, s, "setsid sleep 5005 </dev/null >/dev/null 2>&1 & sleep 0.05")
	fmt.Println("pid", s.(*machine).process.Pid)
	bash(t, s, "sleep 5006")
}

func TestHostDeath(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestHostProcess$")
	cmd.Env = append(os.Environ(), hostEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "pid %d", &pid); err == nil {
			break
		}
	}
	if pid == 0 {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatal("the host never opened a sandbox")
	}
	eventually(t, "a sleep runs", func() bool { return len(childrenOf(pid)) == 2 })
	inside := append(childrenOf(pid), pid)
	cmd.Process.Kill()
	cmd.Wait()
	eventually(t, "all gone", func() bool {
		for _, p := range inside {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", p)); err == nil {
				return false
			}
		}
		return true
	})
}

func TestOpenAtOnce(t *testing.T) {
	noLeak(t, func() {
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				s, err := Backend{}.Open(within20(t), sandbox.Config{})
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				r, err := s.Run(within20(t), sandbox.Process{Argv: []string{"bash", "-c", fmt.Sprintf("echo %d > n; cat n", i)}})
				if err != nil || string(r.Stdout) != fmt.Sprintln(i) {
					t.Errorf("%q %v", r.Stdout, err)
				}
			})
		}
		wg.Wait()
	})
}

// A descriptor that the host's parent left open does not reach the sandbox.
func TestInheritedDescriptors(t *testing.T) {
	secret, err := os.CreateTemp(t.TempDir(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	raw, err := secret.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { clearCloseOnExec(t, fd) })
	s := machineFor(t, sandbox.Config{})
	if got := output(t, s, "ls /proc/self/fd | tr '\\n' ' '"); got != "0 1 2 3" {
		t.Errorf("a command has %s", got)
	}
	pid := s.(*machine).process.Pid
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, l := range links {
		if target, _ := os.Readlink(l); strings.Contains(target, "secret") {
			t.Errorf("PID 1 holds %s", target)
		}
	}
	if os.Geteuid() == 0 && len(links) == 0 {
		t.Error("nothing was looked at")
	}
}
