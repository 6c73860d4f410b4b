//go:build amd64 || arm64

package landlock

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// refused are system calls that Landlock leaves open and that reach outside of
// the sandbox, or widen what an agent can reach of the kernel.
var refused = []uint32{
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_SYSLOG,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KCMP,
	unix.SYS_PIDFD_GETFD, unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE,
	unix.SYS_MOVE_PAGES, unix.SYS_MIGRATE_PAGES,
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
	unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR,
	unix.SYS_REBOOT, unix.SYS_KEXEC_LOAD, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	unix.SYS_FANOTIFY_INIT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT,
}

// attributes are those of which programs expect that a file system has none.
var attributes = []uint32{
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR,
}

// setxattrat and removexattrat are the same on every architecture.
const (
	setxattrat    = 463
	removexattrat = 466
	fileSetattr   = 469
)

// unknown are those that programs do without where they are not there.
var unknown = []uint32{
	unix.SYS_CLONE3, unix.SYS_INOTIFY_INIT1, unix.SYS_INOTIFY_ADD_WATCH, setxattrat, removexattrat, fileSetattr,
	unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_SHMCTL, unix.SYS_SHMDT,
	unix.SYS_MSGGET, unix.SYS_MSGSND, unix.SYS_MSGRCV, unix.SYS_MSGCTL,
	unix.SYS_SEMGET, unix.SYS_SEMOP, unix.SYS_SEMCTL, unix.SYS_SEMTIMEDOP,
	unix.SYS_MQ_OPEN, unix.SYS_MQ_UNLINK,
}

// newNamespaces are the flags of clone that ask for some.
const newNamespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// asked are the system calls that the supervisor decides: signals, and what
// Landlock does not look at, the modes, owners and times of files.
var asked = slices.Concat([]uint32{
	unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT,
}, askedHere)

// filter is the program that every process of a sandbox runs under.
func filter() []bpf.Instruction {
	p := seccomp.Native()
	no, yes := seccomp.Refuse, seccomp.Ret(seccomp.Allow)
	// The Go runtime signals its own threads so, while nobody could answer.
	p = append(p, seccomp.ForCall(unix.SYS_TGKILL, seccomp.ForArg(2, []uint32{uint32(unix.SIGURG)}, yes, seccomp.Ret(seccomp.Notify))...)...)
	for _, number := range asked {
		p = append(p, seccomp.ForCall(number, seccomp.Ret(seccomp.Notify))...)
	}
	for _, number := range refused {
		p = append(p, seccomp.ForCall(number, no(unix.EPERM))...)
	}
	for _, number := range attributes {
		p = append(p, seccomp.ForCall(number, no(unix.EOPNOTSUPP))...)
	}
	for _, number := range slices.Concat(unknown, unknownHere) {
		p = append(p, seccomp.ForCall(number, no(unix.ENOSYS))...)
	}
	p = append(p, seccomp.ForCall(unix.SYS_SOCKET, no(unix.EAFNOSUPPORT))...)
	// A connected pair leads nowhere else; one of datagrams could be sent on.
	p = append(p, seccomp.ForCall(unix.SYS_SOCKETPAIR,
		bpf.LoadAbsolute{Off: seccomp.OffArg(0), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.AF_UNIX, SkipTrue: 1},
		no(unix.EAFNOSUPPORT),
		bpf.LoadAbsolute{Off: seccomp.OffArg(1), Size: 4},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SOCK_STREAM, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SOCK_SEQPACKET, SkipTrue: 1},
		no(unix.ESOCKTNOSUPPORT),
		yes,
	)...)
	p = append(p, seccomp.ForCall(unix.SYS_CLONE,
		bpf.LoadAbsolute{Off: seccomp.OffArg(0), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: newNamespaces, SkipFalse: 1},
		no(unix.EPERM),
		yes,
	)...)
	// Signals by way of a descriptor, and limits of other processes.
	p = append(p, seccomp.ForCall(unix.SYS_FCNTL, seccomp.ForArg(1, []uint32{unix.F_SETOWN, unix.F_SETOWN_EX}, no(unix.EPERM), yes)...)...)
	p = append(p, seccomp.ForCall(unix.SYS_IOCTL, seccomp.ForArg(1, []uint32{fioSetOwn, siocSetOwn, unix.TIOCSTI, unix.TIOCLINUX}, no(unix.EPERM), yes)...)...)
	p = append(p, seccomp.ForCall(unix.SYS_PRLIMIT64, seccomp.ForArg(0, []uint32{0}, yes, no(unix.EPERM))...)...)
	return append(p, yes)
}

// From asm-generic/sockios.h.
const (
	fioSetOwn  = 0x8901
	siocSetOwn = 0x8902
)
