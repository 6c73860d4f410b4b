//go:build amd64 || arm64

package namespace

import (
	"crypto/rand"
	"encoding/binary"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// Calls that act on another process. The kernel asks for no more than the same
// user, and PID 1 has that: a limit of no files, or of no time, would end it
// without a sender. So the listener looks at who is meant.

// limitKey is in the upper halves of prlimit's first two arguments, which the
// kernel does not look at, when it is PID 1 that sets the limits of a child.
// Nothing in the sandbox can read it: neither PID 1's memory nor the filter.
type limitKey struct{ pid, resource uint32 }

func newLimitKey() limitKey {
	var b [8]byte
	rand.Read(b[:])
	return limitKey{binary.NativeEndian.Uint32(b[:4]), binary.NativeEndian.Uint32(b[4:])}
}

// set sets a limit of another process's, from under the filter.
func (k limitKey) set(pid, resource int, l *unix.Rlimit) error {
	return prlimit(uintptr(k.pid)<<32|uintptr(uint32(pid)), uintptr(k.resource)<<32|uintptr(resource), l)
}

// prlimit is the bare call, with all 64 bits of its first two arguments.
func prlimit(pid, resource uintptr, l *unix.Rlimit) error {
	if _, _, e := unix.RawSyscall6(unix.SYS_PRLIMIT64, pid, resource, uintptr(unsafe.Pointer(l)), 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

// acting are calls whose first argument is a process, 0 for the caller's own.
var acting = []uint32{
	unix.SYS_SCHED_SETSCHEDULER, unix.SYS_SCHED_SETPARAM, unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_SETATTR,
}

// which are calls whose first argument says what the second is.
var which = []struct{ number, process uint32 }{
	{unix.SYS_SETPRIORITY, unix.PRIO_PROCESS}, {unix.SYS_IOPRIO_SET, ioprioProcess},
}

// From linux/ioprio.h.
const (
	ioprioProcess = 1
	ioprioGroup   = 2
)

// reaching are calls that look into, or trace, what is no child of the caller.
var reaching = []uint32{
	unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP,
	unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES,
}

// onOthers is the filter's part for these calls.
func onOthers(key limitKey) []bpf.Instruction {
	var p []bpf.Instruction
	for _, number := range acting {
		p = append(p, seccomp.ForCall(number, seccomp.ForArg(0, []uint32{0}, seccomp.Ret(seccomp.Allow), seccomp.Ret(seccomp.Notify))...)...)
	}
	for _, w := range which {
		p = append(p, seccomp.ForCall(w.number,
			bpf.LoadAbsolute{Off: seccomp.OffArg(0), Size: 4},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: w.process, SkipTrue: 3},
			bpf.LoadAbsolute{Off: seccomp.OffArg(1), Size: 4},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 1},
			seccomp.Ret(seccomp.Allow),
			seccomp.Ret(seccomp.Notify))...)
	}
	p = append(p, seccomp.ForCall(unix.SYS_PRLIMIT64,
		bpf.LoadAbsolute{Off: seccomp.OffArg(0), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 4},
		bpf.LoadAbsolute{Off: seccomp.OffArgHigh(0), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: key.pid, SkipTrue: 3},
		bpf.LoadAbsolute{Off: seccomp.OffArgHigh(1), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: key.resource, SkipTrue: 1},
		seccomp.Ret(seccomp.Allow),
		seccomp.Ret(seccomp.Notify))...)
	p = append(p, seccomp.ForCall(unix.SYS_PTRACE, seccomp.ForArg(0, []uint32{unix.PTRACE_ATTACH, unix.PTRACE_SEIZE}, seccomp.Refuse(unix.EPERM), seccomp.Ret(seccomp.Allow))...)...)
	for _, number := range reaching {
		p = append(p, seccomp.ForCall(number, seccomp.Refuse(unix.EPERM))...)
	}
	return p
}

// actedOn answers a call that acts on another process: on PID 1 it is refused,
// as it is when it means every process of the user.
func actedOn(n seccomp.Notification) seccomp.Response {
	target, group := int32(uint32(n.Args[0])), false
	switch n.Number {
	case unix.SYS_SETPRIORITY, unix.SYS_IOPRIO_SET:
		kind := uint32(n.Args[0])
		target = int32(uint32(n.Args[1]))
		process := n.Number == unix.SYS_SETPRIORITY && kind == unix.PRIO_PROCESS || n.Number == unix.SYS_IOPRIO_SET && kind == ioprioProcess
		group = n.Number == unix.SYS_SETPRIORITY && kind == unix.PRIO_PGRP || n.Number == unix.SYS_IOPRIO_SET && kind == ioprioGroup
		if !process && !group { // all of a user's
			return seccomp.Response{ID: n.ID, Errno: -int32(unix.EPERM)}
		}
	}
	if isOwnTask(target) && !(group && target != 1) {
		return seccomp.Response{ID: n.ID, Errno: -int32(unix.EPERM)}
	}
	return seccomp.Response{ID: n.ID, Flags: seccomp.Continue}
}
