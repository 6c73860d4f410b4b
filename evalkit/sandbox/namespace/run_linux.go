//go:build amd64 || arm64

package namespace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

const (
	// killMax is how long a killed process may take to be gone.
	killMax = 10 * time.Second
	// exitKilled is 128+SIGKILL.
	exitKilled = 128 + int(syscall.SIGKILL)
)

// Run implements sandbox.Sandbox.
func (m *machine) Run(ctx context.Context, p sandbox.Process) (sandbox.Result, error) {
	if err := sandbox.RunBanned(ctx, p); err != nil {
		return sandbox.Result{}, err
	}
	if ctx.Value(answering{}) == m {
		return sandbox.Result{}, errWithinCall
	}
	if !p.Parallel {
		select {
		case m.queue <- struct{}{}:
		case <-ctx.Done():
			return sandbox.Result{}, context.Cause(ctx)
		case <-m.up.Done():
			return sandbox.Result{}, m.state()
		}
		defer func() { <-m.queue }()
	}
	if err := ctx.Err(); err != nil {
		return sandbox.Result{}, context.Cause(ctx)
	}
	if err := m.state(); err != nil {
		return sandbox.Result{}, err
	}
	dir := m.plan.workspace
	if p.Dir != "" {
		dir = m.plan.absolute(p.Dir)
	}
	return m.run(ctx, p, dir, nil)
}

// answering marks the context of a function that answers a command of a machine.
type answering struct{}

var errWithinCall = errors.New("run: the function that answers a command would wait for its own caller for ever; use Call.Run")

// run runs a process, with its output captured or, of a nested one, going to
// its caller's descriptors.
func (m *machine) run(ctx context.Context, p sandbox.Process, dir string, caller *call) (sandbox.Result, error) {
	if len(p.Argv) == 0 || p.Argv[0] == "" {
		return sandbox.Result{}, errors.New("run: a process needs a program: Argv is empty")
	}
	began := time.Now()
	pipes, err := m.plumb(p, caller)
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("run %s: %w", p.Argv[0], err)
	}
	msg := &message{op: opRun, lists: [][]string{p.Argv, m.plan.environ(p.Env, dir), {dir}}, fds: pipes.theirs}
	if caller != nil {
		msg.n |= runNested
		msg.m = int64(caller.pid)
	}
	if pipes.stdin {
		msg.n |= runStdin
	}
	if p.Parallel && caller == nil {
		msg.n |= runBeside
	}
	id, answer := m.expect()
	defer m.forget(id)
	msg.id = id
	if err := m.control.send(msg); err != nil {
		pipes.drop()
		if errors.Is(err, unix.EPIPE) { // init is gone, which the reader notices in a moment
			select {
			case <-m.up.Done():
			case <-ctx.Done():
			}
		}
		return sandbox.Result{}, errors.Join(m.state(), fmt.Errorf("run %s: %w", p.Argv[0], err))
	}
	pipes.sent()
	end := m.await(ctx, id, answer, orDefault(p.Time, m.plan.limits.Time))
	res := sandbox.Result{Exit: end.exit, TimedOut: end.timedOut, Down: end.down}
	var whole bool
	res.Stdout, res.Stderr, res.Cut, whole = pipes.collect(ctx)
	m.attempts.flush()
	res.Took = time.Since(began)
	switch {
	case end.err != nil:
		return sandbox.Result{}, fmt.Errorf("run %s: %w", p.Argv[0], end.err)
	case end.answer != nil && len(end.answer.lists) > 0:
		return sandbox.Result{}, notStarted(end.answer, dir)
	case !whole:
		return sandbox.Result{}, fmt.Errorf("run %s: its output was not taken: %w", p.Argv[0], cmp.Or(context.Cause(ctx), m.state(), os.ErrClosed))
	}
	return res, nil
}

// ending is how a run ended.
type ending struct {
	answer         *message
	exit           int
	timedOut, down bool
	err            error // of the context, or of a broken sandbox
}

// await waits for the end of a run, and kills it at its time or its context.
func (m *machine) await(ctx context.Context, id uint64, answer chan *message, limit time.Duration) ending {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-answer:
		return m.ended(a)
	case <-m.up.Done():
		return m.fellDuring(answer)
	case <-ctx.Done():
		e := m.killRun(id, answer)
		if e.err == nil && !e.down {
			e.err = context.Cause(ctx)
		}
		return e
	case <-timer.C:
		e := m.killRun(id, answer)
		e.timedOut = e.exit == exitKilled && e.err == nil && !e.down
		return e
	}
}

// ended is the end of a run that was answered. One that was killed on a machine
// that is down went down with it: the shutdown is reported before the kill.
func (m *machine) ended(a *message) ending {
	_, down := m.Shutdown()
	return ending{answer: a, exit: int(a.n), down: down && int(a.n) == exitKilled}
}

// fellDuring is the end of a run whose machine went down or broke. One that
// had ended before is what it was.
func (m *machine) fellDuring(answer chan *message) ending {
	select {
	case a := <-answer:
		return m.ended(a)
	default:
	}
	if _, down := m.Shutdown(); down {
		return ending{down: true, exit: exitKilled}
	}
	return ending{err: m.state()}
}

// killRun ends a run, with all its children, and waits until it is gone. The
// calls of commands that its processes made end with those.
func (m *machine) killRun(id uint64, answer chan *message) ending {
	if err := m.control.send(&message{op: opKill, id: id}); err != nil {
		return ending{err: errors.Join(m.state(), err)}
	}
	timer := time.NewTimer(killMax)
	defer timer.Stop()
	select {
	case a := <-answer:
		return m.ended(a)
	case <-m.up.Done():
		return m.fellDuring(answer)
	case <-timer.C:
		m.process.Kill()
		return ending{err: fmt.Errorf("a killed process was not gone after %v; the sandbox was ended: %w", killMax, sandbox.ErrDown)}
	}
}

// notStarted explains why a process could not be started.
func notStarted(a *message, dir string) error {
	what, name := a.text(0, 0), a.text(0, 1)
	err := errnoOf(a.m)
	switch {
	case err == nil:
		err = errors.New("it was not started")
	case a.m == int64(unix.ENOENT) && what == "program":
		return fmt.Errorf("run %s: no such program in the sandbox: %w", name, fs.ErrNotExist)
	case a.m == int64(unix.EACCES) && what == "program":
		return fmt.Errorf("run %s: not executable: %w", name, fs.ErrPermission)
	case a.m == int64(unix.EAGAIN):
		return fmt.Errorf("run %s: %w: the machine is full of processes; raise Limits.Processes, or end them", name, err)
	case a.m == int64(unix.ESHUTDOWN):
		return sandbox.ErrDown
	}
	if what == "folder" {
		return &fs.PathError{Op: "run in", Path: dir, Err: err}
	}
	return fmt.Errorf("run %s: %w", name, err)
}
