//go:build linux && (amd64 || arm64)

package namespace

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

func attempts() []attempt {
	return slices.Concat(kernelAttempts(), namespaceAttempts(), mountAttempts(), processAttempts(), privilegeAttempts(), socketAttempts(), fileAttempts())
}

// kernelAttempts reach for parts of the kernel that a sandbox has no use for.
// Most of it the kernel alone would let through.
func kernelAttempts() []attempt {
	return []attempt{
		{name: "io_uring_setup", want: "EPERM", outside: true, do: func() error {
			var params [120]byte
			return call3(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&params)))
		}},
		{name: "io_uring_enter and register", want: "EPERM", do: func() error {
			return each(func() error { return call3(unix.SYS_IO_URING_ENTER, 3) }, func() error { return call3(unix.SYS_IO_URING_REGISTER, 3) })
		}},
		{name: "bpf map", want: "EPERM", outside: true, do: func() error {
			attr := [18]uint32{2, 4, 4, 1} // an array of one int
			return call3(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
		}},
		{name: "perf_event_open", want: "EPERM", outside: true, do: func() error {
			attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{}))}
			_, err := unix.PerfEventOpen(&attr, 0, -1, -1, 0)
			return err
		}},
		{name: "userfaultfd", want: "EPERM", outside: true, do: func() error { return call3(unix.SYS_USERFAULTFD, 1) }},
		{name: "keyring: add_key", want: "EPERM", outside: true, do: func() error {
			_, err := unix.AddKey("user", "k", []byte("x"), unix.KEY_SPEC_PROCESS_KEYRING)
			return err
		}},
		{name: "keyring: keyctl", want: "EPERM", outside: true, do: func() error {
			_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
			return err
		}},
		{name: "keyring: request_key", want: "EPERM", do: func() error {
			_, err := unix.RequestKey("user", "k", "", unix.KEY_SPEC_PROCESS_KEYRING)
			return err
		}},
		{name: "memfd_create", want: "ENOSYS", outside: true, do: func() error { _, err := unix.MemfdCreate("m", 0); return err }},
		{name: "memfd_secret", want: "ENOSYS", do: func() error { return call3(unix.SYS_MEMFD_SECRET, 0) }},
		{name: "kernel log: syslog", want: "EPERM", outside: true, do: func() error {
			_, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, make([]byte, 64))
			return err
		}},
		{name: "a lease on a file", want: "EINVAL", outside: true, do: func() error {
			fd, err := unix.Open("leased", unix.O_CREAT|unix.O_RDWR, 0o600)
			if err != nil {
				return err
			}
			defer unix.Unlink("leased")
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
			return err
		}},
		{name: "kexec_load", want: "EPERM|ENOSYS", do: func() error { return call3(unix.SYS_KEXEC_LOAD, 0, 0, 0, 0) }},
		{name: "kexec_file_load", want: "EPERM|ENOSYS", do: func() error { return call3(unix.SYS_KEXEC_FILE_LOAD, ^uintptr(0), ^uintptr(0), 0, 0, 0) }},
		{name: "init_module", want: "EPERM|ENOSYS", do: func() error {
			var b [16]byte
			return call3(unix.SYS_INIT_MODULE, uintptr(unsafe.Pointer(&b)), 16, text(""))
		}},
		{name: "finit_module", want: "EPERM|ENOSYS", do: func() error { return call3(unix.SYS_FINIT_MODULE, 0, text(""), 0) }},
		{name: "delete_module", want: "EPERM|ENOSYS", do: func() error { return call3(unix.SYS_DELETE_MODULE, text("x"), 0) }},
		{name: "swapon", want: "EPERM", do: func() error { return call3(unix.SYS_SWAPON, text("/app/try"), 0) }},
		{name: "acct", want: "EPERM", do: func() error { return unix.Acct("/app/try") }},
		{name: "quotactl", want: "EPERM|ENOTBLK|ENOENT|ENOSYS", do: func() error {
			return call3(unix.SYS_QUOTACTL, 0x800002<<8, text("/dev/sda"), 0, 0)
		}},
		{name: "settimeofday", want: "EPERM", do: func() error { return unix.Settimeofday(&unix.Timeval{Sec: 1}) }},
		{name: "clock_settime", want: "EPERM", do: func() error {
			return call3(unix.SYS_CLOCK_SETTIME, 0, uintptr(unsafe.Pointer(&unix.Timespec{Sec: 1})))
		}},
		{name: "adjtimex", want: "EPERM", do: func() error { _, err := unix.Adjtimex(&unix.Timex{Modes: 1}); return err }},
		{name: "sethostname", want: "EPERM", do: func() error { return unix.Sethostname([]byte("x")) }},
		{name: "fanotify on a mount", want: "EPERM|EINVAL", do: func() error {
			fd, err := unix.FanotifyInit(unix.FAN_CLASS_CONTENT, 0)
			if err != nil {
				return err
			}
			return unix.FanotifyMark(fd, unix.FAN_MARK_ADD|unix.FAN_MARK_MOUNT, unix.FAN_OPEN_PERM, unix.AT_FDCWD, "/")
		}},
		{name: "vhangup", want: "EPERM", do: func() error { return call3(unix.SYS_VHANGUP) }},
		{name: "seccomp listener of its own", want: "EBUSY", outside: true, do: ownListener},
	}
}

// ownListener would let an agent answer its own children's calls: not past the
// sandbox's filter, which is asked as well, but in its place.
func ownListener() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := []unix.SockFilter{{Code: unix.BPF_RET, K: seccomp.Allow}}
	prog := unix.SockFprog{Len: 1, Filter: &program[0]}
	return call3(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&prog)))
}
