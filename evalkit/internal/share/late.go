package share

import (
	"context"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// Late is a hub that is found at its first use: whether a run is parallel, and
// where its process 1 listens, is not known when a package is initialised.
type Late struct {
	// Find finds the hub. It is asked once; an error is final and is what every
	// Enter and Spend returns.
	Find func() (Hub, error)

	once sync.Once
	hub  Hub
	err  error
}

// Gate implements Hub.
func (l *Late) Gate(endpoint string) model.Gate { return &lateGate{late: l, endpoint: endpoint} }

func (l *Late) find() (Hub, error) {
	l.once.Do(func() {
		if l.hub, l.err = l.Find(); l.err != nil {
			l.err = refusal{l.err}
		}
	})
	return l.hub, l.err
}

type lateGate struct {
	late     *Late
	endpoint string
}

func (g *lateGate) gate() (model.Gate, error) {
	hub, err := g.late.find()
	if err != nil {
		return nil, err
	}
	return hub.Gate(g.endpoint), nil
}

func (g *lateGate) Enter(ctx context.Context) error {
	gate, err := g.gate()
	if err != nil {
		return err
	}
	return gate.Enter(ctx)
}

func (g *lateGate) Leave(o model.Outcome) {
	if gate, err := g.gate(); err == nil {
		gate.Leave(o)
	}
}

func (g *lateGate) Spend(tokens int, usd float64) error {
	gate, err := g.gate()
	if err != nil {
		return err
	}
	return gate.Spend(tokens, usd)
}
