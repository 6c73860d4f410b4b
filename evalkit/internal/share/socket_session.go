package share

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// session is the server's side of one connection, that is of one process.
type session struct {
	hub  Hub
	conn net.Conn

	writing sync.Mutex

	mu      sync.Mutex
	held    map[string]int // slots by endpoint
	waiting map[uint64]context.CancelFunc
	wg      sync.WaitGroup
}

func newSession(hub Hub, conn net.Conn) *session {
	return &session{hub: hub, conn: conn, held: map[string]int{}, waiting: map[uint64]context.CancelFunc{}}
}

// serve answers until the connection ends, and then gives back what its process
// still held.
func (s *session) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	r := bufio.NewReaderSize(s.conn, maxLine)
	for {
		var q request
		err := readLine(r, &q)
		if err == nil {
			err = s.handle(ctx, q)
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
			slog.Warn("a process that shares call slots is cut off", "error", err)
		}
		break
	}
	s.conn.Close()
	cancel()
	s.wg.Wait()
	for endpoint, n := range s.held {
		for range n {
			s.hub.Gate(endpoint).Leave(model.Abandoned)
		}
	}
}

// handle does what is asked. Its error ends the connection.
func (s *session) handle(ctx context.Context, q request) error {
	if err := q.check(); err != nil {
		return err
	}
	switch q.Op {
	case opEnter:
		return s.enter(ctx, q)
	case opCancel:
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel, ok := s.waiting[q.ID]; ok {
			cancel()
		}
		return nil
	case opLeave:
		return s.leave(q)
	default:
		return s.reply(answer(q.ID, s.hub.Gate(q.Endpoint).Spend(q.Tokens, q.USD)))
	}
}

// enter waits for a slot beside the other requests of the connection.
func (s *session) enter(ctx context.Context, q request) error {
	own, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.waiting[q.ID]; twice {
		cancel()
		return fmt.Errorf("the id %d is used twice", q.ID)
	}
	s.waiting[q.ID] = cancel
	s.wg.Go(func() {
		defer cancel()
		err := s.hub.Gate(q.Endpoint).Enter(own)
		s.mu.Lock()
		delete(s.waiting, q.ID)
		if err == nil {
			s.held[q.Endpoint]++
		}
		s.mu.Unlock()
		if err != nil && ctx.Err() != nil {
			return // the connection ends, which says more than the reply would
		}
		// Where the reply cannot be sent, the connection ends and the slot
		// goes back with it.
		_ = s.reply(answer(q.ID, err))
	})
	return nil
}

func (s *session) leave(q request) error {
	s.mu.Lock()
	if s.held[q.Endpoint] == 0 {
		s.mu.Unlock()
		return fmt.Errorf("a slot of %q is given back that was not taken", q.Endpoint)
	}
	s.held[q.Endpoint]--
	s.mu.Unlock()
	s.hub.Gate(q.Endpoint).Leave(q.Outcome)
	return nil
}

func (s *session) reply(r reply) error {
	line, err := encodeLine(r)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err = s.conn.Write(line); err != nil {
		s.conn.Close() // half a line cannot be mended
	}
	return err
}
