//go:build amd64 || arm64

// Package seccomp writes, loads and serves filters of system calls.
package seccomp

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Results of a filter, from linux/seccomp.h.
const (
	Allow  = 0x7fff0000
	Notify = 0x7fc00000
	Errno  = 0x00050000 // with the error in the low bits
)

// Offsets into struct seccomp_data.
const (
	OffNumber = 0
	OffArch   = 4
)

// OffArg is the low word of an argument: an int with junk in its upper half
// must not slip by.
func OffArg(i int) uint32 { return uint32(16 + 8*i) }

// OffArgHigh is the upper word of an argument.
func OffArgHigh(i int) uint32 { return OffArg(i) + 4 }

// Ret ends a filter with a result.
func Ret(v uint32) bpf.Instruction { return bpf.RetConstant{Val: v} }

// Refuse ends a filter with an error of the system call.
func Refuse(e unix.Errno) bpf.Instruction { return Ret(Errno | uint32(e)) }

// ForCall guards a block with a system call's number. The block must return on
// every way through it, for it loses the number.
func ForCall(number uint32, block ...bpf.Instruction) []bpf.Instruction {
	skip := bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: uint8(len(block))}
	return append([]bpf.Instruction{skip}, block...)
}

// ForArg looks at one argument: then if it is one of the values, else
// otherwise.
func ForArg(arg int, values []uint32, then, otherwise bpf.Instruction) []bpf.Instruction {
	block := []bpf.Instruction{bpf.LoadAbsolute{Off: OffArg(arg), Size: 4}}
	for i, v := range values {
		block = append(block, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(len(values) - i)})
	}
	return append(block, otherwise, then)
}

// Native begins a filter: calls of foreign architectures are unknown to it. It
// leaves the system call's number loaded.
func Native() []bpf.Instruction {
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: OffArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: NativeArch, SkipTrue: 1},
		Refuse(unix.ENOSYS),
		bpf.LoadAbsolute{Off: OffNumber, Size: 4},
	}
	if runtime.GOARCH == "amd64" { // x32
		p = append(p,
			bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: 0x40000000, SkipTrue: 1},
			Refuse(unix.ENOSYS))
	}
	return p
}

// Load puts the calling thread, and all that it starts, under a filter and gives
// the descriptor on which its notifications are heard.
func Load(filter []bpf.Instruction) (listener int, err error) {
	raw, err := bpf.Assemble(filter)
	if err != nil {
		return -1, fmt.Errorf("assemble: %w", err)
	}
	program := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		program[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	const listen, killable = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	for _, flags := range []uintptr{listen | killable, listen} { // killable: since Linux 5.19
		fd, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
		if e == 0 {
			return int(fd), nil
		}
		if e != unix.EINVAL {
			return -1, e
		}
	}
	return -1, unix.EINVAL
}
