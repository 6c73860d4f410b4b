//go:build amd64 || arm64

package landlock

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// conn is the host's end of the control socket. It waits in the runtime's
// poller, so that a thousand sandboxes hold no thousand threads.
type conn struct {
	file    *os.File
	raw     syscall.RawConn
	sending sync.Mutex
}

func socketPair() (*conn, *os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	theirs := os.NewFile(uintptr(pair[1]), "supervisor")
	if err := unix.SetNonblock(pair[0], true); err != nil {
		unix.Close(pair[0])
		theirs.Close()
		return nil, nil, err
	}
	c := &conn{file: os.NewFile(uintptr(pair[0]), "control")}
	if c.raw, err = c.file.SyscallConn(); err != nil {
		c.file.Close()
		theirs.Close()
		return nil, nil, err
	}
	return c, theirs, nil
}

func (c *conn) send(m *message) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	var failed error
	err := c.raw.Write(func(fd uintptr) bool {
		failed = sendOn(int(fd), m)
		return failed != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return failed
}

func (c *conn) receive() (m *message, err error) {
	var failed error
	err = c.raw.Read(func(fd uintptr) bool {
		m, failed = receiveOn(int(fd), 0)
		return failed != unix.EAGAIN
	})
	if err != nil {
		return nil, err
	}
	return m, failed
}

// hangUp tells the other side that this one is gone.
func (c *conn) hangUp() {
	c.raw.Control(func(fd uintptr) { unix.Shutdown(int(fd), unix.SHUT_RDWR) })
}

func (c *conn) close() { c.file.Close() }
