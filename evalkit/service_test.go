package evalkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// bot is a service that plays a list of answers in every session.
type bot struct {
	answers []string
	status  int           // of answers to messages
	takes   time.Duration // for an answer

	mu   sync.Mutex
	open map[string]int // answers given, by session
	log  []string
	n    int
}

func (b *bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body)))
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPost && len(parts) == 2:
		b.n++
		id := fmt.Sprintf("s %d", b.n)
		b.open[id] = 0
		json.NewEncoder(w).Encode(map[string]string{"id": id})
	case r.Method == http.MethodDelete:
		delete(b.open, parts[2])
		w.WriteHeader(http.StatusNoContent)
	case len(parts) == 4 && parts[3] == "messages":
		if b.takes > 0 {
			b.mu.Unlock()
			select {
			case <-time.After(b.takes):
			case <-r.Context().Done():
			}
			b.mu.Lock()
		}
		n, open := b.open[parts[2]]
		if open { // not closed by somebody who would not wait
			b.open[parts[2]]++
		}
		if b.status != 0 {
			w.WriteHeader(b.status)
		}
		io.WriteString(w, b.answers[min(n, len(b.answers)-1)])
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (b *bot) start(t *testing.T) evalkit.OutsideService {
	t.Helper()
	b.open = map[string]int{}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.open) > 0 {
			t.Errorf("sessions left open: %v", b.open)
		}
	})
	return evalkit.Service(server.URL + "/v1")
}

func actService(t *testing.T, s evalkit.OutsideService, sc evalkit.Scenario) (*transcript.Record, error) {
	t.Helper()
	fake := &fakeT{name: t.Name()}
	defer fake.end()
	trials := evalkit.Run(t.Context(), fake, s, sc, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
	judged, err := trials.Judge(evalkit.Question{Text: "anything", Judge: func(evalkit.Trial) (bool, error) { return true, nil }})
	if err != nil {
		return nil, err
	}
	return judged[0].Trial().Transcript()
}

// A service acts through the scenario's tools, on the scenario's machine.
func TestService(t *testing.T) {
	const key = "key-0123456789"
	t.Setenv("BOT_KEY", key)
	b := &bot{answers: []string{
		`{"reply":"I work.","tool_calls":[{"id":"a","name":"bash","arguments":{"command":"echo done > work; cat work"}},{"id":"b","name":"page","arguments":"{\"team\":\"db\"}"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"cost_usd":0.25}}`,
		`{"reply":"What else, ` + key + `?"}`,
		`{"tool_calls":[{"id":"c","name":"submit","arguments":{"answer":"42"}}]}`,
	}}
	s := b.start(t)
	s.KeyEnv = "BOT_KEY"
	sc := workshop()
	sc.User = func(context.Context, string) (string, bool) { return "Nothing.", true }
	r, err := actService(t, s, sc)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"0 message system", "0 message user",
		`1 model  "I work." 2 calls`, `1 tool bash {"command":"echo done > work; cat work"} = "done\n"`, "1 file /app/work created",
		`1 tool page {"team":"db"} = "paged db at 0"`,
		`2 model  "What else, ***?" 0 calls`, "2 message user",
		`3 model  "" 1 calls`, `3 tool submit {"answer":"42"} = "42"`, "3 fact says",
	}
	if got := story(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.End.Reason != transcript.EndSubmitted || r.Usage.TotalTokens != 10 || r.Usage.CostUSD != 0.25 {
		t.Errorf("end %+v, usage %+v", r.End, r.Usage)
	}
	wire := []string{
		`"system":"Work tidily."`, `{"content":"Do the work."}`,
		`{"results":[{"id":"a","content":"done\n"},{"id":"b","content":"paged db at 0"}]}`, `{"content":"Nothing."}`, "DELETE /v1/sessions/s 1",
	}
	if len(b.log) != len(wire) {
		t.Fatalf("%d requests: %q", len(b.log), b.log)
	}
	for i, part := range wire {
		if !strings.Contains(b.log[i], part) || !strings.Contains(b.log[i], "Bearer "+key) {
			t.Errorf("request %d is %s, want %s", i, b.log[i], part)
		}
	}
}

func TestServiceFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bot    *bot
		change func(*evalkit.OutsideService)
		whose  transcript.Blame
		final  bool
		want   string
	}{
		"500":         {bot: &bot{answers: []string{`out of order`}, status: 500}, whose: transcript.BlameProvider, want: "server error (500): out of order"},
		"400":         {bot: &bot{answers: []string{`what?`}, status: 400}, whose: transcript.BlameSpec, final: true, want: "bad request (400): what?"},
		"401":         {bot: &bot{answers: []string{`who?`}, status: 401}, whose: transcript.BlameSpec, final: true, want: "key refused (401): who?"},
		"a redirect":  {bot: &bot{answers: []string{``}, status: 302}, whose: transcript.BlameSpec, final: true, want: "bad request (302)"},
		"no JSON":     {bot: &bot{answers: []string{`<html>`}}, whose: transcript.BlameProvider, want: "not JSON (200)"},
		"a bad call":  {bot: &bot{answers: []string{`{"tool_calls":[{"id":"","name":"bash"}]}`}}, whose: transcript.BlameProvider, want: "malformed answer: tool call 0"},
		"nothing":     {bot: &bot{answers: []string{`{}`}}, whose: transcript.BlameProvider, want: `neither "reply" nor "tool_calls"`},
		"another API": {bot: &bot{answers: []string{`{"choices":[{"message":{"content":"hi"}}]}`}}, whose: transcript.BlameProvider, want: `neither "reply" nor "tool_calls"`},
		"host alone":  {bot: &bot{}, change: func(s *evalkit.OutsideService) { s.URL = "127.0.0.1:8080" }, whose: transcript.BlameSpec, final: true, want: "write it as https://HOST/PATH"},
		"too slow":    {bot: &bot{answers: []string{`{}`}, takes: 20 * time.Second}, change: func(s *evalkit.OutsideService) { s.Timeout = 300 * time.Millisecond }, whose: transcript.BlameProvider, want: "connection broken"},
		"nobody":      {bot: &bot{}, change: func(s *evalkit.OutsideService) { s.URL = "http://127.0.0.1:1" }, whose: transcript.BlameProvider, final: true, want: "nobody answers"},
		"no key":      {bot: &bot{}, change: func(s *evalkit.OutsideService) { s.KeyEnv = "NO_SUCH_KEY" }, whose: transcript.BlameSpec, final: true, want: "NO_SUCH_KEY is not set"},
		"no URL":      {bot: &bot{}, change: func(s *evalkit.OutsideService) { s.URL = "agents" }, whose: transcript.BlameSpec, final: true, want: "write its URL as https://HOST/PATH"},
		"a password":  {bot: &bot{}, change: func(s *evalkit.OutsideService) { s.URL = "http://u:secret@127.0.0.1:1" }, whose: transcript.BlameSpec, final: true, want: "has a user or password"},
		"not allowed": {bot: &bot{}, change: func(s *evalkit.OutsideService) { s.URL = "https://agents.example.com/v1" }, whose: transcript.BlameSpec, final: true, want: "EVALKIT_MODEL=https://agents.example.com/v1 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.bot.start(t)
			if c.change != nil {
				c.change(&s)
			}
			r, err := actService(t, s, workshop())
			if c.final {
				var series *evalkit.SeriesError
				if !errors.As(err, &series) || series.Whose != c.whose || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || r.End.Reason != transcript.EndError || r.End.Whose != c.whose || !strings.Contains(r.End.Error, c.want) {
				t.Errorf("end %+v, %v", r, err)
			}
		})
	}
}

// A limit ends the talk, and the session with it.
func TestServiceLimits(t *testing.T) {
	t.Parallel()
	b := &bot{answers: []string{`{"tool_calls":[{"id":"a","name":"bash","arguments":{"command":"true"}}]}`}}
	s := workshop()
	s.Limits.Turns = 2
	r, err := actService(t, b.start(t), s)
	if err != nil || r.End.Limit != "turns" || r.Turns() != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	slow := &bot{answers: []string{`{}`}, takes: 20 * time.Second}
	s.Limits = evalkit.Limits{Time: 500 * time.Millisecond}
	r, err = actService(t, slow.start(t), s)
	if err != nil || r.End.Limit != "time" {
		t.Errorf("%+v, %v", r, err)
	}
}
