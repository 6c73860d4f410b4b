package model

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// steps is a transport that goes through a list of replies; the last stays.
type steps struct {
	mu    sync.Mutex
	list  []step
	times []time.Time
}

type step func(*http.Request) (*http.Response, error)

func (s *steps) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.times = append(s.times, time.Now())
	next := s.list[0]
	if len(s.list) > 1 {
		s.list = s.list[1:]
	}
	s.mu.Unlock()
	return next(r)
}

func reply(status int, body string, header ...string) step {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		fixed(status, body, header...)(w, r)
		return w.Result(), nil
	}
}

func fail(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func good() step { return reply(200, say(plainAnswer, "stop")) }

func stepClient(t *testing.T, s *steps, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		Endpoint:  Endpoint{Spec: "test/fake", Provider: "test", Name: "fake", BaseURL: "http://127.0.0.1:1/v1", KeyEnv: "TEST_KEY"},
		Env:       func(string) string { return testKey },
		Transport: s,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name     string
		steps    []step
		change   func(*Config)
		kind     Kind // "" is success
		calls    int
		min, max time.Duration // of the whole Chat
	}{
		{name: "at once", steps: []step{good()}, calls: 1},
		{name: "429 with Retry-After", steps: []step{reply(429, "{}", "Retry-After", "7"), good()}, calls: 2, min: 7 * time.Second, max: 8 * time.Second},
		{name: "refused, then up", steps: []step{fail(errRefused), fail(errRefused), good()}, calls: 3, min: 700 * time.Millisecond, max: 3 * time.Second},
		{name: "500, then ok", steps: []step{reply(500, "{}"), good()}, calls: 2, min: 200 * time.Millisecond, max: time.Second},
		{name: "broken, then ok", steps: []step{fail(io.ErrUnexpectedEOF), good()}, calls: 2, min: 200 * time.Millisecond, max: time.Second},
		{name: "hangs, then ok", steps: []step{hang, good()}, calls: 2, min: DefaultTimeout, max: DefaultTimeout + time.Second},
		{name: "hangs", steps: []step{hang}, kind: Timeout, calls: 2, min: 20 * time.Minute, max: 21 * time.Minute},
		{name: "always 503: attempts run out", steps: []step{reply(503, "{}")}, kind: ServerError, calls: 8, min: 30 * time.Second, max: 2 * time.Minute},
		{name: "always 503: three attempts", steps: []step{reply(503, "{}")}, change: func(c *Config) { c.MaxAttempts = 3 }, kind: ServerError, calls: 3, max: 3 * time.Second},
		{name: "always 429: attempts run out", steps: []step{reply(429, "{}", "Retry-After", "1")}, change: func(c *Config) { c.MaxAttempts = 3 }, kind: Throttled, calls: 9, min: 8 * time.Second, max: 10 * time.Second},
		{name: "time runs out", steps: []step{reply(429, "{}", "Retry-After", "60")}, change: func(c *Config) { c.MaxRetryTime = 150 * time.Second }, kind: Throttled, calls: 3, min: 2 * time.Minute, max: 150 * time.Second},
		{name: "asked to wait longer than there is", steps: []step{reply(429, "{}", "Retry-After", "3600"), good()}, kind: Throttled, calls: 1},
		{name: "own fault", steps: []step{reply(400, "{}"), good()}, kind: BadRequest, calls: 1},
		{name: "own fault as 500", steps: []step{reply(500, `{"error":{"type":"invalid_request_error"}}`), good()}, kind: BadRequest, calls: 1},
		{name: "told not to retry", steps: []step{reply(500, "{}", "X-Should-Retry", "false"), good()}, kind: ServerError, calls: 1},
		{name: "no such host", steps: []step{fail(&net.DNSError{Err: "no such host", IsNotFound: true}), good()}, kind: Refused, calls: 1},
		{name: "not JSON, then ok", steps: []step{reply(200, "oops"), good()}, calls: 2, max: time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &steps{list: tt.steps}
				change := tt.change
				if change == nil {
					change = func(*Config) {}
				}
				c := stepClient(t, s, change)
				start := time.Now()
				got, err := ask(c)
				took := time.Since(start)
				var e *Error
				switch {
				case tt.kind == "" && err != nil:
					t.Fatal(err)
				case tt.kind == "" && (got.Attempts != tt.calls || got.Message.Content != "hello"):
					t.Errorf("got %+v", got)
				case tt.kind != "" && (!errors.As(err, &e) || e.Kind != tt.kind || e.Attempts != tt.calls):
					t.Errorf("got %v, want %s", err, tt.kind)
				}
				if len(s.times) != tt.calls || took < tt.min || took > tt.max {
					t.Errorf("%d calls in %s, want %d in %s to %s", len(s.times), took, tt.calls, tt.min, tt.max)
				}
			})
		})
	}
}

// The context's end is the end, with its cause, wherever the call stands.
func TestCancel(t *testing.T) {
	cause := errors.New("the trial is over")
	full := NewGate(1, 0, 0)
	if err := full.Enter(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		steps []step
		gate  Gate
	}{
		"in a call":    {[]step{hang}, nil},
		"in a wait":    {[]step{reply(429, "{}", "Retry-After", "60")}, nil},
		"at the gate":  {[]step{good()}, full},
		"in the body":  {[]step{func(r *http.Request) (*http.Response, error) { return slowBody(r), nil }}, nil},
		"in an answer": {[]step{func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return reply(500, "{}")(r) }}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := stepClient(t, &steps{list: c.steps}, func(cfg *Config) {
					if name != "in a wait" {
						cfg.MaxAttempts = 1
					}
					if c.gate != nil {
						g := NewGate(1, 0, 0)
						_ = g.Enter(t.Context())
						cfg.Gate = g
					}
				})
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(5*time.Second, func() { cancel(cause) })
				start := time.Now()
				_, err := client.Chat(ctx, Request{Messages: []Message{User("hi")}})
				var e *Error
				// In a wait the error says what the call was waiting for.
				if !errors.Is(err, cause) || errors.As(err, &e) != (name == "in a wait") || time.Since(start) != 5*time.Second {
					t.Errorf("after %s: %v", time.Since(start), err)
				}
			})
		})
	}
}

// slowBody answers with headers and then nothing.
func slowBody(r *http.Request) *http.Response {
	pr, pw := io.Pipe()
	context.AfterFunc(r.Context(), func() { pw.CloseWithError(r.Context().Err()) })
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: pr}
}

func TestSlotsAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(1, 0, 0)
		s := &steps{list: []step{fail(errRefused), reply(429, "{}"), reply(400, "{}"), hang, good()}}
		c := stepClient(t, s, func(cfg *Config) { cfg.Gate, cfg.MaxAttempts = gate, 1 })
		for range 4 {
			if _, err := ask(c); err == nil {
				t.Error("no error")
			}
		}
		if _, err := ask(c); err != nil {
			t.Error(err)
		}
		if gate.inFlight != 0 {
			t.Errorf("%d slots were kept", gate.inFlight)
		}
	})
}

// While a call waits for its next attempt it takes no slot.
func TestWaitingTakesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(1, 0, 0)
		s := &steps{list: []step{reply(503, "{}", "Retry-After", "60"), good()}}
		c := stepClient(t, s, func(cfg *Config) { cfg.Gate = gate })
		var wg sync.WaitGroup
		wg.Go(func() {
			if got, err := ask(c); err != nil || got.Attempts != 2 {
				t.Errorf("first: %v %v", got.Attempts, err)
			}
		})
		synctest.Wait()
		start := time.Now()
		if _, err := ask(c); err != nil || time.Since(start) != 0 {
			t.Errorf("second: after %s, %v", time.Since(start), err)
		}
		wg.Wait()
	})
}

func TestBudget(t *testing.T) {
	gate := NewGate(0, 15, 0)
	s := &steps{list: []step{good()}}
	c := stepClient(t, s, func(cfg *Config) { cfg.Gate = gate })
	for range 2 { // ten tokens each
		if _, err := ask(c); err != nil {
			t.Fatal(err)
		}
	}
	_, err := ask(c)
	var e *Error
	if !errors.Is(err, ErrBudget) || !errors.As(err, &e) || e.Kind != Budget || len(s.times) != 2 {
		t.Errorf("after %d calls: %v", len(s.times), err)
	}
	money := NewGate(0, 0, 0.001)
	c = stepClient(t, s, func(cfg *Config) { cfg.Gate, cfg.Price = money, Price{Prompt: 1000, Completion: 1000} })
	if _, err := ask(c); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(c); !errors.Is(err, ErrBudget) {
		t.Errorf("got %v", err)
	}
}

// A server that throttles above two calls at a time is served at two, not lost.
func TestThrottledServerIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, refused, answered int
		s := &steps{list: []step{func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			if now >= 2 {
				refused++
				mu.Unlock()
				return reply(429, "{}", "Retry-After", "1")(r)
			}
			now++
			mu.Unlock()
			time.Sleep(time.Second) // the model thinks, on the bubble's clock
			mu.Lock()
			now--
			answered++
			mu.Unlock()
			return good()(r)
		}}}
		gate := NewGate(16, 0, 0)
		c := stepClient(t, s, func(cfg *Config) { cfg.Gate = gate })
		var wg sync.WaitGroup
		start := time.Now()
		for range 64 {
			wg.Go(func() {
				if _, err := ask(c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		t.Logf("%d answered, %d refused, %d slots, %s", answered, refused, gate.Slots(), time.Since(start))
		if answered != 64 || gate.Slots() > 4 || refused > 64 || time.Since(start) > 45*time.Second {
			t.Errorf("%d answered, %d refused, %d slots, %s", answered, refused, gate.Slots(), time.Since(start))
		}
	})
}
