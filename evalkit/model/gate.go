package model

import (
	"container/list"
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// Outcome is how a call went, as far as it matters to those who wait.
type Outcome int

const (
	OK        Outcome = iota // answered, or at fault by itself
	Busy                     // throttled: 429
	Failing                  // 5xx, refused, broken or timed out
	Abandoned                // given up by the caller; says nothing about the server
)

// Gate bounds the calls in flight and the run's budget, for all who call the
// same provider. A caller may supply one that is shared between processes.
// Implementations are safe for concurrent use.
type Gate interface {
	// Enter takes a call slot, waiting for one. It ends with the context's cause.
	Enter(ctx context.Context) error
	// Leave gives the slot back. Every Enter that went well is followed by one.
	Leave(o Outcome)
	// Spend books tokens and money, and gives ErrBudget (by errors.Is) once the
	// budget is used up. Spend(0, 0) asks, before every call.
	Spend(tokens int, usd float64) error
}

// ThrottleWindow is how long a MemoryGate looks on after it halved its slots:
// the calls that were under way then are thrown out too and mean nothing new.
const ThrottleWindow = 2 * time.Second

// MemoryGate is a Gate within one process. It adapts by additive increase and
// multiplicative decrease: a 429 halves the slots in use, at most once per
// ThrottleWindow and never below one; as many successes as there are slots add
// one again, up to the maximum. Who waits longest enters first.
type MemoryGate struct {
	mu        sync.Mutex
	max       int
	slots     int
	inFlight  int
	successes int       // since the last change of slots
	closed    time.Time // of the last halving
	waiting   list.List // of chan struct{}, closed to let one in

	maxTokens, tokens int
	maxUSD, usd       float64
}

// NewGate makes a gate of that many calls in flight, tokens and US dollars; 0
// or less is no bound. The budget ends a run late by what the calls under way
// cost: they are not cut.
func NewGate(maxInFlight, maxTokens int, maxUSD float64) *MemoryGate {
	if maxInFlight <= 0 {
		maxInFlight = math.MaxInt32
	}
	return &MemoryGate{max: maxInFlight, slots: maxInFlight, maxTokens: maxTokens, maxUSD: maxUSD}
}

// Enter takes a slot.
func (g *MemoryGate) Enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	g.mu.Lock()
	if g.inFlight < g.slots && g.waiting.Len() == 0 {
		g.inFlight++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	place := g.waiting.PushBack(turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-turn: // let in at the same moment: pass the slot on
		g.inFlight--
		g.admit()
	default:
		g.waiting.Remove(place)
	}
	return context.Cause(ctx)
}

// Leave gives a slot back and adapts their number.
func (g *MemoryGate) Leave(o Outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch o {
	case Busy:
		if now := time.Now(); g.closed.IsZero() || now.Sub(g.closed) >= ThrottleWindow {
			g.slots = max(1, min(g.slots, g.inFlight)/2)
			g.closed, g.successes = now, 0
		}
	case OK:
		if g.successes++; g.successes >= g.slots && g.slots < g.max {
			g.slots++
			g.successes = 0
		}
	}
	g.inFlight--
	g.admit()
}

// admit lets in who waits as long as there are slots; g.mu is held.
func (g *MemoryGate) admit() {
	for g.inFlight < g.slots && g.waiting.Len() > 0 {
		turn, _ := g.waiting.Remove(g.waiting.Front()).(chan struct{})
		g.inFlight++
		close(turn)
	}
}

// Slots tells how many calls may be in flight now.
func (g *MemoryGate) Slots() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.slots
}

// Spent tells what was booked.
func (g *MemoryGate) Spent() (tokens int, usd float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tokens, g.usd
}

// Spend books and asks.
func (g *MemoryGate) Spend(tokens int, usd float64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens += max(tokens, 0)
	g.usd += max(usd, 0)
	switch {
	case g.maxTokens > 0 && g.tokens >= g.maxTokens:
		return fmt.Errorf("%w: %d of %d tokens", ErrBudget, g.tokens, g.maxTokens)
	case g.maxUSD > 0 && g.usd >= g.maxUSD:
		return fmt.Errorf("%w: $%.4f of $%.4f", ErrBudget, g.usd, g.maxUSD)
	}
	return nil
}
