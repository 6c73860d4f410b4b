// Package share holds what all specs of a run use together: slots for calls to
// a model, and the run's budget. In one process that is memory; under ginkgo -p
// process 1 serves it to the others over a socket.
package share

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// Hub hands out gates. Safe for concurrent use.
type Hub interface {
	// Gate returns the gate for one endpoint; equal names, equal slots.
	Gate(endpoint string) model.Gate
}

// current is the hub of this process. A process has one budget, so it is the
// process that it belongs to.
var current atomic.Pointer[Hub]

// Use makes h the hub of this process and returns a function that takes it
// back. Gates that were handed out before keep to the old one.
func Use(h Hub) (undo func()) {
	old := current.Swap(&h)
	return func() { current.CompareAndSwap(&h, old) }
}

// memory is the hub of a process on its own, made at first use.
var memory = sync.OnceValue(func() Hub {
	limits, err := LimitsFromEnvironment(os.Getenv)
	if err != nil {
		slog.Error("a limit of the run cannot be read; nothing may be spent", "error", err)
	}
	return NewMemory(limits)
})

// Gate returns the gate of this process's hub for one endpoint.
func Gate(endpoint string) model.Gate {
	if h := current.Load(); h != nil {
		return (*h).Gate(endpoint)
	}
	return memory().Gate(endpoint)
}

// Limits bound a run. Zero is no bound.
type Limits struct {
	Calls  int // in flight to one endpoint
	Tokens int
	USD    float64
	// Broken is the error of limits that could not be read: nothing is spent
	// then.
	Broken error
}

// LimitsFromEnvironment reads EVALKIT_CONCURRENCY, EVALKIT_MAX_TOKENS and
// EVALKIT_MAX_COST.
func LimitsFromEnvironment(env func(string) string) (Limits, error) {
	var l Limits
	var err error
	if text := env("EVALKIT_CONCURRENCY"); text != "" {
		if l.Calls, err = strconv.Atoi(text); err != nil || l.Calls < 1 {
			l.Broken = fmt.Errorf("EVALKIT_CONCURRENCY=%q is not a whole number above 0", text)
		}
	}
	if text := env("EVALKIT_MAX_TOKENS"); text != "" {
		if l.Tokens, err = strconv.Atoi(text); err != nil || l.Tokens < 1 {
			l.Broken = fmt.Errorf("EVALKIT_MAX_TOKENS=%q is not a whole number above 0", text)
		}
	}
	if text := env("EVALKIT_MAX_COST"); text != "" {
		if l.USD, err = strconv.ParseFloat(text, 64); err != nil || !(l.USD > 0) {
			l.Broken = fmt.Errorf("EVALKIT_MAX_COST=%q is not an amount above 0", text)
		}
	}
	return l, l.Broken
}

// Memory is a hub within one process.
type Memory struct {
	limits Limits
	budget *model.MemoryGate

	mu    sync.Mutex
	slots map[string]*model.MemoryGate
}

// NewMemory makes a hub that keeps to the limits.
func NewMemory(l Limits) *Memory {
	return &Memory{limits: l, budget: model.NewGate(0, l.Tokens, l.USD), slots: map[string]*model.MemoryGate{}}
}

// Gate implements Hub.
func (m *Memory) Gate(endpoint string) model.Gate {
	m.mu.Lock()
	defer m.mu.Unlock()
	slots, ok := m.slots[endpoint]
	if !ok {
		slots = model.NewGate(m.limits.Calls, 0, 0)
		m.slots[endpoint] = slots
	}
	return gate{slots: slots, budget: m.budget, broken: m.limits.Broken}
}

// gate joins the slots of one endpoint with the budget of the run.
type gate struct {
	slots, budget *model.MemoryGate
	broken        error
}

// Enter asks the budget once there is a slot: it may have been used up while
// the call waited for one.
func (g gate) Enter(ctx context.Context) error {
	if err := g.slots.Enter(ctx); err != nil {
		return err
	}
	if err := g.Spend(0, 0); err != nil {
		g.slots.Leave(model.Abandoned)
		return err
	}
	return nil
}

// Leave implements model.Gate.
func (g gate) Leave(o model.Outcome) { g.slots.Leave(o) }

// Spend implements model.Gate.
func (g gate) Spend(tokens int, usd float64) error {
	if g.broken != nil {
		return refusal{g.broken}
	}
	if err := g.budget.Spend(tokens, usd); err != nil {
		return fmt.Errorf("%w; raise EVALKIT_MAX_TOKENS or EVALKIT_MAX_COST to go on", err)
	}
	return nil
}
