//go:build amd64 || arm64

package namespace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// call is one call of a Go-answered command. Its descriptors are copies of the
// caller's own: they share offsets and flags, so none of those is changed.
type call struct {
	m      *machine
	ctx    context.Context
	cancel context.CancelCauseFunc

	using sync.RWMutex // held for reading while a descriptor is in use
	ended bool
	fds   [3]int // -1 where the caller had closed its own

	pid    int      // of the process that called
	caller *os.File // a pidfd of it
}

var errCallEnded = fmt.Errorf("the command's call has ended: %w", os.ErrClosed)

// called answers a call by its function.
func (m *machine) called(msg *message) {
	if msg.n < 0 || int(msg.n) >= len(m.plan.commands) {
		msg.closeFDs()
		return
	}
	command := m.plan.commands[msg.n]
	c := &call{m: m, fds: [3]int{-1, -1, -1}}
	callers := processes(msg.list(2))
	if len(callers) > 0 {
		c.pid = callers[0].PID
	}
	c.ctx, c.cancel = context.WithCancelCause(context.WithValue(m.up, answering{}, m))
	rest := msg.fds
	for i := range c.fds {
		if msg.m&(1<<i) != 0 && len(rest) > 0 {
			c.fds[i], rest = rest[0], rest[1:]
		}
	}
	if len(rest) > 0 {
		c.follow(rest[0])
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		c.end()
		return
	}
	m.calls[msg.id] = c
	m.handlers.Add(1)
	m.mu.Unlock()
	args := msg.list(0)
	if len(args) == 0 {
		args = []string{path.Base(command.Path)}
	}
	go func() {
		defer m.handlers.Done()
		dir := msg.text(1, 0)
		exit := command.Run(c.ctx, &sandbox.Call{
			Args: args, Dir: dir, Env: msg.list(3),
			Stdin: callInput{c}, Stdout: callOutput{c, 1}, Stderr: callOutput{c, 2},
			Caller: callers,
			Run: func(ctx context.Context, p sandbox.Process) (sandbox.Result, error) {
				return c.run(ctx, p, dir)
			},
		})
		m.mu.Lock()
		delete(m.calls, msg.id)
		m.mu.Unlock()
		c.end()
		if exit < 0 || exit > 255 {
			exit = 255
		}
		m.control.send(&message{op: opAnswer, id: msg.id, n: int64(exit)}) // nobody waits if it fails
	}()
}

var errCalledOff = errors.New("the process that called was killed")

// callOff ends the contexts of all calls. A single one's is ended by the end of
// the process that called.
func (m *machine) callOff() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.calls {
		c.cancel(errCalledOff)
	}
}

// follow ends the call's context when the process that called is gone. It owns
// the pidfd.
func (c *call) follow(pidfd int) {
	if err := unix.SetNonblock(pidfd, true); err != nil {
		unix.Close(pidfd)
		return
	}
	c.caller = os.NewFile(uintptr(pidfd), "caller")
	raw, err := c.caller.SyscallConn()
	if err != nil {
		return
	}
	go func() { // ends with the call at the latest, by the closing of the file
		err := raw.Read(func(fd uintptr) bool {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			return n > 0 && err == nil
		})
		if err == nil {
			// Should it have died of a shutdown, that is told before this is answered.
			c.m.ask(c.ctx, &message{op: opEcho})
			c.cancel(errCalledOff)
		}
	}()
}

// run is sandbox.Call.Run.
func (c *call) run(ctx context.Context, p sandbox.Process, dir string) (sandbox.Result, error) {
	if c.ctx.Err() != nil {
		if _, down := c.m.Shutdown(); down {
			return sandbox.Result{Down: true, Exit: exitKilled}, nil
		}
		return sandbox.Result{}, context.Cause(c.ctx)
	}
	if p.Dir != "" {
		if dir = p.Dir; !path.IsAbs(dir) {
			dir = c.m.plan.absolute(dir)
		}
	}
	return c.m.run(ctx, p, dir, c)
}

// end closes the descriptors, after whoever is using one.
func (c *call) end() {
	c.cancel(errCallEnded)
	if c.caller != nil {
		c.caller.Close()
	}
	c.using.Lock()
	defer c.using.Unlock()
	c.ended = true
	for i, fd := range c.fds {
		if fd >= 0 {
			unix.Close(fd)
		}
		c.fds[i] = -1
	}
}

// duplicate gives a descriptor of the caller's to a further process. Where it
// had none, that gets /dev/null.
func (c *call) duplicate(i int) (int, error) {
	c.using.RLock()
	defer c.using.RUnlock()
	if c.ended {
		return -1, errCallEnded
	}
	if c.fds[i] < 0 {
		return unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	}
	return unix.FcntlInt(uintptr(c.fds[i]), unix.F_DUPFD_CLOEXEC, 0)
}

// pollFor is how long one look at a borrowed descriptor waits, in
// milliseconds. It cannot be made non-blocking: the caller shares its flags.
const pollFor = 50

// whenReady calls do once the descriptor is ready, again while it says EAGAIN.
func (c *call) whenReady(i int, events int16, do func(fd int) (int, error)) (int, error) {
	for {
		n, again, err := c.look(i, events, do)
		if !again {
			return n, err
		}
		if c.ctx.Err() != nil {
			return 0, context.Cause(c.ctx)
		}
	}
}

func (c *call) look(i int, events int16, do func(fd int) (int, error)) (n int, again bool, err error) {
	c.using.RLock()
	defer c.using.RUnlock()
	if c.ended {
		return 0, false, errCallEnded
	}
	if c.fds[i] < 0 {
		return 0, false, unix.EBADF
	}
	ready, err := unix.Poll([]unix.PollFd{{Fd: int32(c.fds[i]), Events: events}}, pollFor)
	if err == unix.EINTR || err == nil && ready == 0 {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	n, err = do(c.fds[i])
	if err == unix.EAGAIN || err == unix.EINTR {
		return 0, true, nil
	}
	return n, false, err
}

type callInput struct{ c *call }

func (r callInput) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.c.whenReady(0, unix.POLLIN, func(fd int) (int, error) { return unix.Read(fd, p) })
	if err != nil {
		return 0, err
	}
	if n <= 0 {
		return 0, io.EOF
	}
	return n, nil
}

type callOutput struct {
	c *call
	i int
}

// pipeAtOnce is what a pipe that is ready takes without blocking.
const pipeAtOnce = 4096

func (w callOutput) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		part := p[written:min(len(p), written+pipeAtOnce)]
		n, err := w.c.whenReady(w.i, unix.POLLOUT, func(fd int) (int, error) { return unix.Write(fd, part) })
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}
