package mailbox

import (
	"net"
	"sync"
)

// lines are the connections of a server's listener. A server that is closed
// under its connections touches what they are at work on; so they are hung up
// first, and waited for until the server has let go of each.
type lines struct {
	net.Listener
	busy sync.WaitGroup

	mu   sync.Mutex
	open map[*line]struct{}
	over bool
}

// Accept implements net.Listener.
func (l *lines) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	if l.open == nil {
		l.open = map[*line]struct{}{}
	}
	c := &line{Conn: conn, of: l}
	l.open[c] = struct{}{}
	l.busy.Add(1)
	return c, nil
}

// Close implements net.Listener and hangs up on everybody.
func (l *lines) Close() error {
	l.mu.Lock()
	l.over = true
	for c := range l.open {
		_ = c.Conn.Close() // its other end may be gone
	}
	l.mu.Unlock()
	err := l.Listener.Close()
	l.busy.Wait()
	return err
}

// line is one connection.
type line struct {
	net.Conn
	of   *lines
	once sync.Once
}

// Close is what the server does when it is done with the connection.
func (c *line) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.of.mu.Lock()
		delete(c.of.open, c)
		c.of.mu.Unlock()
		c.of.busy.Done()
	})
	return err
}
