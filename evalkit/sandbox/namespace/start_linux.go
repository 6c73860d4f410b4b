//go:build amd64 || arm64

package namespace

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// run starts a process; when it cannot, it says what was missing.
func (s *initProcess) run(m *message) {
	reply := &message{op: opExited, id: m.id}
	argv, env, dir := m.list(0), m.list(1), m.text(2, 0)
	files := []uintptr{0}
	if m.n&runStdin != 0 {
		files = nil
	}
	for _, fd := range m.fds {
		files = append(files, uintptr(fd))
	}
	if len(argv) == 0 || len(files) != 3 {
		reply.m, reply.lists = int64(unix.EINVAL), [][]string{{"program", ""}}
		s.send(reply)
		return
	}
	r := &childRun{id: m.id, pidfd: -1, nested: m.n&runNested != 0, beside: m.n&runBeside != 0, caller: int(m.m)}
	ended := false
	program, err := proc.LookUp(argv[0], env, dir)
	if err == nil {
		err = s.nextMark(r)
	}
	if r.nested {
		r.others, _ = s.look(map[int]bool{})
	}
	if err == nil {
		s.spawning.Lock()
		if s.down.Load() {
			err = unix.ESHUTDOWN
		} else {
			ended, err = s.start(r, program, argv, &syscall.ProcAttr{
				Dir: dir, Env: env, Files: files,
				Sys: &syscall.SysProcAttr{Setsid: true, PidFD: &r.pidfd, Ptrace: true},
			})
		}
		s.spawning.Unlock()
	}
	if err != nil {
		reply.lists = [][]string{{"program", argv[0]}}
		if info, e := os.Stat(dir); e != nil {
			err, reply.lists = e, [][]string{{"folder", dir}}
		} else if !info.IsDir() {
			err, reply.lists = unix.ENOTDIR, [][]string{{"folder", dir}}
		}
		var errno syscall.Errno
		if asErrno(err, &errno) {
			reply.m = int64(errno)
		}
		s.send(reply)
		return
	}
	if ended {
		unix.Close(r.pidfd)
		reply.n = int64(exitKilled)
		s.send(reply)
		return
	}
	s.runs[m.id] = r
}

// start starts a process that stops at its first instruction, and lets it go
// with the limits that are a child's alone: PID 1 could not live within them,
// and set a moment later they could be outrun. It may be killed meanwhile.
func (s *initProcess) start(r *childRun, program string, argv []string, attr *syscall.ProcAttr) (ended bool, err error) {
	r.pid, err = syscall.ForkExec(program, argv, attr)
	if errors.Is(err, syscall.EPERM) { // a system that forbids tracing altogether
		attr.Sys.Ptrace = false
		if r.pid, err = syscall.ForkExec(program, argv, attr); err == nil {
			s.limitChild(r.pid)
			s.setMark(r)
			return false, nil
		}
	}
	if err != nil {
		return false, err
	}
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(r.pid, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil || !status.Stopped():
			return true, nil
		case status.StopSignal() != syscall.SIGTRAP: // of a shutdown; the end comes next
			syscall.PtraceCont(r.pid, 0)
		default:
			s.limitChild(r.pid)
			s.setMark(r)
			if err := syscall.PtraceDetach(r.pid); err != nil {
				unix.PidfdSendSignal(r.pidfd, unix.SIGKILL, nil, 0)
			}
			return false, nil
		}
	}
}
