package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// counting is a server of a kind: what it says of a request, by what it holds.
type counting struct {
	tools, results, systemOnly bool // get into the prompt; tools beside a system prompt alone
	calls                      bool // the model calls what it is offered
	escapes                    bool // the prompt is escaped as for a web page
	usage                      string
	status                     int
}

func (k counting) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	var request struct {
		Messages []struct {
			Role, Content string
			Calls         []any `json:"tool_calls"`
		}
		Tools []json.RawMessage
	}
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	tokens := 0
	for _, m := range request.Messages {
		tokens += 3
		if m.Role != "tool" || k.results {
			tokens += len(strings.Fields(m.Content))
		}
		if k.escapes {
			tokens += 4 * strings.Count(m.Content, "<")
			tokens += 4 * strings.Count(m.Content, `"`)
		}
		tokens += 20 * len(m.Calls)
	}
	shown := k.tools && len(request.Tools) > 0 && (!k.systemOnly || request.Messages[0].Role == "system")
	if shown {
		tokens += 60
	}
	message := plainAnswer
	if len(request.Tools) > 0 && k.calls {
		message = `{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"look_up","arguments":"{}"}}]}`
	}
	usage := k.usage
	if usage == "" {
		usage = fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":3,"total_tokens":%d}`, tokens, tokens+3)
	}
	if k.status != 0 {
		w.WriteHeader(k.status)
	}
	fmt.Fprintf(w, `{"choices":[{"message":%s,"finish_reason":"stop"}],"usage":%s}`, message, usage)
}

func TestCheckTools(t *testing.T) {
	for _, c := range []struct {
		name   string
		server counting
		mode   ToolsMode
		keyed  bool

		unchecked bool
		want      Kind // "" is nil
		calls     int
	}{
		{name: "all is well", server: counting{tools: true, results: true, calls: true}, calls: 9},
		{name: "all is well, and the model does not call", server: counting{tools: true, results: true}, calls: 9},
		{name: "tools are left out", server: counting{results: true}, want: IgnoredTools, calls: 5},
		{name: "tools are not counted, but the model calls", server: counting{results: true, calls: true}, calls: 7},
		{name: "results are left out", server: counting{tools: true}, want: DroppedResults, calls: 9},
		{name: "results are left out, and the model calls", server: counting{tools: true, calls: true}, want: DroppedResults, calls: 9},
		{name: "no usage", server: counting{usage: "null"}, calls: 1},
		{name: "the same usage whatever is sent", server: counting{usage: `{"prompt_tokens":7,"completion_tokens":1}`}, calls: 4},
		{name: "calls fail", server: counting{status: 400}, calls: 1},
		{name: "the prompt is escaped", server: counting{tools: true, results: true, escapes: true}, want: EscapedPrompt, calls: 2},
		{name: "the prompt is escaped, and tools stand in it", server: counting{escapes: true}, mode: ToolsText, want: EscapedPrompt, calls: 2},
		{name: "taken at its word", server: counting{}, unchecked: true},
		{name: "tools in the text", server: counting{}, mode: ToolsText, calls: 2},
		{name: "a service with a key", server: counting{}, keyed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s *seen
			client, s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				body := s.bodies[len(s.bodies)-1]
				s.mu.Unlock()
				c.server.serve(w, r, body)
			}, func(cfg *Config) {
				cfg.Endpoint.KeyOptional = !c.keyed
				cfg.Endpoint.Params.Tools, cfg.Endpoint.Params.Unchecked = c.mode, c.unchecked
			})
			err := client.CheckTools(t.Context())
			var fault *Error
			if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &fault) || fault.Kind != c.want || fault.Whose != WhoseProvider || !strings.Contains(err.Error(), "check=off")) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if s.count() != c.calls {
				t.Errorf("%d calls, want %d", s.count(), c.calls)
			}
		})
	}
}

// llama-cpp-python's chatml-function-calling: tools are described beside a
// system prompt alone.
func TestToolsThatWantASystemPrompt(t *testing.T) {
	var s *seen
	client, s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		body := s.bodies[len(s.bodies)-1]
		s.mu.Unlock()
		counting{tools: true, results: true, systemOnly: true}.serve(w, r, body)
	}, func(cfg *Config) { cfg.Endpoint.KeyOptional = true })
	if err := client.CheckTools(t.Context()); err != nil {
		t.Fatal(err)
	}
	var fault *Error
	if _, err := ask(client, weather); !errors.As(err, &fault) || fault.Kind != IgnoredTools || fault.Whose != WhoseSpec || fault.Retryable {
		t.Errorf("without a system prompt: %v", err)
	}
	for _, fine := range []func(*Request){func(*Request) {}, func(r *Request) { weather(r); r.Messages = append([]Message{System("You help.")}, r.Messages...) }} {
		if _, err := ask(client, fine); err != nil {
			t.Error(err)
		}
	}
}
