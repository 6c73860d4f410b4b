//go:build amd64 || arm64

package namespace

import (
	"context"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/capture"
)

// plumbing is the pipes of one run.
type plumbing struct {
	m        *machine
	theirs   []int // descriptors for the process, in order; ours to close
	stdin    bool
	input    *os.File
	feed     io.Reader
	out, err *capture.Output
}

// pipe makes a pipe that the sandbox's root owns, so that /dev/stdout can be
// opened there.
func (m *machine) pipe(hostReads bool) (host *os.File, theirs int, err error) {
	host, theirs, err = capture.Pipe(hostReads)
	if err == nil && m.ids.credential != nil {
		unix.Fchown(theirs, m.ids.uid, m.ids.gid) // best effort: costs /dev/stdout only
	}
	return host, theirs, err
}

// plumb lays the pipes of a process.
func (m *machine) plumb(p sandbox.Process, caller *call) (*plumbing, error) {
	pl := &plumbing{m: m}
	if p.Stdin != nil {
		host, theirs, err := m.pipe(false)
		if err != nil {
			return nil, err
		}
		pl.stdin, pl.input, pl.feed = true, host, p.Stdin
		pl.theirs = append(pl.theirs, theirs)
	}
	limit := orDefault(p.Output, m.plan.limits.Output)
	to := []io.Writer{p.Stdout, p.Stderr}
	for i, c := range []**capture.Output{&pl.out, &pl.err} {
		if caller != nil && !p.Capture && to[i] == nil {
			fd, err := caller.duplicate(i + 1)
			if err != nil {
				pl.drop()
				return nil, err
			}
			pl.theirs = append(pl.theirs, fd)
			continue
		}
		host, theirs, err := m.pipe(true)
		if err != nil {
			pl.drop()
			return nil, err
		}
		if *c = capture.New(host, limit); to[i] != nil {
			*c = capture.Stream(host, to[i])
		}
		pl.theirs = append(pl.theirs, theirs)
	}
	return pl, nil
}

// sent closes the process's ends here and starts to read and feed.
func (pl *plumbing) sent() {
	for _, fd := range pl.theirs {
		unix.Close(fd)
	}
	pl.theirs = nil
	for _, c := range []*capture.Output{pl.out, pl.err} {
		if c != nil {
			pl.m.keep(c)
		}
	}
	if pl.input != nil {
		go func() { // ends with its reader, like the one of os/exec
			io.Copy(struct{ io.Writer }{pl.input}, pl.feed)
			pl.input.Close()
		}()
	}
}

// drop gives up pipes that no process has got.
func (pl *plumbing) drop() {
	for _, fd := range pl.theirs {
		unix.Close(fd)
	}
	pl.theirs = nil
	for _, c := range []*capture.Output{pl.out, pl.err} {
		if c != nil {
			c.Close()
		}
	}
	if pl.input != nil {
		pl.input.Close()
	}
}

// collect gives the output of a process that has ended: all that was written
// by then, and what comes within the grace from children that hold the pipes.
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
	group := &m.readers
	if c.Streams() { // its writer may wait
		group = &m.handlers
	}
	group.Add(1)
	go func() {
		defer group.Done()
		c.Pump()
		m.mu.Lock()
		delete(m.pipes, c)
		m.mu.Unlock()
	}()
}
