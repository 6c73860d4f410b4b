//go:build amd64 || arm64

package namespace

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

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

// unbounded are calls that give memory which no limit counts. Programs know
// kernels without them.
var unbounded = []uint32{unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET}

// families are the socket families that a network namespace confines, and the
// local one; vsock would reach the hypervisor.
var families = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK, unix.AF_PACKET}

// stepping are the calls on which held files are looked at: what a process has
// written stands in the file by the time it closes it, or starts another.
var stepping = []uint32{unix.SYS_CLOSE, unix.SYS_EXECVE, unix.SYS_EXECVEAT}

// telling is what of the ordinary calls a filter tells of, but for those of the code
// in own: PID 1 must not wait for itself.
type telling struct {
	hold  bool // those on which held files are looked at
	start bool // the start of programs
	guard bool // those that may change what is guarded
	turn  bool // those that turn to an address
	own   textRange
}

// filter is the program that every process of a sandbox runs under.
func filter(tell telling, key limitKey) []bpf.Instruction {
	p := seccomp.Native()
	signals := []struct {
		number uint32
		arg    int
	}{
		{unix.SYS_KILL, 1}, {unix.SYS_TKILL, 1}, {unix.SYS_RT_SIGQUEUEINFO, 1},
		{unix.SYS_TGKILL, 2}, {unix.SYS_RT_TGSIGQUEUEINFO, 2}, {unix.SYS_PIDFD_SEND_SIGNAL, 1},
	}
	for _, s := range signals {
		p = append(p, seccomp.ForCall(s.number, seccomp.ForArg(s.arg, harmless, seccomp.Ret(seccomp.Allow), seccomp.Ret(seccomp.Notify))...)...)
	}
	p = append(p, seccomp.ForCall(unix.SYS_REBOOT, seccomp.Ret(seccomp.Notify))...)
	for _, number := range []uint32{unix.SYS_SOCKET, unix.SYS_SOCKETPAIR} {
		p = append(p, seccomp.ForCall(number, seccomp.ForArg(0, families, seccomp.Ret(seccomp.Allow), seccomp.Refuse(unix.EAFNOSUPPORT))...)...)
	}
	p = append(p, seccomp.ForCall(unix.SYS_FCNTL, slices.Concat(
		[]bpf.Instruction{
			bpf.LoadAbsolute{Off: seccomp.OffArg(1), Size: 4},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.F_SETSIG, SkipTrue: 3},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.F_SETLEASE, SkipTrue: 1},
			seccomp.Ret(seccomp.Allow),
			seccomp.Refuse(unix.EINVAL), // it would hold up the harness's reads
		},
		seccomp.ForArg(2, faults, seccomp.Refuse(unix.EINVAL), seccomp.Ret(seccomp.Allow)))...)...)
	p = append(p, onOthers(key)...)
	for _, number := range refused {
		p = append(p, seccomp.ForCall(number, seccomp.Refuse(unix.EPERM))...)
	}
	for _, number := range unbounded {
		p = append(p, seccomp.ForCall(number, seccomp.Refuse(unix.ENOSYS))...)
	}
	for _, number := range stepping {
		if tell.hold || tell.start && number != unix.SYS_CLOSE {
			p = append(p, seccomp.ForCall(number, outside(tell.own, seccomp.Ret(seccomp.Notify), seccomp.Ret(seccomp.Allow))...)...)
		}
	}
	if tell.guard {
		p = append(p, guarding(tell.own)...)
	}
	if tell.turn {
		p = append(p, turning()...)
	}
	return append(p, seccomp.Ret(seccomp.Allow))
}

// loadFilter puts the calling thread, and all that it starts, under the filter
// and gives the descriptor on which its notifications are heard.
func loadFilter(tell telling, key limitKey) (listener int, err error) {
	if tell.hold || tell.start || tell.guard {
		if tell.own, err = ownText(); err != nil {
			return -1, err
		}
	}
	return seccomp.Load(filter(tell, key))
}
