package share

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Server lets other processes use a hub over a Unix socket. A process that
// goes away, however it does, gives back what it held.
type Server struct {
	hub      Hub
	listener net.Listener
	ctx      context.Context
	stop     context.CancelFunc

	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// Serve serves hub at path until Close. A socket that a killed process left
// there is replaced; one that answers is an error.
func Serve(path string, hub Hub) (*Server, error) {
	listener, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("sharing call slots and the budget under ginkgo -p: %w", err)
	}
	s := &Server{hub: hub, listener: listener, conns: map[net.Conn]bool{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s, nil
}

func listen(path string) (net.Listener, error) {
	listener, err := net.Listen("unix", path)
	if err == nil {
		return listener, nil
	}
	if _, absent := os.Lstat(path); absent != nil {
		return nil, err
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("the socket %s is served by another process that lives; if no other run does, remove it", path)
	}
	if err := os.Remove(path); err != nil {
		return nil, fmt.Errorf("removing the socket of a run that is over: %w", err)
	}
	return net.Listen("unix", path)
}

// Close ends all connections and removes the socket. Who still uses the hub
// through it is told that it is gone.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.stop()
	s.mu.Lock()
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return err
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		if s.ctx.Err() != nil { // Close may have looked before
			conn.Close()
		}
		s.wg.Go(func() {
			newSession(s.hub, conn).serve(s.ctx)
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}
