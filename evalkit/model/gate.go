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

// throttleHold is how long a MemoryGate lets nobody in after a 429, but for one
// in place of each call that is answered. A refusal comes at once, so that
// without it the waiting would run into the same wall one after another.
const throttleHold = time.Second

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
	halved    time.Time // when slots was last halved
	heldUntil time.Time
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
	if g.inFlight < g.slots && g.waiting.Len() == 0 && !g.held() {
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
		if !g.held() {
			g.admit(g.slots)
		}
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
		g.throttle(time.Now())
	case OK:
		if g.successes++; g.successes >= g.slots && g.slots < g.max {
			g.slots++
			g.successes = 0
		}
	}
	g.inFlight--
	switch {
	case !g.held():
		g.admit(g.slots)
	case o == OK:
		g.admit(min(g.slots, g.inFlight+1))
	}
}

// throttle halves the slots and holds the gate; g.mu is held.
func (g *MemoryGate) throttle(now time.Time) {
	if g.halved.IsZero() || now.Sub(g.halved) >= ThrottleWindow {
		g.slots = max(1, min(g.slots, g.inFlight)/2)
		g.halved, g.successes = now, 0
	}
	if now.Before(g.heldUntil) {
		return
	}
	g.heldUntil = now.Add(throttleHold)
	time.AfterFunc(throttleHold, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.held() {
			g.admit(g.slots)
		}
	})
}

// held reports whether a 429 was just now; g.mu is held.
func (g *MemoryGate) held() bool {
	return !g.heldUntil.IsZero() && time.Now().Before(g.heldUntil)
}

// admit lets in who waits until that many are in flight; g.mu is held.
func (g *MemoryGate) admit(limit int) {
	for g.inFlight < limit && g.waiting.Len() > 0 {
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
