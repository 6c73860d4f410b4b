package scripted

import (
	"maps"
	"sync"
)

// Stats counts what a server has done so far.
type Stats struct {
	Requests    int64 // begun, of every kind
	InFlight    int64 // begun and not ended
	MaxInFlight int64
	// ByModel counts chat requests of known models.
	ByModel map[string]int64
	// ByStatus counts ended requests; 0 is for those without a whole answer:
	// dropped, broken off, hung.
	ByStatus map[int]int64
}

// Stats gives the counters of the moment.
func (s *Server) Stats() Stats {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.stats
	st.ByModel, st.ByStatus = maps.Clone(st.ByModel), maps.Clone(st.ByStatus)
	return st
}

// ledger counts requests, and tells when the last one has ended.
type ledger struct {
	mu     sync.Mutex
	stats  Stats
	closed bool
	idle   chan struct{} // closed when closed and nothing is in flight
}

func (l *ledger) init() {
	l.stats.ByModel, l.stats.ByStatus = map[string]int64{}, map[int]int64{}
	l.idle = make(chan struct{})
}

// begin counts a request in; false after close.
func (l *ledger) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.stats.Requests++
	l.stats.InFlight++
	l.stats.MaxInFlight = max(l.stats.MaxInFlight, l.stats.InFlight)
	return true
}

func (l *ledger) model(name string) {
	l.mu.Lock()
	l.stats.ByModel[name]++
	l.mu.Unlock()
}

func (l *ledger) end(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.ByStatus[status]++
	if l.stats.InFlight--; l.closed && l.stats.InFlight == 0 {
		close(l.idle)
	}
}

// close lets no further request in. The channel is closed when the last one
// has ended.
func (l *ledger) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		if l.stats.InFlight == 0 {
			close(l.idle)
		}
	}
	return l.idle
}
