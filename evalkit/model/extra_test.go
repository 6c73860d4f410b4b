package model

import (
	"encoding/json"
	"testing"

	openai "github.com/sashabaranov/go-openai"
)

// What somebody else's program adds to a request goes out, unless the endpoint
// or the client writes it.
func TestExtraMembers(t *testing.T) {
	temperature := 0.0
	c, s := serve(t, fixed(200, say(plainAnswer, "stop")), func(cfg *Config) {
		cfg.Endpoint.Params = Params{Temperature: &temperature, MaxTokens: 50}
	})
	_, err := ask(c, func(r *Request) {
		r.Tools = []openai.Tool{weatherTool()}
		r.Extra = map[string]json.RawMessage{}
		for name, value := range map[string]string{
			"top_p": "0.25", "temperature": "1", "max_completion_tokens": "9", "model": `"another"`, "stream": "true",
			"n": "3", "tool_choice": `"required"`, "stop": `["a \" b"]`, "broken": `{"a":`,
		} {
			r.Extra[name] = json.RawMessage(value)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := s.last(t)
	for name, want := range map[string]string{
		"top_p": "0.25", "temperature": "0", "max_tokens": "50", "max_completion_tokens": "", "model": `"fake"`,
		"n": "", "tool_choice": `"required"`, "stop": `["a \" b"]`, "broken": "",
	} {
		if got := string(sent[name]); got != want {
			t.Errorf("%s: %s was sent, want %s", name, got, want)
		}
	}
	if string(sent["stream"]) == "true" {
		t.Error("the answer is taken whole")
	}
	// The tools are the same; the choice is not.
	if _, err := ask(c, func(r *Request) { r.Tools = []openai.Tool{weatherTool()} }); err != nil {
		t.Fatal(err)
	}
	if got := string(s.last(t)["tool_choice"]); got != `"auto"` {
		t.Errorf("tool_choice %s, want auto", got)
	}
}
