package share

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// talk sends text to a session and returns what it answered, once it ended.
func talk(t testing.TB, hub Hub, text []byte) string {
	t.Helper()
	ours, theirs := net.Pipe()
	deadline := time.Now().Add(10 * time.Second)
	if err := ours.SetDeadline(deadline); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		newSession(hub, theirs).serve(t.Context())
		close(ended)
	}()
	answered := make(chan string)
	go func() {
		var got bytes.Buffer
		_, _ = io.Copy(&got, ours)
		answered <- got.String()
	}()
	_, _ = ours.Write(text) // cut off where the text is refused
	ours.Close()
	select {
	case <-ended:
	case <-time.After(time.Until(deadline)):
		t.Fatal("the session did not end with its connection")
	}
	return <-answered
}

func TestSessionRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":             "hello\n",
		"an unknown request":  `{"op":"steal","id":1}` + "\n",
		"an enter without id": `{"op":"enter","endpoint":"x"}` + "\n",
		"a slot not taken":    `{"op":"leave","endpoint":"x"}` + "\n",
		"an unknown outcome":  `{"op":"leave","endpoint":"x","outcome":9}` + "\n",
		"a line without end":  `{"op":"enter","id":1,"endpoint":"` + strings.Repeat("x", maxLine) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			hub := NewMemory(Limits{Calls: 1, Tokens: 10})
			after := `{"op":"spend","id":7,"tokens":10}` + "\n"
			talk(t, hub, []byte(text+after))
			if err := hub.Gate("x").Spend(0, 0); err != nil {
				t.Errorf("what came after it was still done: %v", err)
			}
		})
	}
}

// Whatever a process sends, all slots are there again when it has gone.
func FuzzSession(f *testing.F) {
	f.Add([]byte(`{"op":"enter","id":1,"endpoint":"x"}` + "\n" + `{"op":"enter","id":2,"endpoint":"x"}` + "\n" + `{"op":"cancel","id":2}` + "\n"))
	f.Add([]byte(`{"op":"enter","id":1,"endpoint":"x"}` + "\n" + `{"op":"leave","endpoint":"x","outcome":3}` + "\n"))
	f.Add([]byte(`{"op":"spend","id":1,"tokens":-5,"usd":1e400}` + "\n"))
	f.Add([]byte(`{"op":"enter","id":1,"endpoint":"x"`))
	f.Add([]byte("\x00\n{}\n[]\nnull\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		hub := NewMemory(Limits{Calls: 1})
		talk(t, hub, text)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := hub.Gate("x").Enter(ctx); err != nil {
			t.Fatalf("a slot was lost: %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if hub.Gate("x").Enter(ctx) == nil {
			t.Fatal("a slot was made")
		}
	})
}

func TestLateAsksOnceAndKeepsItsError(t *testing.T) {
	asked := 0
	late := &Late{Find: func() (Hub, error) {
		asked++
		return nil, errors.New("nobody serves")
	}}
	g := late.Gate("x")
	if asked != 0 {
		t.Error("the hub was looked for before anybody used it")
	}
	for range 2 {
		if err := g.Enter(t.Context()); err == nil || err.Error() != "nobody serves" {
			t.Errorf("Enter: %v", err)
		}
		if err := g.Spend(0, 0); !errors.Is(err, model.ErrBudget) {
			t.Errorf("Spend: %v, want what ends a series", err)
		}
	}
	g.Leave(model.OK)
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}

	found := &Late{Find: func() (Hub, error) { return NewMemory(Limits{Tokens: 5}), nil }}
	if err := found.Gate("x").Spend(5, 0); !errors.Is(err, model.ErrBudget) {
		t.Errorf("found: %v, want ErrBudget", err)
	}
}

// A cancelled wait leaves the queue at once, not when its turn would come.
func TestSessionAnswersACancelledWait(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	if err := ours.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go newSession(NewMemory(Limits{Calls: 1}), theirs).serve(t.Context())
	replies := bufio.NewReader(ours)
	put := func(q request) { write(t, ours, q) }
	next := func() (r reply) {
		if err := readLine(replies, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	put(request{Op: opEnter, ID: 1, Endpoint: "x"})
	if r := next(); r.ID != 1 || r.Error != "" {
		t.Fatalf("first enter: %+v", r)
	}
	put(request{Op: opEnter, ID: 2, Endpoint: "x"})
	put(request{Op: opCancel, ID: 2})
	if r := next(); r.ID != 2 || r.Error == "" {
		t.Errorf("cancelled enter: %+v, want an error", r)
	}
}

// The slot of an enter whose caller has gone is given back when it comes.
func TestClientGivesASlotBackThatComesTooLate(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	if err := ours.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	c := &Client{conn: theirs, pending: map[uint64]*pending{}}
	go c.read()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Gate("x").Enter(ctx) }()
	requests := bufio.NewReader(ours)
	next := func() (q request) {
		if err := readLine(requests, &q); err != nil {
			t.Fatal(err)
		}
		return q
	}
	enter := next()
	cancel()
	if q := next(); q.Op != opCancel || q.ID != enter.ID {
		t.Errorf("after the cancel: %+v, want its wait taken back", q)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Enter: %v", err)
	}
	write(t, ours, reply{ID: enter.ID}) // they crossed
	if q := next(); q.Op != opLeave || q.Endpoint != "x" || q.Outcome != model.Abandoned {
		t.Errorf("after the slot: %+v, want it given back", q)
	}
}

func write(t *testing.T, to net.Conn, message any) {
	t.Helper()
	line, err := encodeLine(message)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(line); err != nil {
		t.Fatal(err)
	}
}
