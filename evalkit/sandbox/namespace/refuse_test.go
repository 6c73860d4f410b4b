//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

func clearCloseOnExec(t testing.TB, fd uintptr) {
	if _, err := unix.FcntlInt(fd, unix.F_SETFD, 0); err != nil {
		t.Fatal(err)
	}
}

// deny makes the calling thread, and what it starts, unable to make a system
// call, as a security policy would. The thread is never used again.
func deny(number uint32) error {
	runtime.LockOSThread()
	raw, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: seccomp.OffNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: number, SkipFalse: 1},
		seccomp.Refuse(unix.EPERM),
		seccomp.Ret(seccomp.Allow),
	})
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		program[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	if e != 0 {
		return e
	}
	return nil
}

func TestRefusedByPolicy(t *testing.T) {
	machineFor(t, sandbox.Config{}) // it works here otherwise
	for name, c := range map[string]struct {
		number uint32
		step   string
	}{
		"namespaces":   {unix.SYS_CLONE, "start in new namespaces"},
		"mount":        {unix.SYS_MOUNT, "private"},
		"pivot":        {unix.SYS_PIVOT_ROOT, "pivot"},
		"hostname":     {unix.SYS_SETHOSTNAME, "hostname"},
		"mount flags":  {unix.SYS_MOUNT_SETATTR, "read-only"},
		"filter":       {unix.SYS_SECCOMP, "seccomp"},
		"capabilities": {unix.SYS_CAPSET, "capabilities"},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan error)
			go func() {
				if err := deny(c.number); err != nil {
					got <- fmt.Errorf("the test's own filter: %w", err)
					return
				}
				s, err := Backend{}.Open(context.Background(), sandbox.Config{})
				if err == nil {
					s.Close()
				}
				got <- err
			}()
			err := <-got
			if !errors.Is(err, sandbox.ErrUnsupported) || !errors.Is(err, os.ErrPermission) ||
				!strings.Contains(err.Error(), c.step) || !strings.Contains(err.Error(), "docker run") {
				t.Errorf("%v; want the step %q and the mend", err, c.step)
			}
		})
	}
}

const refusedEnv = "NAMESPACE_TEST_REFUSED"

// TestRefusedHere opens a sandbox where the test that runs it made that
// impossible, and prints the error.
func TestRefusedHere(t *testing.T) {
	if os.Getenv(refusedEnv) == "" {
		t.Skip("a part of TestRefusedByKernel")
	}
	s, err := Backend{}.Open(within20(t), sandbox.Config{})
	if err == nil {
		s.Close()
	}
	fmt.Printf("refused: %v, unsupported %v\n", err, errors.Is(err, sandbox.ErrUnsupported))
}

func TestRefusedByKernel(t *testing.T) {
	machineFor(t, sandbox.Config{})
	for name, c := range map[string]struct {
		prepare string
		says    []string
	}{
		"no user namespaces": {"echo 0 > /proc/sys/user/max_user_namespaces", []string{"user.max_user_namespaces", "sysctl -w"}},
		"no net namespaces":  {"echo 0 > /proc/sys/user/max_net_namespaces", []string{"user.max_net_namespaces"}},
		"covered proc":       {"mount -t tmpfs t /proc/sys", []string{"proc:", "systempaths=unconfined"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			script := c.prepare + ` && exec "$0" -test.run=^TestRefusedHere$ -test.v`
			cmd := exec.CommandContext(ctx, "unshare", "-Urmpf", "--mount-proc", "sh", "-c", script, exe(t))
			cmd.Env = append(os.Environ(), refusedEnv+"=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !strings.Contains(string(out), "unsupported true") {
				t.Errorf("%s", out)
			}
			for _, want := range c.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("%s\nwant it to say %s", out, want)
				}
			}
		})
	}
}

func exe(t testing.TB) string {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMends(t *testing.T) {
	for step, errno := range map[string]syscall.Errno{"overlay": unix.ENODEV, "seccomp": unix.EINVAL, "proc": unix.EPERM, "staging": unix.EACCES} {
		err := refusedStep(step, step+" failed", errno)
		if !errors.Is(err, sandbox.ErrUnsupported) || !errors.Is(err, errno) || !strings.HasPrefix(err.Error(), step+": ") {
			t.Errorf("%v", err)
		}
	}
	if err := refusedStep("files", "no space", unix.ENOSPC); errors.Is(err, sandbox.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
