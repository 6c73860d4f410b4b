//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// shutdowns are the signals whose arrival at PID 1 ends the machine. All
// others that are sent to it are dropped.
var shutdowns = []uint32{
	uint32(unix.SIGTERM), uint32(unix.SIGINT), uint32(unix.SIGQUIT),
	uint32(unix.SIGHUP), uint32(unix.SIGPWR), uint32(unix.SIGKILL),
}

// What reboot(2) takes, from linux/reboot.h.
const rebootMagic = 0xfee1dead

var (
	rebootMagic2   = []uint32{672274793, 85072278, 369367448, 537993216}
	rebootCommands = []uint32{0x01234567, 0xcdef0123, 0x4321fedc, 0xa1b2c3d4, 0x45584543}
)

// listen hears the notifications of the filter, on a thread outside of it.
func (s *initProcess) listen(heard chan int) {
	runtime.LockOSThread()
	listener := <-heard
	dropCapabilitiesHere()
	for {
		n, err := seccomp.Receive(listener)
		switch err {
		case nil:
			s.notified(listener, n)
		case unix.EINTR, unix.ENOENT: // its sender died first
		default:
			s.fail("listener", err)
			unix.Exit(1)
		}
	}
}

func (s *initProcess) notified(listener int, n seccomp.Notification) {
	arg := func(i int) uint32 { return uint32(n.Args[i]) }
	toInit, sig := false, uint32(0)
	switch n.Number {
	case unix.SYS_KILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_TKILL:
		toInit, sig = isOwnTask(int32(arg(0))), arg(1)
	case unix.SYS_TGKILL, unix.SYS_RT_TGSIGQUEUEINFO:
		toInit, sig = arg(0) == 1 && isOwnTask(int32(arg(1))), arg(2)
	case unix.SYS_PIDFD_SEND_SIGNAL:
		toInit, sig = isOwnDescriptor(n.PID, arg(0)), arg(1)
	case unix.SYS_REBOOT:
		s.reboot(listener, n, arg(0), arg(1), arg(2))
		return
	case unix.SYS_PRLIMIT64, unix.SYS_SETPRIORITY, unix.SYS_IOPRIO_SET, unix.SYS_SCHED_SETSCHEDULER,
		unix.SYS_SCHED_SETPARAM, unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_SETATTR:
		seccomp.Respond(listener, actedOn(n))
		return
	case unix.SYS_CLOSE, unix.SYS_EXECVE, unix.SYS_EXECVEAT:
		if len(s.startOf) > 0 && n.Number != unix.SYS_CLOSE {
			s.lookAtStart(n)
		}
		s.lookAtHeld(listener, n)
		return
	case unix.SYS_CONNECT, unix.SYS_SENDTO:
		s.tellTurning(listener, n)
		return
	}
	if c, ok := guardedCallOf(n.Number); ok {
		s.lookAtGuarded(listener, n, c)
		return
	}
	switch {
	case !toInit || sig > 64:
		// Should another thread swap a descriptor now, its signal is dropped.
		seccomp.Respond(listener, seccomp.Response{ID: n.ID, Flags: seccomp.Continue})
	case slices.Contains(shutdowns, sig):
		s.shutDown(n.PID, unix.SignalName(unix.Signal(sig)))
	default:
		seccomp.Respond(listener, seccomp.Response{ID: n.ID})
	}
}

// isOwnTask says whether a process id is PID 1's or one of its threads'.
func isOwnTask(pid int32) bool {
	return pid == 1 || pid > 1 && unix.Access("/proc/1/task/"+strconv.Itoa(int(pid)), unix.F_OK) == nil
}

// isOwnDescriptor says whether a process's descriptor stands for PID 1: a
// pidfd of it or of a thread, or its folder in /proc.
func isOwnDescriptor(pid, fd uint32) bool {
	base := "/proc/" + strconv.Itoa(int(pid))
	number := strconv.Itoa(int(int32(fd)))
	if target, err := os.Readlink(base + "/fd/" + number); err == nil && strings.HasPrefix(target, "/proc/") {
		id, err := strconv.Atoi(path.Base(target))
		return err == nil && isOwnTask(int32(id))
	}
	info, err := os.ReadFile(base + "/fdinfo/" + number)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(info)) {
		if v, ok := strings.CutPrefix(line, "Pid:"); ok {
			id, err := strconv.Atoi(strings.TrimSpace(v))
			return err == nil && isOwnTask(int32(id))
		}
	}
	return false
}

// shutDown ends the machine: all stops before anything is looked at, the
// sender is told of while it still waits in its call, and then all die. PID 1
// stays, so that the files do.
func (s *initProcess) shutDown(sender uint32, signal string) {
	unix.Kill(-1, unix.SIGSTOP)
	s.down.Store(true)
	s.send(&message{op: opDown, lists: [][]string{{signal}, ancestry(int(sender))}})
	unix.Kill(-1, unix.SIGKILL)
	s.spawning.Lock() // a process that was just being started
	unix.Kill(-1, unix.SIGKILL)
	s.spawning.Unlock()
}

func (s *initProcess) reboot(listener int, n seccomp.Notification, magic, magic2, command uint32) {
	switch {
	case magic == stubMagic:
		if !s.called(listener, n) {
			seccomp.Respond(listener, seccomp.Response{ID: n.ID, Errno: -int32(unix.EINVAL)})
		}
	case magic == rebootMagic && slices.Contains(rebootMagic2, magic2) && slices.Contains(rebootCommands, command):
		s.shutDown(n.PID, "reboot")
	default:
		seccomp.Respond(listener, seccomp.Response{ID: n.ID, Errno: -int32(unix.EINVAL)})
	}
}

// called passes the call of a Go-answered command on to the host, with the
// caller's own standard descriptors, so that offsets are shared, and behind them
// a pidfd of it. It is one
// only if the caller's executable is a stub, wherever it was copied to.
func (s *initProcess) called(listener int, n seccomp.Notification) bool {
	pid := int(n.PID)
	index := int(uint16(n.Args[1]))
	base := "/proc/" + strconv.Itoa(pid)
	if int64(index) >= s.commands || !isStub(base+"/exe", index) {
		return false
	}
	m := &message{op: opCall, id: n.ID, n: int64(index)}
	defer m.closeFDs()
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	for i := range 3 {
		if fd, err := unix.PidfdGetfd(pidfd, i, 0); err == nil {
			m.fds = append(m.fds, fd)
			m.m |= 1 << i
		}
	}
	m.fds = append(m.fds, pidfd)
	dir, err := os.Readlink(base + "/cwd")
	if err != nil {
		return false
	}
	m.lists = [][]string{argsOf(pid), {dir}, ancestry(pid), environOf(pid)}
	if !seccomp.StillWaiting(listener, n.ID) {
		return true // it died: what was read may be a stranger's
	}
	if s.send(m) != nil {
		unix.Exit(1)
	}
	return true
}

func isStub(exe string, index int) bool {
	want := stub(index)
	fd, err := unix.Open(exe, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	got := make([]byte, len(want)+1)
	size, err := unix.Pread(fd, got, 0)
	return err == nil && bytes.Equal(got[:size], want)
}
