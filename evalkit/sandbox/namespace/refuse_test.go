//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/internal/poorer"
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

// TestRefusedHere opens a sandbox on a poorer machine and prints the error.
func TestRefusedHere(t *testing.T) {
	if poorer.Here() == "" {
		t.Skip("a part of TestPoorerMachines")
	}
	s, err := Backend{}.Open(within20(t), sandbox.Config{})
	if err == nil {
		s.Close()
	}
	fmt.Printf("refused: %v, unsupported %v, uid %d\n", err, errors.Is(err, sandbox.ErrUnsupported), os.Getuid())
}

// The error names what is refused, and the mend.
func TestPoorerMachines(t *testing.T) {
	machineFor(t, sandbox.Config{})
	for kind, says := range map[poorer.Kind][]string{
		poorer.NoNamespaces:   {"start in new namespaces: ", "user.max_user_namespaces is 0", "sysctl -w user.max_user_namespaces="},
		poorer.NoMaps:         {"map ids into a new user namespace: ", "operation not permitted", "the namespace itself is given", "apparmor"},
		poorer.NoMounts:       {"private: ", "operation not permitted", "apparmor", "--security-opt"},
		poorer.NoFlags:        {"start in new namespaces: ", "operation not permitted", "--security-opt seccomp=unconfined"},
		poorer.NoCapabilities: {"start in new namespaces: ", "--security-opt seccomp=unconfined"},
		poorer.CoveredProc:    {"proc: ", "operation not permitted", "/proc are covered", "--security-opt systempaths=unconfined"},
	} {
		for _, ordinary := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s ordinary %v", kind, ordinary), func(t *testing.T) {
				out := poorer.Run(t, kind, ordinary, "TestRefusedHere")
				for _, want := range append(says, "unsupported true") {
					if !strings.Contains(out, want) {
						t.Errorf("%s\nwant it to say %s", out, want)
					}
				}
				if ordinary && !strings.Contains(out, fmt.Sprintf("uid %d", poorer.User)) {
					t.Errorf("%s\nwant the uid %d", out, poorer.User)
				}
				t.Log(out)
			})
		}
	}
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
