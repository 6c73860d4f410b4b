package scripted_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

func TestCloseEndsHangingRequestsAndLeavesNothing(t *testing.T) {
	for _, how := range []string{"close", "context", "latency", "policy", "policy behind a handler", "handler"} {
		t.Run(how, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			cfg := scripted.Config{Faults: func(scripted.Request, int64) scripted.Fault { return scripted.Hang() }}
			switch how {
			case "latency":
				cfg = scripted.Config{Latency: time.Hour}
			case "policy", "policy behind a handler":
				cfg = scripted.Config{Policies: []scripted.Policy{policy("echo", func(c *scripted.Conversation) scripted.Reply {
					<-c.Context().Done()
					return scripted.Reply{}
				})}}
			}
			s, url, stop := serve(t, ctx, cfg, strings.HasSuffix(how, "handler"))
			const n = 20
			failed := make(chan error, n)
			transport := &http.Transport{}
			for range n {
				go func() {
					resp, err := (&http.Client{Transport: transport}).Post(url+"/chat/completions", "application/json", strings.NewReader(`{"model":"echo","messages":[{"role":"user","content":"x"}]}`))
					if err == nil {
						resp.Body.Close()
					}
					failed <- err
				}()
			}
			waitFor(t, func() bool { return s.Stats().InFlight == n })
			if how == "context" {
				cancel()
			} else if err := s.Close(); err != nil {
				t.Error(err)
			}
			for range n {
				if err := <-failed; err == nil {
					t.Error("a hanging request got an answer")
				}
			}
			stop()
			transport.CloseIdleConnections()
			waitFor(t, func() bool { return s.Stats().InFlight == 0 && runtime.NumGoroutine() <= before })
			if st := s.Stats(); st.MaxInFlight != n {
				t.Errorf("stats: %+v", st)
			}
		})
	}
}

// serve gives a server by Start, or by New behind a server of the caller's.
func serve(t *testing.T, ctx context.Context, cfg scripted.Config, handler bool) (s *scripted.Server, url string, stop func()) {
	t.Helper()
	if !handler {
		s, err := scripted.Start(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return s, s.URL(), func() { _ = s.Close() }
	}
	s, err := scripted.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if s.URL() != "" {
		t.Errorf("a server that does not listen has the URL %q", s.URL())
	}
	h := httptest.NewServer(s.Handler())
	return s, h.URL + "/v1", h.Close
}

func TestAfterCloseNothingIsServed(t *testing.T) {
	s, err := scripted.New(scripted.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if resp, err := http.Get(h.URL + "/v1/models"); err == nil {
		t.Errorf("status %d after Close", resp.StatusCode)
	}
}

// Many conversations at once through one policy: each finds its own place.
func TestManyConversationsAtOnce(t *testing.T) {
	const trials, turns = 60, 5
	s := start(t, scripted.Config{Latency: time.Millisecond, Policies: []scripted.Policy{policy("counts", func(c *scripted.Conversation) scripted.Reply {
		if c.Turn() == turns-1 {
			return scripted.Say(fmt.Sprint("done ", c.Seed, " ", len(c.Results())))
		}
		return scripted.Bash(fmt.Sprint("echo ", c.Seed, " ", c.Turn()))
	})}})
	cl := client(s)
	var all sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]bool{}
	for seed := range trials {
		all.Go(func() {
			req := openai.ChatCompletionRequest{Model: "counts", Seed: &seed, Messages: user("go"), Tools: []openai.Tool{bashTool}}
			for turn := range turns {
				resp, err := cl.CreateChatCompletion(t.Context(), req)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if ids[resp.ID] {
					t.Errorf("answer id %s given twice", resp.ID)
				}
				ids[resp.ID] = true
				mu.Unlock()
				m := resp.Choices[0].Message
				if turn == turns-1 {
					if want := fmt.Sprint("done ", seed, " ", turns-1); m.Content != want {
						t.Errorf("got %q, want %q", m.Content, want)
					}
					return
				}
				if want := fmt.Sprintf(`{"command":"echo %d %d"}`, seed, turn); m.ToolCalls[0].Function.Arguments != want {
					t.Errorf("got %s, want %s", m.ToolCalls[0].Function.Arguments, want)
				}
				req.Messages = append(req.Messages, m, openai.ChatCompletionMessage{Role: "tool", ToolCallID: m.ToolCalls[0].ID, Content: "ok"})
			}
		})
	}
	all.Wait()
	if st := s.Stats(); st.Requests != trials*turns || st.ByStatus[200] != trials*turns || st.InFlight != 0 || st.MaxInFlight < 2 {
		t.Errorf("stats: %+v", st)
	}
}
