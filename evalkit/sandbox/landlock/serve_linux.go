//go:build amd64 || arm64

package landlock

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// serve is the supervisor's life. It ends when the host is gone.
func (s *supervisor) serve() {
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
		if polled[0].Revents != 0 {
			m, err := receiveOn(controlFD, unix.MSG_DONTWAIT)
			if err != nil && err != unix.EAGAIN {
				return
			}
			if err == nil {
				s.handle(m)
			}
		}
		children = s.reap()
	}
}

func (s *supervisor) handle(m *message) {
	defer m.closeFDs()
	switch m.Op {
	case opRun:
		s.run(m)
	case opKill:
		s.killAll()
	case opOpen:
		s.open(m)
	case opLay:
		s.done(m, s.within(func() error { return lay(*m.File) }))
	case opRemove:
		s.done(m, s.within(func() error { return os.RemoveAll(m.Path) }))
	}
}

func (s *supervisor) done(m *message, err error) {
	s.send((&message{Op: opDone, ID: m.ID}).told(err))
}

// open opens a path as the sandbox's processes could.
func (s *supervisor) open(m *message) {
	opened := -1
	err := s.within(func() (err error) {
		how := unix.OpenHow{Flags: uint64(m.Flags | unix.O_CLOEXEC), Resolve: unix.RESOLVE_NO_MAGICLINKS}
		if m.Flags&unix.O_PATH == 0 {
			how.Flags |= unix.O_NONBLOCK | unix.O_NOCTTY
		}
		for {
			opened, err = unix.Openat2(unix.AT_FDCWD, m.Path, &how)
			if err != unix.EAGAIN && err != unix.EINTR { // EAGAIN: a rename raced with ".."
				return err
			}
		}
	})
	if err != nil {
		s.done(m, err)
		return
	}
	s.send(&message{Op: opDone, ID: m.ID, fds: []int{opened}})
	unix.Close(opened)
}

// run starts a process; when it cannot, it says what was missing.
func (s *supervisor) run(m *message) {
	files := []uintptr{0, 0, 0}
	if len(m.Argv) == 0 || len(m.fds) < 2 || len(m.fds) > 3 {
		s.send((&message{Op: opExited, ID: m.ID}).told(unix.EINVAL))
		return
	}
	for i, fd := range m.fds {
		files[3-len(m.fds)+i] = uintptr(fd)
	}
	r := &childRun{pidfd: -1}
	err := s.within(func() (err error) {
		program, err := proc.LookUp(m.Argv[0], m.Env, m.Dir)
		if err == nil {
			r.pid, err = syscall.ForkExec(program, m.Argv, &syscall.ProcAttr{
				Dir: m.Dir, Env: m.Env, Files: files,
				// With this thread, which lives as long as the supervisor, it dies.
				Sys: &syscall.SysProcAttr{Setsid: true, PidFD: &r.pidfd, Pdeathsig: syscall.SIGKILL},
			})
		}
		return err
	})
	if err != nil {
		reply := &message{Op: opExited, ID: m.ID, Step: "program"}
		if info, e := os.Stat(m.Dir); e != nil {
			err, reply.Step = e, "folder"
		} else if !info.IsDir() {
			err, reply.Step = unix.ENOTDIR, "folder"
		}
		s.send(reply.told(err))
		return
	}
	// What a process can write to counts as its memory; the address space is
	// bounded with room for runtimes that reserve what they never use.
	memory := uint64(s.setup.Memory)
	for resource, value := range map[int]uint64{unix.RLIMIT_DATA: memory, unix.RLIMIT_AS: proc.AddressSpace * memory} {
		unix.Prlimit(r.pid, resource, &unix.Rlimit{Cur: value, Max: value}, nil) // it may be gone already
	}
	s.runs[m.ID] = r
}

// reap collects what has ended, reports the runs among it, and says whether
// there are children left.
func (s *supervisor) reap() bool {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return false
		case pid == 0:
			return true
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
			s.send(&message{Op: opExited, ID: id, Exit: code})
		}
	}
}
