//go:build amd64 || arm64

package namespace

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// How a run was asked for, in message.n.
const (
	runNested = 1 << iota
	runStdin  // a descriptor for stdin comes first
	runBeside // others may run at the same time
)

// childRun is a process that the host waits for.
type childRun struct {
	id         uint64
	pid, pidfd int
	nested     bool
	beside     bool
	caller     int            // of a nested one: the process that called the command
	others     map[int]living // of a nested one: what lived when it began
	mark       uint64
}

// reapEvery is how often orphans are looked for at least, while anything lives.
// A child's end interrupts the poll, if the signal of it reaches this thread.
const reapEvery = time.Second

// serve is the life of PID 1's main thread: one thread does all the starting,
// waiting and answering, for each hand-over between threads costs a tenth of
// a command. It ends when the host is gone.
func (s *initProcess) serve() {
	children := false
	for {
		polled := []unix.PollFd{{Fd: controlFD, Events: unix.POLLIN}}
		for _, r := range s.runs {
			polled = append(polled, unix.PollFd{Fd: int32(r.pidfd), Events: unix.POLLIN})
		}
		timeout := -1
		if children {
			timeout = int(reapEvery / time.Millisecond)
		}
		if _, err := unix.Poll(polled, timeout); err != nil && err != unix.EINTR {
			return
		}
		if polled[0].Revents != 0 && !s.handleNext() {
			return
		}
		children = s.reap()
	}
}

// handleNext takes one message, and says whether the host is still there.
func (s *initProcess) handleNext() bool {
	data, fds, err := receiveOn(controlFD, unix.MSG_DONTWAIT, s.buf)
	if err == unix.EAGAIN {
		return true
	}
	if err != nil || len(data) == 0 {
		return false
	}
	m, err := unpack(data, fds)
	if err != nil {
		return false
	}
	defer m.closeFDs()
	switch m.op {
	case opRun:
		s.run(m)
	case opKill:
		s.kill(m.id)
	case opGoOn:
		seccomp.Respond(s.listener, seccomp.Response{ID: m.id, Flags: seccomp.Continue})
	case opAnswer:
		seccomp.Respond(s.listener, seccomp.Response{ID: m.id, Value: m.n & 0xff})
	case opLay:
		s.done(m.id, layMessage(m))
	case opRemove:
		s.done(m.id, os.RemoveAll(m.text(0, 0)))
	case opListen:
		s.listenInside(m)
	case opEcho:
		s.done(m.id, nil)
	case opClear:
		s.done(m.id, s.clear())
	}
	return true
}

func (s *initProcess) done(id uint64, err error) {
	m := &message{op: opDone, id: id}
	if err != nil {
		var errno syscall.Errno
		if asErrno(err, &errno) {
			m.n = int64(errno)
		}
		m.lists = [][]string{{err.Error()}}
	}
	s.send(m)
}

func layMessage(m *message) error {
	f, err := decodeFile(m.list(0))
	if err != nil {
		return err
	}
	if len(m.fds) != 1 {
		return errMalformed
	}
	body, err := readMemory(m.fds[0])
	if err != nil {
		return err
	}
	return lay(f, body)
}

// reap collects what has ended, reports the runs among it, and says whether
// there are children left.
func (s *initProcess) reap() bool {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return false
		}
		if pid == 0 {
			return true
		}
		if status.Stopped() {
			letGo(pid, status.StopSignal())
			continue
		}
		for id, r := range s.runs {
			if r.pid != pid {
				continue
			}
			code := status.ExitStatus()
			if status.Signaled() {
				code = 128 + int(status.Signal())
			}
			unix.Close(r.pidfd)
			delete(s.runs, id)
			s.send(&message{op: opExited, id: id, n: int64(code)})
		}
	}
}

// letGo detaches a process that made PID 1 its tracer (PTRACE_TRACEME) and now
// stands still for a signal, which it gets. It has not ended.
func letGo(pid int, signal syscall.Signal) {
	if signal == syscall.SIGTRAP { // of an exec
		signal = 0
	}
	unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(pid), 0, uintptr(signal), 0, 0)
}
