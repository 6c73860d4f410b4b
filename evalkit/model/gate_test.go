package model

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func enter(t *testing.T, g Gate, n int) {
	t.Helper()
	for range n {
		if err := g.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGateShrinksAndGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(16, 0, 0)
		enter(t, g, 16)
		for range 8 { // the calls under way at the time are thrown out together
			g.Leave(Busy)
		}
		if g.Slots() != 8 {
			t.Errorf("after one throttling: %d slots, want 8", g.Slots())
		}
		time.Sleep(ThrottleWindow)
		g.Leave(Busy)
		if g.Slots() != 4 {
			t.Errorf("after the second: %d slots, want 4", g.Slots())
		}
		for range 3 {
			g.Leave(OK)
		}
		if g.Slots() != 4 {
			t.Errorf("after three successes: %d slots, want 4", g.Slots())
		}
		g.Leave(OK)
		if g.Slots() != 5 {
			t.Errorf("after four successes: %d slots, want 5", g.Slots())
		}
		for range 3 {
			g.Leave(Failing)
		}
		if g.Slots() != 5 {
			t.Errorf("failures changed the slots to %d", g.Slots())
		}
		for range 10 {
			time.Sleep(ThrottleWindow)
			enter(t, g, 1)
			g.Leave(Busy)
		}
		if g.Slots() != 1 {
			t.Errorf("%d slots, want 1", g.Slots())
		}
		for range 200 {
			enter(t, g, 1)
			g.Leave(OK)
		}
		if g.Slots() != 16 {
			t.Errorf("grew to %d slots, want 16", g.Slots())
		}
	})
}

func TestGateBoundsAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(2, 0, 0)
		var mu sync.Mutex
		var order []int
		now, most := 0, 0
		for i := range 20 {
			go func() {
				enter(t, g, 1)
				mu.Lock()
				order = append(order, i)
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				g.Leave(OK)
			}()
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if most != 2 || len(order) != 20 {
			t.Fatalf("%d in flight, %d entered", most, len(order))
		}
		for i, got := range order {
			if got/2 != i/2 { // two enter at one moment
				t.Errorf("entered in the order %v", order)
				break
			}
		}
	})
}

func TestGateCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(1, 0, 0)
		enter(t, g, 1)
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		result := make(chan error)
		go func() { result <- g.Enter(ctx) }()
		synctest.Wait()
		cancel(cause)
		if err := <-result; !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		if err := g.Enter(ctx); !errors.Is(err, cause) {
			t.Errorf("with an ended context: %v", err)
		}
		g.Leave(OK)
		enter(t, g, 1)
	})
}

// Cancelling and letting in at the same moment loses no slot.
func TestGateKeepsItsSlots(t *testing.T) {
	g := NewGate(3, 0, 0)
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			if i%2 == 0 {
				go cancel()
			}
			defer cancel()
			if g.Enter(ctx) == nil {
				g.Leave(OK)
			}
		})
	}
	wg.Wait()
	if g.inFlight != 0 || g.waiting.Len() != 0 {
		t.Errorf("%d in flight, %d waiting", g.inFlight, g.waiting.Len())
	}
	enter(t, g, 3)
}
