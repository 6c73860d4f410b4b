package scripted

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// fingerprint labels every answer, so that none passes for a real model's.
const fingerprint = "scripted"

// DefaultMaxBody bounds a request where Config says nothing.
const DefaultMaxBody = 16 << 20

// closeGrace is how long Close waits for policies that are still at work.
const closeGrace = 5 * time.Second

// Config says what a server serves. The zero value serves the registry on a
// free port of 127.0.0.1, at once and without faults.
type Config struct {
	// Policies are the models; nil means the registry, with what is registered
	// later too.
	Policies []Policy
	// Addr is where Start listens; "" is 127.0.0.1:0.
	Addr string
	// Latency passes before every chat answer.
	Latency time.Duration
	// Faults gives the nth valid chat request of the server, from 1, its fault.
	// It is called from many goroutines at once.
	Faults func(r Request, n int64) Fault
	// Key, if set, is what requests must bear ("Authorization: Bearer KEY");
	// others get 401.
	Key string
	// MaxBody bounds a request in bytes; 0 is DefaultMaxBody. More gets 413.
	MaxBody int64
}

// Request is what Config.Faults sees of a request.
type Request struct {
	Conversation *Conversation
	Stream       bool
	Header       http.Header // as it came, the key included
}

// Server serves policies over HTTP. It is safe for concurrent use.
type Server struct {
	cfg      Config
	policies map[string]Policy // nil: the registry
	ctx      context.Context   // ends at Close
	cancel   context.CancelFunc
	ledger   ledger
	run      string       // random part of the ids of this server's answers
	answers  atomic.Int64 // for ids
	calls    atomic.Int64 // valid chat requests

	listener  net.Listener // nil for New
	http      *http.Server
	served    chan struct{} // closed when the accept loop has ended
	unwatch   func() bool
	closeOnce sync.Once
	closeErr  error
}

// New makes a server that does not listen: its Handler is for a server of the
// caller's. Close it all the same, to end hanging requests.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg}
	if s.cfg.MaxBody < 0 || s.cfg.Latency < 0 {
		return nil, fmt.Errorf("scripted: Latency %v and MaxBody %d must not be negative", cfg.Latency, cfg.MaxBody)
	}
	if s.cfg.MaxBody == 0 {
		s.cfg.MaxBody = DefaultMaxBody
	}
	if cfg.Policies != nil {
		s.policies = make(map[string]Policy, len(cfg.Policies))
		for _, p := range cfg.Policies {
			if err := p.check(); err != nil {
				return nil, fmt.Errorf("scripted: %w", err)
			}
			if _, dup := s.policies[p.Name]; dup {
				return nil, fmt.Errorf("scripted: policy %q is given twice; give one of them another name", p.Name)
			}
			s.policies[p.Name] = p
		}
	}
	var run [6]byte
	if _, err := rand.Read(run[:]); err != nil {
		return nil, fmt.Errorf("scripted: no randomness for answer ids: %w", err)
	}
	s.run = hex.EncodeToString(run[:])
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.ledger.init()
	return s, nil
}

// Start makes a server and lets it listen. It serves until Close or the end of
// ctx.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("scripted: not started: %w", err)
	}
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	addr := cfg.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", addr); err != nil {
		s.cancel()
		return nil, fmt.Errorf("scripted: cannot listen on %s: %w", addr, err)
	}
	s.http = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return s.ctx }}
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		_ = s.http.Serve(s.listener) // always an error: that it was closed
	}()
	s.unwatch = context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

// URL is the base URL for OpenAI clients, "http://127.0.0.1:PORT/v1"; "" for a
// server that does not listen.
func (s *Server) URL() string {
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String() + "/v1"
}

// Close stops listening, breaks off hanging and running requests, and returns
// when all of them have ended. A policy that is still at work after five
// seconds is an error.
func (s *Server) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *Server) close() error {
	s.cancel()
	var err error
	if s.http != nil {
		s.unwatch()
		if err = s.http.Close(); errors.Is(err, net.ErrClosed) {
			err = nil
		}
		<-s.served
	}
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	select {
	case <-s.ledger.close():
	case <-grace.C:
		return fmt.Errorf("scripted: %d requests still run %v after Close; a policy that waits must obey Conversation.Context", s.Stats().InFlight, closeGrace)
	}
	if err != nil {
		return fmt.Errorf("scripted: close: %w", err)
	}
	return nil
}

func (s *Server) lookup(name string) (Policy, bool) {
	if s.policies == nil {
		return Lookup(name)
	}
	p, ok := s.policies[name]
	return p, ok
}

func (s *Server) names() []string {
	if s.policies == nil {
		return Names()
	}
	return sortedNames(s.policies)
}
