package mailbox

import (
	"context"
	"net"
	"sync"
)

// SMTP answers one connection as the trial's mail server, for a host of a
// network: network.Service{Kind: network.TCP, Port: 25, Serve: mailbox.SMTP}. It
// returns when the connection is closed.
func SMTP(ctx context.Context, conn net.Conn) { answerConn(ctx, conn, ViaSMTP) }

// IMAP is SMTP for who reads mail; a client signs in with World.Password.
func IMAP(ctx context.Context, conn net.Conn) { answerConn(ctx, conn, ViaIMAP) }

func answerConn(ctx context.Context, conn net.Conn, protocol string) {
	b := From(ctx)
	if b == nil { // the scenario has no account
		conn.Close()
		return
	}
	watched := &watchedConn{Conn: conn, closed: make(chan struct{})}
	l := &single{conn: watched, done: make(chan struct{})}
	i := &instance{box: b}
	i.servers.serve(b, Service{Protocol: protocol}, l)
	select {
	case <-watched.closed:
	case <-ctx.Done():
	}
	watched.Close()
	_ = i.Close(ctx) // what it closes is closed
}

// watchedConn tells when it is closed.
type watchedConn struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

// Close implements net.Conn.
func (c *watchedConn) Close() error {
	defer c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// single is a listener with one connection.
type single struct {
	mu   sync.Mutex
	conn net.Conn
	once sync.Once
	done chan struct{}
}

// Accept implements net.Listener.
func (l *single) Accept() (net.Conn, error) {
	l.mu.Lock()
	conn := l.conn
	l.conn = nil
	l.mu.Unlock()
	if conn != nil {
		return conn, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

// Close implements net.Listener.
func (l *single) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *single) Addr() net.Addr { return &net.TCPAddr{} }
