//go:build amd64 || arm64

package namespace

import (
	"errors"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How a run was asked for, in message.n.
const (
	runNested = 1 << iota
	runStdin  // a descriptor for stdin comes first
)

// childRun is a process that the host waits for.
type childRun struct {
	id         uint64
	pid, pidfd int
	nested     bool
	started    uint64 // clock ticks
}

// reapEvery is how often orphans are reaped while anything runs or lives on;
// an ending run is noticed at once.
const reapEvery = 100 * time.Millisecond

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
	case opAnswer:
		respond(s.listener, response{id: m.id, val: m.n & 0xff})
	case opLay:
		s.done(m.id, layMessage(m))
	case opRemove:
		s.done(m.id, os.RemoveAll(m.text(0, 0)))
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
	r := &childRun{id: m.id, pidfd: -1, nested: m.n&runNested != 0}
	ended := false
	program, err := lookUp(argv[0], env, dir)
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
			if r.nested {
				st, _ := readStat(r.pid)
				r.started = st.started
			}
			if err := syscall.PtraceDetach(r.pid); err != nil {
				unix.PidfdSendSignal(r.pidfd, unix.SIGKILL, nil, 0)
			}
			return false, nil
		}
	}
}

// lookUp finds a program as a shell would, along the PATH of its environment.
func lookUp(name string, env []string, dir string) (string, error) {
	if strings.ContainsRune(name, '/') {
		return name, nil
	}
	search := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			search = v
		}
	}
	var failed error = unix.ENOENT
	for folder := range strings.SplitSeq(search, ":") {
		if !path.IsAbs(folder) {
			folder = path.Join(dir, folder)
		}
		full := path.Join(folder, name)
		var st unix.Stat_t
		if unix.Stat(full, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
			continue
		}
		if unix.Access(full, unix.X_OK) == nil {
			return full, nil
		}
		failed = unix.EACCES
	}
	return "", failed
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

// kill ends a run. With an outermost one goes everything but PID 1; with a
// nested one go its descendants, its session, and the orphans born since it
// began, but no run that others wait for.
func (s *initProcess) kill(id uint64) {
	r, ok := s.runs[id]
	if !ok {
		return
	}
	if !r.nested {
		kill(-1, unix.SIGKILL)
		return
	}
	kill(r.pid, unix.SIGSTOP)
	for range 8 { // until a look finds nothing new
		if !s.killTree(r) {
			break
		}
	}
	kill(r.pid, unix.SIGKILL)
}

// kill sends a signal from the filtered thread: the listener thread has to let
// it pass, and can do so only if the runtime knows that this one waits.
func kill(pid int, sig unix.Signal) {
	unix.Syscall(unix.SYS_KILL, uintptr(pid), uintptr(sig), 0)
}

func (s *initProcess) killTree(r *childRun) (found bool) {
	all := everyProcess()
	waited := map[int]bool{}
	for _, other := range s.runs {
		waited[other.pid] = other != r
	}
	var doomed func(pid int, depth int) bool
	doomed = func(pid, depth int) bool {
		st, ok := all[pid]
		switch {
		case !ok || waited[pid] || depth > len(all):
			return false
		case pid == r.pid || st.session == r.pid:
			return true
		case st.parent == 1:
			return st.started >= r.started
		}
		return doomed(st.parent, depth+1)
	}
	for pid, st := range all {
		if pid != r.pid && st.state != 'Z' && doomed(pid, 0) {
			kill(pid, unix.SIGKILL)
			found = true
		}
	}
	return found
}
