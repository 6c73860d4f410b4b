package share_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/internal/share"
	"github.com/evalkit-go/evalkit/evalkit/model"
)

// folder is a short one: a test's own can be too long for a socket.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ek")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func serve(t testing.TB, limits share.Limits) (server *share.Server, hub *share.Memory, path string) {
	t.Helper()
	hub, path = share.NewMemory(limits), filepath.Join(folder(t), "s.sock")
	server, err := share.Serve(path, hub)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server, hub, path
}

func dial(t testing.TB, path string) *share.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := share.Dial(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// within ends a test that would hang.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// full says that no slot can be had now, without taking one for good.
func full(t testing.TB, g model.Gate) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := g.Enter(ctx); err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Enter: %v, want the context's cause", err)
		}
		return true
	}
	g.Leave(model.Abandoned)
	return false
}

func TestSlotsOfAnEndpointAreSharedByAllProcesses(t *testing.T) {
	_, hub, path := serve(t, share.Limits{Calls: 2})
	a, b := dial(t, path).Gate("x"), dial(t, path).Gate("x")
	for _, g := range []model.Gate{a, b} {
		if err := g.Enter(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	for name, g := range map[string]model.Gate{"first client": a, "second client": b, "server's own process": hub.Gate("x")} {
		if !full(t, g) {
			t.Errorf("%s: got a third slot of 2", name)
		}
	}
	if full(t, dial(t, path).Gate("y")) {
		t.Error("another endpoint has slots of its own")
	}
	a.Leave(model.OK)
	if err := b.Enter(within(t)); err != nil {
		t.Errorf("a slot was given back, but: %v", err)
	}
}

func TestA429OfOneProcessSlowsTheOthers(t *testing.T) {
	_, hub, path := serve(t, share.Limits{Calls: 4})
	a, b := dial(t, path).Gate("x"), dial(t, path).Gate("x")
	for range 4 {
		if err := a.Enter(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		a.Leave(model.Busy)
	}
	a.Leave(model.Abandoned)
	if err := a.Spend(0, 0); err != nil { // answered after what was sent before it
		t.Fatal(err)
	}
	if !full(t, b) || !full(t, hub.Gate("x")) {
		t.Error("after a 429 the gate is held for everybody")
	}
}

func TestTheBudgetIsOne(t *testing.T) {
	_, hub, path := serve(t, share.Limits{Tokens: 100})
	a, b := dial(t, path).Gate("x"), dial(t, path).Gate("y")
	if err := a.Spend(60, 0); err != nil {
		t.Fatal(err)
	}
	if err := b.Spend(40, 0.5); !errors.Is(err, model.ErrBudget) || !strings.Contains(err.Error(), "100 of 100 tokens") {
		t.Errorf("second client: %v, want ErrBudget with the figures", err)
	}
	if err := hub.Gate("z").Spend(0, 0); !errors.Is(err, model.ErrBudget) {
		t.Errorf("process 1: %v, want ErrBudget", err)
	}
	_, unlimited, other := serve(t, share.Limits{})
	for range 3 {
		if err := dial(t, other).Gate("x").Spend(1e9, 1e6); err != nil {
			t.Errorf("no budget was set: %v", err)
		}
	}
	_ = unlimited
}

// Who waits for a slot has asked the budget before; it may be used up by the
// time there is one.
func TestTheBudgetEndsWhoWaitsForASlot(t *testing.T) {
	for _, remote := range []bool{true, false} {
		t.Run(fmt.Sprintf("remote %v", remote), func(t *testing.T) {
			_, hub, path := serve(t, share.Limits{Calls: 1, Tokens: 100})
			g := hub.Gate("x")
			if remote {
				g = dial(t, path).Gate("x")
			}
			if err := g.Enter(within(t)); err != nil {
				t.Fatal(err)
			}
			waits := make(chan error)
			go func() { waits <- g.Enter(within(t)) }()
			select {
			case err := <-waits:
				t.Fatalf("a second slot of 1: %v", err)
			case <-time.After(20 * time.Millisecond): // it waits, most likely; if not, the test is weaker, not wrong
			}
			if err := g.Spend(100, 0); !errors.Is(err, model.ErrBudget) {
				t.Fatal(err)
			}
			g.Leave(model.OK)
			if err := <-waits; !errors.Is(err, model.ErrBudget) {
				t.Errorf("Enter: %v, want ErrBudget", err)
			}
		})
	}
}

func TestLimitsThatCannotBeReadSpendNothing(t *testing.T) {
	_, _, path := serve(t, share.Limits{Broken: errors.New("EVALKIT_MAX_COST is odd")})
	err := dial(t, path).Gate("x").Spend(0, 0)
	if !errors.Is(err, model.ErrBudget) || !strings.Contains(err.Error(), "EVALKIT_MAX_COST is odd") {
		t.Errorf("got %v, want the error of the limits, as a budget that is used up", err)
	}
}

func TestWhoGoesAwayWhileWaitingLeavesTheQueue(t *testing.T) {
	_, _, path := serve(t, share.Limits{Calls: 1})
	a, b := dial(t, path).Gate("x"), dial(t, path).Gate("x")
	if err := a.Enter(within(t)); err != nil {
		t.Fatal(err)
	}
	why := errors.New("the spec timed out")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() { ended <- b.Enter(ctx) }()
	cancel(why)
	if err := <-ended; !errors.Is(err, why) {
		t.Errorf("Enter: %v, want the context's cause", err)
	}
	a.Leave(model.OK)
	if err := a.Enter(within(t)); err != nil {
		t.Errorf("the slot went to somebody who had gone: %v", err)
	}
}

// Cancelling and granting cross: whichever comes first, no slot is lost and
// none is made.
func TestCancelAndGrantCross(t *testing.T) {
	_, hub, path := serve(t, share.Limits{Calls: 2})
	g := dial(t, path).Gate("x")
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i%2 == 0 {
				go cancel()
			}
			defer cancel()
			if g.Enter(ctx) == nil {
				g.Leave(model.Abandoned)
			}
		})
	}
	wg.Wait()
	for range 2 {
		if err := hub.Gate("x").Enter(within(t)); err != nil {
			t.Fatalf("a slot was lost: %v", err)
		}
	}
	if !full(t, hub.Gate("x")) {
		t.Error("a slot was made")
	}
}

func TestAProcessThatDiesGivesItsSlotsBack(t *testing.T) {
	_, hub, path := serve(t, share.Limits{Calls: 3})
	dead := dial(t, path)
	for range 3 {
		if err := dead.Gate("x").Enter(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	waits := make(chan error, 1)
	go func() { waits <- dead.Gate("x").Enter(t.Context()) }()
	dead.Close()
	for range 3 {
		if err := hub.Gate("x").Enter(within(t)); err != nil {
			t.Fatalf("its slots did not come back: %v", err)
		}
	}
	if err := <-waits; !errors.Is(err, share.ErrGone) {
		t.Errorf("who waited got %v, want ErrGone", err)
	}
}

func BenchmarkEnterLeave(b *testing.B) {
	_, hub, path := serve(b, share.Limits{Calls: 8})
	for name, g := range map[string]model.Gate{"memory": hub.Gate("x"), "socket": dial(b, path).Gate("x")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := g.Enter(b.Context()); err != nil {
					b.Fatal(err)
				}
				g.Leave(model.OK)
			}
		})
	}
}

func ExampleServe() {
	dir, err := os.MkdirTemp("", "ek")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	server, err := share.Serve(filepath.Join(dir, "s.sock"), share.NewMemory(share.Limits{Tokens: 1000}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	other, err := share.Dial(context.Background(), filepath.Join(dir, "s.sock"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(other.Gate("openai").Spend(400, 0))
	fmt.Println(other.Gate("ollama").Spend(600, 0))
	// Output:
	// <nil>
	// the run's budget is used up: 1000 of 1000 tokens; raise EVALKIT_MAX_TOKENS or EVALKIT_MAX_COST to go on
}
