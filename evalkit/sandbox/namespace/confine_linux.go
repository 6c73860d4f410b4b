//go:build amd64 || arm64

package namespace

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

func asErrno(err error, errno *syscall.Errno) bool { return errors.As(err, errno) }

// spareProcesses is what PID 1 may have beyond the agents' limit, so that it
// can still start a process under a fork bomb.
const spareProcesses = 64

// ownThreads is what PID 1's own threads take of the limit, for they count.
const ownThreads = 12

// confine gives up what PID 1 and its children must not have. It runs on the
// thread that starts processes; what it sets is theirs by inheritance.
func (s *initProcess) confine() error {
	if err := dropSignals(); err != nil {
		return fmt.Errorf("signals: %w", err)
	}
	if err := proc.NameThreads("init"); err != nil {
		return err
	}
	write("/proc/self/oom_score_adj", "1000")
	if err := s.limitSelf(); err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("dumpable: %w", err)
	}
	unix.KeyctlJoinSessionKeyring("") // best effort: not every kernel has keyrings
	for c := uintptr(0); c <= 63; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // past the last capability that the kernel knows
		}
	}
	if err := dropCapabilities(); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	var err error
	s.listener, err = loadFilter(telling{hold: len(s.hold) > 0, guard: len(s.guard) > 0, start: len(s.startOf) > 0, turn: s.network != nil}, s.key)
	return err
}

// dropCapabilities empties the capability sets: of all threads where the
// runtime can do that, of this one where the binary uses cgo. The runtime's
// own threads keep theirs then; they start no process.
func dropCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	_, _, e := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0)
	if e == 0 {
		return nil
	}
	return unix.Capset(&header, &none[0])
}

// limitSelf sets the limits that children inherit. Memory is not among them:
// PID 1 itself could not live within it.
func (s *initProcess) limitSelf() error {
	for _, l := range []struct {
		resource   int
		soft, hard uint64
	}{
		{unix.RLIMIT_CORE, 0, 0},
		{unix.RLIMIT_FSIZE, uint64(s.fileSize), unix.RLIM_INFINITY}, // hard for children alone: see extend
		{unix.RLIMIT_NPROC, uint64(s.processes + spareProcesses), uint64(s.processes + spareProcesses)},
		{unix.RLIMIT_NOFILE, 1024, 4096},
		{unix.RLIMIT_SIGPENDING, 1024, 1024},
		{unix.RLIMIT_MEMLOCK, 8 << 20, 8 << 20},
		{unix.RLIMIT_MSGQUEUE, 800 << 10, 800 << 10},
		{unix.RLIMIT_RTPRIO, 0, 0},
		{unix.RLIMIT_NICE, 0, 0},
	} {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(l.resource, &now); err != nil {
			return err
		}
		want := syscall.Rlimit{Cur: min(l.soft, now.Max), Max: min(l.hard, now.Max)}
		if err := syscall.Setrlimit(l.resource, &want); err != nil {
			return err
		}
	}
	for i, resource := range []int{unix.RLIMIT_NPROC, unix.RLIMIT_DATA, unix.RLIMIT_AS, unix.RLIMIT_FSIZE} {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(resource, &now); err != nil {
			return err
		}
		s.most[i] = now.Max
	}
	return nil
}

// limitChild sets the limits that are a child's alone.
func (s *initProcess) limitChild(pid int) {
	for _, l := range []struct {
		resource    int
		value, most uint64
	}{
		{unix.RLIMIT_NPROC, uint64(s.processes + ownThreads), s.most[0]},
		{unix.RLIMIT_FSIZE, uint64(s.fileSize), s.most[3]},
		// What a process can write to counts as its memory; the address space
		// is bounded with room for what runtimes reserve.
		{unix.RLIMIT_DATA, uint64(s.memory), s.most[1]},
		{unix.RLIMIT_AS, proc.AddressSpace * uint64(s.memory), s.most[2]},
	} {
		value := min(l.value, l.most)
		s.key.set(pid, l.resource, &unix.Rlimit{Cur: value, Max: value}) // it may be gone already
	}
}

// write writes to a file of /proc, as well as may be. The runtime's own files
// would be offered to its poller first.
func write(path, text string) {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	unix.Write(fd, []byte(text))
	unix.Close(fd)
}

// dropSignals gives up the handlers of the Go runtime, so that what reaches
// PID 1 past the filter, such as the signal of a descriptor that was given to it
// (F_SETOWN), is dropped: of a signal without a handler the kernel does nothing
// to the init of a pid namespace (SIGNAL_UNKILLABLE). Not ignored: that
// children would inherit. The runtime's own, and the one that tells of a child's
// end, stay.
func dropSignals() error {
	var none [4]uint64 // struct sigaction: SIG_DFL, no flags, no mask
	for n := syscall.Signal(1); n <= 64; n++ {
		switch n {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG:
			continue
		}
		if _, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&none)), 0, 8, 0, 0); e != 0 {
			return fmt.Errorf("%v: %w", n, e)
		}
	}
	return nil
}

// dropCapabilitiesHere empties the sets of the calling thread alone.
func dropCapabilitiesHere() {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	unix.Capset(&header, &none[0])
}
