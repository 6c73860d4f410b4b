package poorer

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Here is the machine that this process was started on by Run; empty: the whole
// one.
func Here() Kind { return Kind(os.Getenv(readyEnv)) }

func init() {
	kind := Kind(os.Getenv(kindEnv))
	if kind == "" {
		return
	}
	if err := enter(kind); err != nil {
		fmt.Fprintf(os.Stderr, "poorer machine %s: %v\n", kind, err)
		os.Exit(3)
	}
	os.Unsetenv(kindEnv)
	os.Setenv(readyEnv, string(kind))
}

// enter makes this process's machine poorer. As an ordinary user it starts the
// binary once more: what has changed its user cannot be looked into otherwise.
func enter(kind Kind) error {
	uid, err := strconv.Atoi(os.Getenv(userEnv))
	if err != nil {
		uid = 0
	}
	if os.Getenv(readyEnv) == "" {
		switch kind {
		case NoNamespaces:
			if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
				return err
			}
		case CoveredProc:
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return err
			}
			if err := unix.Mount("tmpfs", "/proc/sys", "tmpfs", 0, ""); err != nil {
				return err
			}
		}
		if uid == 0 && kind == NoCapabilities {
			return withoutCapabilities()
		}
		if uid != 0 {
			os.Setenv(readyEnv, "user")
			if err := syscall.Setgroups(nil); err != nil {
				return err
			}
			if err := syscall.Setgid(uid); err != nil {
				return err
			}
			if err := syscall.Setuid(uid); err != nil {
				return err
			}
			return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
		}
	}
	if p := program(kind); p != nil {
		return load(p)
	}
	return nil
}

// withoutCapabilities starts the binary once more with none.
func withoutCapabilities() error {
	runtime.LockOSThread()
	for c := uintptr(0); c <= 63; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // past the last one
		}
	}
	os.Setenv(readyEnv, "bare")
	return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}

// deny refuses one system call.
func deny(number uint32, e unix.Errno) []bpf.Instruction {
	return []bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: 1}, bpf.RetConstant{Val: 0x00050000 | uint32(e)}}
}

// denyArg refuses one if an argument, cut by a mask, is more than 0 or equals a
// value.
func denyArg(number uint32, arg uint32, mask, equal uint32) []bpf.Instruction {
	test := bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: mask, SkipFalse: 1}
	if mask == 0 {
		test = bpf.JumpIf{Cond: bpf.JumpEqual, Val: equal, SkipFalse: 1}
	}
	return []bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: 4},
		bpf.LoadAbsolute{Off: 16 + 8*arg, Size: 4}, test,
		bpf.RetConstant{Val: 0x00050000 | uint32(unix.EPERM)}, bpf.RetConstant{Val: 0x7fff0000},
	}
}

const newNamespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

func program(kind Kind) []bpf.Instruction {
	p := []bpf.Instruction{bpf.LoadAbsolute{Off: 0, Size: 4}}
	switch kind {
	case NoMounts:
		p = append(p, deny(unix.SYS_MOUNT, unix.EPERM)...)
	case NoMaps: // nothing else is opened so by Go: os.OpenFile adds O_CLOEXEC
		p = append(p, denyArg(unix.SYS_OPENAT, 2, 0, unix.O_RDWR)...)
	case NoFlags, NoCapabilities, NoLandlock:
		p = append(p, deny(unix.SYS_CLONE3, unix.ENOSYS)...)
		p = append(p, deny(unix.SYS_UNSHARE, unix.EPERM)...)
		p = append(p, denyArg(unix.SYS_CLONE, 0, newNamespaces, 0)...)
		if kind == NoLandlock {
			p = append(p, deny(unix.SYS_LANDLOCK_CREATE_RULESET, unix.ENOSYS)...)
		}
	default:
		return nil
	}
	return append(p, bpf.RetConstant{Val: 0x7fff0000})
}

// load puts all threads of this process under a filter.
func load(p []bpf.Instruction) error {
	raw, err := bpf.Assemble(p)
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil { // and with it for all
		return fmt.Errorf("no new privileges: %w", err)
	}
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog))); e != 0 {
		return fmt.Errorf("seccomp: %w", e)
	}
	return nil
}
