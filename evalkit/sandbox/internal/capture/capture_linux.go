// Package capture reads what the processes of a sandbox write.
package capture

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Output reads one output of a process. What is past the limit is read and
// thrown away, so that the writer neither blocks nor fills memory; so is what
// comes after the output was taken, for a background child may go on writing.
type Output struct {
	file    *os.File
	drained chan struct{} // closed when all is read that the process wrote

	to      io.Writer     // nil: the output is kept
	closed  chan struct{} // by Close
	closing sync.Once

	mu    sync.Mutex
	buf   bytes.Buffer
	max   int64
	cut   bool
	taken bool
}

// Stream hands what comes from file on, as it comes. A writer that waits makes
// the process wait, and one that fails breaks its pipe. Nothing is handed on
// after the output was collected. Its owner calls Pump.
func Stream(file *os.File, to io.Writer) *Output {
	return &Output{file: file, drained: make(chan struct{}), closed: make(chan struct{}), to: to}
}

// Streams says whether output is handed on instead of being kept.
func (c *Output) Streams() bool { return c.to != nil }

// Write implements io.Writer for the copying.
func (c *Output) Write(p []byte) (int, error) {
	if c.to != nil {
		if len(p) == 0 || c.isTaken() {
			return len(p), nil
		}
		return c.to.Write(p) // not under the lock: it may wait for long
	}
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

func (c *Output) isTaken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken
}

// New captures at most max bytes of what comes from file. Its owner calls Pump.
func New(file *os.File, max int64) *Output {
	return &Output{file: file, drained: make(chan struct{}), closed: make(chan struct{}), max: max}
}

// Close gives the capture up: Pump returns.
func (c *Output) Close() {
	c.file.Close()
	c.closing.Do(func() { close(c.closed) })
}

// GiveUp closes a capture that nobody pumps.
func (c *Output) GiveUp() {
	c.file.Close()
	close(c.drained)
}

var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// read copies until all writers are gone, or until it is paused.
func (c *Output) read() (paused bool) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for {
		n, err := c.file.Read(*buf)
		if _, failed := c.Write((*buf)[:n]); failed != nil {
			return false
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// Pump reads a pipe until its writers are gone. Paused, it takes what the pipe
// holds at that moment, which is all that an ended process has written, and
// then goes on, throwing away.
func (c *Output) Pump() {
	if c.read() {
		c.file.SetReadDeadline(time.Time{})
		failed := c.drain()
		if c.to != nil {
			c.Take() // what comes from now on is nobody's
		}
		close(c.drained)
		if failed == nil {
			c.read()
		}
	} else {
		close(c.drained)
	}
	c.file.Close()
}

// pipeMax is what an unprivileged process can make a pipe hold.
const pipeMax = 1 << 20

// drain takes what the pipe holds, without waiting for more.
func (c *Output) drain() error {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return nil
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for got := 0; got < pipeMax; {
		n := 0
		raw.Read(func(fd uintptr) bool {
			for {
				n, err = unix.Read(int(fd), *buf)
				if err != unix.EINTR {
					return true
				}
			}
		})
		if n <= 0 || err != nil {
			return nil
		}
		if _, err := c.Write((*buf)[:n]); err != nil {
			return err
		}
		got += n
	}
	return nil
}

// Take gives what was captured, once.
func (c *Output) Take() ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = true
	b := c.buf.Bytes()
	c.buf = bytes.Buffer{}
	return b, c.cut
}

// Grace is how long output is awaited after a process's end, when a background
// child holds the pipe.
const Grace = 50 * time.Millisecond

// Collect gives the output of a process that has ended: all that was written
// by then, and what comes within the grace from children that hold the pipes.
// It waits for a stream's writer until the context is done, and says whether
// that has had all.
func Collect(ctx context.Context, out, err *Output) (stdout, stderr []byte, cut, whole bool) {
	whole = true
	grace := time.NewTimer(Grace)
	defer grace.Stop()
	for _, c := range []*Output{out, err} {
		if c == nil {
			continue
		}
		select {
		case <-c.drained:
		case <-grace.C:
			grace.Reset(0)
			c.file.SetReadDeadline(time.Unix(1, 0))
			whole = c.await(ctx) && whole
		}
	}
	var cutOut, cutErr bool
	if out != nil {
		stdout, cutOut = out.Take()
	}
	if err != nil {
		stderr, cutErr = err.Take()
	}
	return stdout, stderr, cutOut || cutErr, whole
}

// await waits until all is read that the process wrote, and says so. Only the writer of a
// stream can make that long.
func (c *Output) await(ctx context.Context) bool {
	if c.to == nil {
		<-c.drained
		return true
	}
	select {
	case <-c.drained:
		return true
	case <-ctx.Done():
	case <-c.closed:
	}
	return false
}

// Pipe makes a pipe between this process and one of a sandbox. This end waits
// in the runtime's poller.
func Pipe(hostReads bool) (host *os.File, theirs int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return nil, -1, err
	}
	ours, other := p[0], p[1]
	if !hostReads {
		ours, other = other, ours
	}
	if err := unix.SetNonblock(ours, true); err != nil {
		unix.Close(ours)
		unix.Close(other)
		return nil, -1, err
	}
	return os.NewFile(uintptr(ours), "sandbox pipe"), other, nil
}
