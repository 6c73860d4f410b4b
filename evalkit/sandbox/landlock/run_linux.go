//go:build amd64 || arm64

package landlock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/capture"
)

// exitKilled is 128+SIGKILL.
const exitKilled = 128 + int(syscall.SIGKILL)

// Run implements sandbox.Sandbox.
func (m *machine) Run(ctx context.Context, p sandbox.Process) (sandbox.Result, error) {
	if err := sandbox.RunBanned(ctx, p); err != nil {
		return sandbox.Result{}, err
	}
	select {
	case m.queue <- struct{}{}:
	case <-ctx.Done():
		return sandbox.Result{}, context.Cause(ctx)
	case <-m.up.Done():
		return sandbox.Result{}, m.state()
	}
	defer func() { <-m.queue }()
	if ctx.Err() != nil {
		return sandbox.Result{}, context.Cause(ctx)
	}
	if err := m.state(); err != nil {
		return sandbox.Result{}, err
	}
	if len(p.Argv) == 0 || p.Argv[0] == "" {
		return sandbox.Result{}, errors.New("run: a process needs a program: Argv is empty")
	}
	r, err := m.run(ctx, p)
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", p.Argv[0], err)
	}
	return r, nil
}

func (m *machine) run(ctx context.Context, p sandbox.Process) (sandbox.Result, error) {
	began := time.Now()
	full := m.plan.absolute(cmp.Or(p.Dir, m.plan.workspace))
	dir := m.plan.real(full)
	pipes, err := m.plumb(p)
	if err != nil {
		return sandbox.Result{}, err
	}
	id, answer := m.expect()
	defer m.forget(id, answer)
	err = m.control.send(&message{Op: opRun, ID: id, Argv: p.Argv, Env: m.plan.environ(p.Env, dir), Dir: dir, fds: pipes.theirs})
	pipes.sent(err == nil)
	if err != nil {
		return sandbox.Result{}, errors.Join(m.state(), err)
	}
	end, timedOut, err := m.await(ctx, answer, cmp.Or(p.Time, m.plan.limits.Time))
	var res sandbox.Result
	var whole bool
	res.Stdout, res.Stderr, res.Cut, whole = pipes.collect(ctx)
	if err != nil {
		return sandbox.Result{}, err
	}
	if err := notStarted(end, full); err != nil {
		return sandbox.Result{}, err
	}
	if !whole {
		return sandbox.Result{}, fmt.Errorf("its output was not taken: %w", cmp.Or(context.Cause(ctx), m.state(), os.ErrClosed))
	}
	res.Exit, res.TimedOut, res.Took = end.Exit, timedOut && end.Exit == exitKilled, time.Since(began)
	return res, nil
}

// await waits for the end of a run, and ends everything at its time or its
// context.
func (m *machine) await(ctx context.Context, answer chan *message, limit time.Duration) (end *message, timedOut bool, err error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case end = <-answer:
		return end, false, nil
	case <-m.up.Done():
		return nil, false, m.state()
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		timedOut = true
	}
	if e := m.control.send(&message{Op: opKill}); e != nil {
		return nil, false, errors.Join(m.state(), e)
	}
	timer.Reset(2 * killMax)
	select {
	case end = <-answer:
		return end, timedOut, err
	case <-m.up.Done():
		return nil, false, m.state()
	case <-timer.C:
		err := fmt.Errorf("a killed process was not gone after %v; the sandbox was ended: %w", 2*killMax, sandbox.ErrDown)
		m.fell(err)
		m.process.Kill()
		return nil, false, err
	}
}

// notStarted explains why a process could not be started.
func notStarted(end *message, dir string) error {
	err := end.failure()
	switch {
	case err == nil:
		return nil
	case end.Step == "folder":
		return &fs.PathError{Op: "run in", Path: dir, Err: err}
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("no such program in the sandbox: %w", fs.ErrNotExist)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("not executable: %w", fs.ErrPermission)
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("%w: the machine is full of processes; raise Limits.Processes, or end them", err)
	}
	return err
}

// plumbing is the pipes of one run.
type plumbing struct {
	m        *machine
	theirs   []int // descriptors for the process, in order; ours to close
	input    *os.File
	feed     io.Reader
	out, err *capture.Output
}

// plumb lays the pipes of a process.
func (m *machine) plumb(p sandbox.Process) (*plumbing, error) {
	pl := &plumbing{m: m, feed: p.Stdin}
	pipe := func(hostReads bool) (*os.File, error) {
		host, theirs, err := capture.Pipe(hostReads)
		if err != nil {
			pl.sent(false)
			return nil, err
		}
		if m.user.credential != nil {
			unix.Fchown(theirs, m.user.uid, m.user.gid) // best effort: costs /dev/stdout only
		}
		pl.theirs = append(pl.theirs, theirs)
		return host, nil
	}
	var err error
	if p.Stdin != nil {
		if pl.input, err = pipe(false); err != nil {
			return nil, err
		}
	}
	to := []io.Writer{p.Stdout, p.Stderr}
	for i, c := range []**capture.Output{&pl.out, &pl.err} {
		host, err := pipe(true)
		if err != nil {
			return nil, err
		}
		if *c = capture.New(host, cmp.Or(p.Output, m.plan.limits.Output)); to[i] != nil {
			*c = capture.Stream(host, to[i])
		}
	}
	return pl, nil
}

// sent closes the process's ends here and starts to read and feed, or gives
// up if no process has got them.
func (pl *plumbing) sent(ok bool) {
	for _, fd := range pl.theirs {
		unix.Close(fd)
	}
	pl.theirs = nil
	for _, c := range []*capture.Output{pl.out, pl.err} {
		switch {
		case c == nil:
		case ok:
			pl.m.keep(c)
		default:
			c.Close()
		}
	}
	switch {
	case pl.input == nil:
	case ok:
		go func() { // ends with its reader, like the one of os/exec
			io.Copy(struct{ io.Writer }{pl.input}, pl.feed)
			pl.input.Close()
		}()
	default:
		pl.input.Close()
	}
}

// collect gives the output of a process that has ended.
func (pl *plumbing) collect(ctx context.Context) (stdout, stderr []byte, cut, whole bool) {
	if pl.input != nil {
		pl.input.Close()
	}
	return capture.Collect(ctx, pl.out, pl.err)
}

// keep reads a pipe until its writers are gone or the machine is.
func (m *machine) keep(c *capture.Output) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		c.GiveUp()
		return
	}
	m.pipes[c] = true
	waited := !c.Streams() // Close does not wait for a stranger's writer
	if waited {
		m.readers.Add(1)
	}
	go func() {
		if waited {
			defer m.readers.Done()
		}
		c.Pump()
		m.mu.Lock()
		delete(m.pipes, c)
		m.mu.Unlock()
	}()
}
