// Package capture reads what the processes of a sandbox write.
package capture

import (
	"bytes"
	"errors"
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

	mu    sync.Mutex
	buf   bytes.Buffer
	max   int64
	cut   bool
	taken bool
}

// Write implements io.Writer for the copying.
func (c *Output) Write(p []byte) (int, error) {
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

// New captures at most max bytes of what comes from file. Its owner calls Pump.
func New(file *os.File, max int64) *Output {
	return &Output{file: file, drained: make(chan struct{}), max: max}
}

// Close gives the capture up: Pump returns.
func (c *Output) Close() { c.file.Close() }

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
		c.Write((*buf)[:n])
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

func (c *Output) drain() {
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
func Collect(out, err *Output) (stdout, stderr []byte, cut bool) {
	grace := time.NewTimer(Grace)
	defer grace.Stop()
	for _, c := range []*Output{out, err} {
		select {
		case <-c.drained:
		case <-grace.C:
			grace.Reset(0)
			c.file.SetReadDeadline(time.Unix(1, 0))
			<-c.drained
		}
	}
	stdout, cutOut := out.Take()
	stderr, cutErr := err.Take()
	return stdout, stderr, cutOut || cutErr
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
