//go:build amd64 || arm64

package namespace

import (
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// conn is the host's end of a control socket. It waits in the runtime's
// poller, so that an open sandbox holds no thread.
type conn struct {
	file    *os.File
	raw     syscall.RawConn
	sending sync.Mutex
}

var datagrams = sync.Pool{New: func() any { return new([datagramMax]byte) }}

// newConn owns fd.
func newConn(fd int) (*conn, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "sandbox control")
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &conn{file: f, raw: raw}, nil
}

// send sends a message; its descriptors stay the caller's.
func (c *conn) send(m *message) error {
	data, fds, memory, err := m.pack()
	if err != nil {
		return err
	}
	if memory >= 0 {
		defer unix.Close(memory)
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	var sent error
	err = c.raw.Write(func(fd uintptr) bool {
		sent = sendOn(int(fd), data, fds)
		return sent != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return sent
}

// receive waits for the next message. The descriptors that come with it are
// the caller's. At the end of the stream the error is io.EOF.
func (c *conn) receive() (*message, error) {
	var m *message
	var failed error
	err := c.raw.Read(func(fd uintptr) bool {
		buf := datagrams.Get().(*[datagramMax]byte)
		defer datagrams.Put(buf)
		data, fds, err := receiveOn(int(fd), unix.MSG_DONTWAIT, buf[:])
		switch {
		case err == unix.EAGAIN:
			return false
		case err == unix.ECONNRESET:
			failed = io.EOF
		case err != nil:
			failed = err
		case len(data) == 0:
			failed = io.EOF
		default:
			m, failed = unpack(data, fds)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return m, failed
}

func (c *conn) close() { c.file.Close() }
