//go:build amd64 || arm64

package namespace

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Results of a filter, from linux/seccomp.h.
const (
	retAllow  = 0x7fff0000
	retNotify = 0x7fc00000
	retErrno  = 0x00050000
)

// Offsets into struct seccomp_data.
const (
	offNumber = 0
	offArch   = 4
)

// offArg is the low word of an argument: an int with junk in its upper half
// must not slip by.
func offArg(i int) uint32 { return uint32(16 + 8*i) }

// harmless are the signals that do nothing to PID 1, whoever sends them.
var harmless = []uint32{
	0, uint32(unix.SIGURG), uint32(unix.SIGCHLD), uint32(unix.SIGWINCH), uint32(unix.SIGCONT),
}

// faults are the signals that the Go runtime takes for a fault of its own code
// when the kernel sends them for a stranger's descriptor.
var faults = []uint32{
	uint32(unix.SIGILL), uint32(unix.SIGTRAP), uint32(unix.SIGBUS), uint32(unix.SIGFPE),
	uint32(unix.SIGSEGV), uint32(unix.SIGSYS), uint32(unix.SIGSTKFLT),
}

// refused are system calls that nothing in a sandbox needs and that widen what
// an agent can reach of the kernel.
var refused = []uint32{
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_SYSLOG, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
}

// families are the socket families that a network namespace confines, and the
// local one; vsock would reach the hypervisor.
var families = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK, unix.AF_PACKET}

func ret(v uint32) bpf.Instruction { return bpf.RetConstant{Val: v} }

func refuse(e unix.Errno) bpf.Instruction { return ret(retErrno | uint32(e)) }

// forCall guards a block with a system call's number. The block must return on
// every way through it, for it loses the number.
func forCall(number uint32, block ...bpf.Instruction) []bpf.Instruction {
	skip := bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: number, SkipTrue: uint8(len(block))}
	return append([]bpf.Instruction{skip}, block...)
}

// forArg looks at one argument: then if it is one of the values, else
// otherwise.
func forArg(arg int, values []uint32, then, otherwise bpf.Instruction) []bpf.Instruction {
	block := []bpf.Instruction{bpf.LoadAbsolute{Off: offArg(arg), Size: 4}}
	for i, v := range values {
		block = append(block, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(len(values) - i)})
	}
	return append(block, otherwise, then)
}

// stepping are the calls on which held files are looked at: what a process has
// written stands in the file by the time it closes it, or starts another.
var stepping = []uint32{unix.SYS_CLOSE, unix.SYS_EXECVE, unix.SYS_EXECVEAT}

// filter is the program that every process of a sandbox runs under. With hold
// it tells of the calls on which held files are looked at, but for those of the
// code in own: PID 1 must not wait for itself.
func filter(hold bool, own textRange) []bpf.Instruction {
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: auditArch, SkipTrue: 1},
		refuse(unix.ENOSYS),
		bpf.LoadAbsolute{Off: offNumber, Size: 4},
	}
	if runtime.GOARCH == "amd64" { // x32
		p = append(p,
			bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: 0x40000000, SkipTrue: 1},
			refuse(unix.ENOSYS))
	}
	signals := []struct {
		number uint32
		arg    int
	}{
		{unix.SYS_KILL, 1}, {unix.SYS_TKILL, 1}, {unix.SYS_RT_SIGQUEUEINFO, 1},
		{unix.SYS_TGKILL, 2}, {unix.SYS_RT_TGSIGQUEUEINFO, 2}, {unix.SYS_PIDFD_SEND_SIGNAL, 1},
	}
	for _, s := range signals {
		p = append(p, forCall(s.number, forArg(s.arg, harmless, ret(retAllow), ret(retNotify))...)...)
	}
	p = append(p, forCall(unix.SYS_REBOOT, ret(retNotify))...)
	p = append(p, forCall(unix.SYS_SOCKET, forArg(0, families, ret(retAllow), refuse(unix.EAFNOSUPPORT))...)...)
	p = append(p, forCall(unix.SYS_FCNTL, slices.Concat(
		[]bpf.Instruction{
			bpf.LoadAbsolute{Off: offArg(1), Size: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.F_SETSIG, SkipTrue: 1},
			ret(retAllow),
		},
		forArg(2, faults, refuse(unix.EINVAL), ret(retAllow)))...)...)
	for _, number := range refused {
		p = append(p, forCall(number, refuse(unix.EPERM))...)
	}
	if hold {
		for _, number := range stepping {
			p = append(p, forCall(number, outside(own, ret(retNotify), ret(retAllow))...)...)
		}
	}
	return append(p, ret(retAllow))
}

// loadFilter puts the calling thread, and all that it starts, under the filter
// and gives the descriptor on which its notifications are heard.
func loadFilter(hold bool) (listener int, err error) {
	var own textRange
	if hold {
		if own, err = ownText(); err != nil {
			return -1, err
		}
	}
	raw, err := bpf.Assemble(filter(hold, own))
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

// notification is struct seccomp_notif.
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	val   int64
	errno int32
	flags uint32
}

const (
	ioctlReceive = 0xc0502100
	ioctlSend    = 0xc0182101
	ioctlValid   = 0x40082102
	goOn         = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

func receiveNotification(listener int) (n notification, err error) {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), ioctlReceive, uintptr(unsafe.Pointer(&n)))
	if e != 0 {
		return n, e
	}
	return n, nil
}

// respond answers a notification; that its sender is gone by now is no error.
func respond(listener int, r response) {
	unix.Syscall(unix.SYS_IOCTL, uintptr(listener), ioctlSend, uintptr(unsafe.Pointer(&r)))
}

func stillWaiting(listener int, id uint64) bool {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), ioctlValid, uintptr(unsafe.Pointer(&id)))
	return e == 0
}
