//go:build amd64 || arm64

package landlock

import (
	"bufio"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// listen answers what the filter asks, on a thread outside of it.
func (s *supervisor) listen() {
	runtime.LockOSThread()
	for {
		n, err := seccomp.Receive(s.listener)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENOENT): // its sender died first
			continue
		case err != nil:
			unix.Exit(1)
		}
		r := seccomp.Response{ID: n.ID}
		if int(n.PID) == s.thread { // this program's own code
			r.Flags = seccomp.Continue
		} else if c, ok := fileCallOf(n); ok {
			err = s.attributes(n, c)
		} else if err = s.signal(n); err == nil && n.Number != unix.SYS_PIDFD_SEND_SIGNAL {
			r.Flags = seccomp.Continue
		}
		if err != nil {
			var e syscall.Errno
			if !errors.As(err, &e) {
				e = unix.EPERM
			}
			r.Errno = -int32(e)
		}
		seccomp.Respond(s.listener, r)
	}
}

// signal says whether a signal may be sent: to processes of the sandbox. One
// that goes by a descriptor, which could be swapped by now, it sends itself.
func (s *supervisor) signal(n seccomp.Notification) error {
	target := int(int32(n.Args[0]))
	switch n.Number {
	case unix.SYS_KILL:
		switch {
		case target == 0: // its own group, which is of its own session
			return nil
		case target == -1:
			return unix.EPERM
		case target < 0:
			return s.ownsGroup(-target)
		}
	case unix.SYS_PIDFD_SEND_SIGNAL:
		pid, err := pidOf(int(n.PID), target)
		if err != nil {
			return err
		}
		return s.sendTo(pid, int(int32(n.Args[1])))
	}
	return s.owns(target)
}

// owns says whether a process, or a thread, descends from the supervisor.
func (s *supervisor) owns(pid int) error {
	for at := leader(pid); at > 1; {
		if at == s.pid {
			if leader(pid) == s.pid {
				return unix.EPERM
			}
			return nil
		}
		st, ok := proc.ReadStat(at)
		if !ok {
			return unix.ESRCH
		}
		at = st.Parent
	}
	return unix.EPERM
}

// leader is the process of a thread.
func leader(tid int) int {
	f, err := os.Open("/proc/" + strconv.Itoa(tid) + "/status")
	if err != nil {
		return tid
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), "Tgid:"); ok {
			if pid, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
				return pid
			}
		}
	}
	return tid
}

// ownsGroup says whether a process group is of the sandbox: then all of it is,
// since a group does not reach beyond its session.
func (s *supervisor) ownsGroup(group int) error {
	err := error(unix.ESRCH)
	for pid, st := range proc.Every() {
		if st.Group != group {
			continue
		}
		if s.owns(pid) == nil {
			return nil
		}
		err = unix.EPERM
	}
	return err
}

// pidOf is the process that a process's descriptor stands for.
func pidOf(pid, fd int) (int, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return 0, unix.EBADF
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "Pid:"); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && n > 0 {
				return n, nil
			}
			return 0, unix.ESRCH
		}
	}
	return 0, unix.EBADF
}

// sendTo sends a signal to a process of the sandbox and to no other that got
// its number meanwhile.
func (s *supervisor) sendTo(pid, signal int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := s.owns(pid); err != nil {
		return err
	}
	return unix.PidfdSendSignal(fd, unix.Signal(signal), nil, 0)
}
