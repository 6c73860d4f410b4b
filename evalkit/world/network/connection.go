package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// counted is a connection whose bytes are counted.
type counted struct {
	net.Conn
	n       *Network
	h       *host
	s       Service
	turn    int
	in, out atomic.Int64
	ended   atomic.Bool
}

func (c *counted) Read(b []byte) (int, error) {
	k, err := c.Conn.Read(b)
	c.in.Add(int64(k))
	return k, err
}

func (c *counted) Write(b []byte) (int, error) {
	k, err := c.Conn.Write(b)
	c.out.Add(int64(k))
	return k, err
}

// Close records what the connection came to.
func (c *counted) Close() error {
	err := c.Conn.Close()
	if c.ended.Swap(true) {
		return err
	}
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	delete(c.n.open, c)
	if c.n.closed {
		return err
	}
	so := c.so()
	so.Event = c.n.record(FactConnected, fmt.Sprintf("%s to %s port %d ended: %d bytes in, %d out", c.s.Kind, c.h.Name, c.s.port(), so.In, so.Out), so)
	c.n.evidence.Connections = append(c.n.evidence.Connections, so)
	return err
}

// so is what is known of the connection.
func (c *counted) so() Connection {
	return Connection{
		Turn: c.turn, Host: c.h.Name, Access: c.h.Access, Service: c.s.Kind, Port: c.s.port(), In: c.in.Load(), Out: c.out.Load(),
	}
}

// listener accepts counted connections.
type listener struct {
	net.Listener
	n *Network
	h *host
	s Service
}

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &counted{Conn: conn, n: l.n, h: l.h, s: l.s, turn: l.n.site.Turn()}
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	if l.n.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	l.n.open[c] = struct{}{}
	return c, nil
}

// serve lets a host answer at a port.
func (n *Network) serve(ctx context.Context, h *host, s Service) error {
	bound, err := n.machine.Listen(ctx, "tcp", netip.AddrPortFrom(h.address, uint16(s.port())).String())
	if err != nil {
		return err
	}
	l := listener{bound, n, h, s}
	switch s.Kind {
	case TCP:
		n.serveTCP(l, s.Serve)
		return nil
	case SSH:
		n.serveTCP(l, func(ctx context.Context, conn net.Conn) { n.serveSSH(ctx, h, conn) })
		return nil
	}
	n.mu.Lock()
	if n.trees[h] == nil {
		n.trees[h] = newTree(h.Files)
	}
	t := n.trees[h]
	n.mu.Unlock()
	server := &http.Server{
		Handler: &webHost{n: n, h: h, s: s, tree: t}, ReadHeaderTimeout: time.Minute, ErrorLog: quiet,
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context { return world.WithSite(ctx, n.site) },
	}
	n.atClose(func() error {
		if err := server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	n.serving.Go(func() {
		if s.Kind == HTTP {
			_ = server.Serve(l) // it returns when it is closed
			return
		}
		_ = server.Serve(tls.NewListener(l, n.authority.config(h)))
	})
	return nil
}

// serveTCP answers connections by a function, which may be the scenario's own.
func (n *Network) serveTCP(l listener, serve func(context.Context, net.Conn)) {
	ctx, cancel := context.WithCancel(world.WithSite(context.Background(), n.site))
	n.atClose(func() error { cancel(); return l.Close() })
	n.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n.serving.Go(func() {
				defer conn.Close()
				defer n.caught("the service at " + l.h.Name + ":" + strconv.Itoa(l.s.port()))
				serve(ctx, conn)
			})
		}
	})
}

// caught keeps a panic of a scenario's own code as trouble, which ends the
// trial.
func (n *Network) caught(what string) {
	if p := recover(); p != nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.trouble == nil {
			n.trouble = fmt.Errorf("network.World: %s panicked: %v", what, p)
		}
	}
}
