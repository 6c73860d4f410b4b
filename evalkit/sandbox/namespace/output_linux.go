//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// capture reads one output of a process. What is past the limit is read and
// thrown away, so that the writer neither blocks nor fills memory; so is what
// comes after the output was taken, for a background child may go on writing.
type capture struct {
	file    *os.File
	drained chan struct{} // closed when all is read that the process wrote

	mu    sync.Mutex
	buf   bytes.Buffer
	max   int64
	cut   bool
	taken bool
}

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken {
		return len(p), nil
	}
	room := c.max - int64(c.buf.Len())
	if int64(len(p)) > room {
		c.cut = true
		c.buf.Write(p[:max(room, 0)])
		return len(p), nil
	}
	return c.buf.Write(p)
}

var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// read copies until all writers are gone, or until it is paused.
func (c *capture) read() (paused bool) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for {
		n, err := c.file.Read(*buf)
		c.Write((*buf)[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// pump reads a pipe until its writers are gone. Paused, it takes what the pipe
// holds at that moment, which is all that an ended process has written, and
// then goes on, throwing away.
func (c *capture) pump() {
	if c.read() {
		c.file.SetReadDeadline(time.Time{})
		c.drain()
		close(c.drained)
		c.read()
	} else {
		close(c.drained)
	}
	c.file.Close()
}

// pipeMax is what an unprivileged process can make a pipe hold.
const pipeMax = 1 << 20

func (c *capture) drain() {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	raw.Read(func(fd uintptr) bool {
		for got := 0; got < pipeMax; {
			n, err := unix.Read(int(fd), *buf)
			if err == unix.EINTR {
				continue
			}
			if n <= 0 || err != nil {
				break
			}
			c.Write((*buf)[:n])
			got += n
		}
		return true
	})
}

// take gives what was captured, once.
func (c *capture) take() ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = true
	b := c.buf.Bytes()
	c.buf = bytes.Buffer{}
	return b, c.cut
}

// plumbing is the pipes of one run.
type plumbing struct {
	m        *machine
	theirs   []int // descriptors for the process, in order; ours to close
	stdin    bool
	input    *os.File
	feed     io.Reader
	out, err *capture
}

// pipe makes a pipe that the sandbox's root owns, so that /dev/stdout can be
// opened there. The host's end waits in the poller.
func (m *machine) pipe(hostReads bool) (host *os.File, theirs int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return nil, -1, err
	}
	ours, other := p[0], p[1]
	if !hostReads {
		ours, other = other, ours
	}
	if m.ids.credential != nil {
		unix.Fchown(other, m.ids.uid, m.ids.gid) // best effort: costs /dev/stdout only
	}
	if err := unix.SetNonblock(ours, true); err != nil {
		unix.Close(ours)
		unix.Close(other)
		return nil, -1, err
	}
	return os.NewFile(uintptr(ours), "sandbox pipe"), other, nil
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
	if caller != nil && !p.Capture {
		for i := 1; i <= 2; i++ {
			fd, err := caller.duplicate(i)
			if err != nil {
				pl.drop()
				return nil, err
			}
			pl.theirs = append(pl.theirs, fd)
		}
		return pl, nil
	}
	limit := orDefault(p.Output, m.plan.limits.Output)
	for _, c := range []**capture{&pl.out, &pl.err} {
		host, theirs, err := m.pipe(true)
		if err != nil {
			pl.drop()
			return nil, err
		}
		*c = &capture{file: host, drained: make(chan struct{}), max: limit}
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
	for _, c := range []*capture{pl.out, pl.err} {
		if c != nil {
			pl.m.keep(c)
		}
	}
	if pl.input != nil {
		go func() { // ends with its reader, like the one of os/exec
			io.Copy(pl.input, pl.feed)
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
	for _, c := range []*capture{pl.out, pl.err} {
		if c != nil {
			c.file.Close()
		}
	}
	if pl.input != nil {
		pl.input.Close()
	}
}

// collect gives the output of a process that has ended: all that was written
// by then, and what comes within the grace from children that hold the pipes.
func (pl *plumbing) collect() (stdout, stderr []byte, cut bool) {
	if pl.input != nil {
		pl.input.Close()
	}
	if pl.out == nil {
		return nil, nil, false
	}
	grace := time.NewTimer(outputGrace)
	defer grace.Stop()
	for _, c := range []*capture{pl.out, pl.err} {
		select {
		case <-c.drained:
		case <-grace.C:
			grace.Reset(0)
			c.file.SetReadDeadline(time.Unix(1, 0))
			<-c.drained
		}
	}
	var cutOut, cutErr bool
	stdout, cutOut = pl.out.take()
	stderr, cutErr = pl.err.take()
	return stdout, stderr, cutOut || cutErr
}

// keep reads a pipe until its writers are gone or the machine is.
func (m *machine) keep(c *capture) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		c.file.Close()
		close(c.drained)
		return
	}
	m.pipes[c] = true
	m.readers.Add(1)
	go func() {
		defer m.readers.Done()
		c.pump()
		m.mu.Lock()
		delete(m.pipes, c)
		m.mu.Unlock()
	}()
}
