package model

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"
)

// What go-openai leaves out of a request, and what the wire shows with us.
func TestRequest(t *testing.T) {
	zero, seed := 0.0, int64(0)
	empty, err := NewMessage(openai.ChatCompletionMessage{Role: "assistant", ToolCalls: []openai.ToolCall{{ID: "a", Type: "function"}}})
	if err != nil {
		t.Fatal(err)
	}
	bare := openai.Tool{Type: "function", Function: &openai.FunctionDefinition{Name: "now"}}
	for _, tt := range []struct {
		name   string
		params Params
		model  string
		req    func(*Request)
		want   map[string]string // member: its JSON; "" is absent
	}{
		{name: "temperature 0", params: Params{Temperature: &zero}, want: map[string]string{"temperature": "0"}},
		{name: "temperature not asked for", want: map[string]string{"temperature": "", "top_p": "", "seed": "", "tools": "", "tool_choice": "", "stream": "false"}},
		{name: "seed 0", req: func(r *Request) { r.Seed = &seed }, want: map[string]string{"seed": "0"}},
		{name: "seed of the parameters", params: Params{Seed: &seed}, want: map[string]string{"seed": "0"}},
		{name: "unknown parameter", params: Params{Extra: map[string]json.RawMessage{"chat_template_kwargs": json.RawMessage(`{"a":1}`)}},
			want: map[string]string{"chat_template_kwargs": `{"a":1}`}},
		{name: "empty tool result", req: func(r *Request) { r.Messages = []Message{ToolResult("c0", "")} },
			want: map[string]string{"messages": `[{"role":"tool","content":"","tool_call_id":"c0"}]`}},
		{name: "assistant without content", req: func(r *Request) { r.Messages = []Message{empty} },
			want: map[string]string{"messages": `[{"content":"","role":"assistant","tool_calls":[{"id":"a","type":"function","function":{}}]}]`}},
		{name: "message literal", req: func(r *Request) {
			r.Messages = []Message{{ChatCompletionMessage: openai.ChatCompletionMessage{Role: "tool", ToolCallID: "x"}}}
		}, want: map[string]string{"messages": `[{"content":"","role":"tool","tool_call_id":"x"}]`}},
		{name: "tool_choice", req: func(r *Request) { r.Tools = []openai.Tool{weatherTool()} }, want: map[string]string{"tool_choice": `"auto"`}},
		{name: "tool_choice of one's own", params: Params{Extra: map[string]json.RawMessage{"tool_choice": json.RawMessage(`"required"`)}},
			req: func(r *Request) { r.Tools = []openai.Tool{weatherTool()} }, want: map[string]string{"tool_choice": `"required"`}},
		{name: "tool without parameters", req: func(r *Request) { r.Tools = []openai.Tool{bare} },
			want: map[string]string{"tools": `[{"function":{"name":"now","parameters":{"type":"object","properties":{}}},"type":"function"}]`}},
		{name: "tool with a schema of no bytes", req: func(r *Request) {
			f := *bare.Function
			f.Parameters = json.RawMessage(nil)
			r.Tools = []openai.Tool{{Type: "function", Function: &f}}
		}, want: map[string]string{"tools": `[{"function":{"name":"now","parameters":{"type":"object","properties":{}}},"type":"function"}]`}},
		{name: "limit", params: Params{MaxTokens: 9}, want: map[string]string{"max_tokens": "9", "max_completion_tokens": ""}},
		{name: "limit of a reasoning model", model: "gpt-5-mini", params: Params{MaxTokens: 9}, want: map[string]string{"max_tokens": "", "max_completion_tokens": "9"}},
		{name: "effort", params: Params{ReasoningEffort: "high"}, want: map[string]string{"reasoning_effort": `"high"`}},
		{name: "stream", req: streamed, want: map[string]string{"stream": "true", "stream_options": `{"include_usage":true}`}},
		{name: "model name that looks like JSON", model: `a"messages":null,"stream":false`, want: map[string]string{"model": `"a\"messages\":null,\"stream\":false"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s := serve(t, fixed(200, say(plainAnswer, "stop")), func(cfg *Config) {
				cfg.Endpoint.Params = tt.params
				if tt.model != "" {
					cfg.Endpoint.Name = tt.model
				}
			})
			req := tt.req
			if req == nil {
				req = func(*Request) {}
			}
			if _, err := ask(c, req); err != nil {
				t.Fatal(err)
			}
			got := s.last(t)
			for key, want := range tt.want {
				if string(got[key]) != want {
					t.Errorf("%s: got %s, want %s", key, got[key], want)
				}
			}
			if s.auth[0] != "Bearer "+testKey {
				t.Errorf("Authorization: %q", s.auth[0])
			}
		})
	}
}

// The kept tools follow the caller's.
func TestToolsChange(t *testing.T) {
	c, s := serve(t, fixed(200, say(plainAnswer, "stop")))
	schema := json.RawMessage(`{"type":"object","properties":{"a":{}}}`)
	tools := []openai.Tool{{Type: "function", Function: &openai.FunctionDefinition{Name: "one", Parameters: schema}}}
	use := func(r *Request) { r.Tools = tools }
	check := func(want string) {
		t.Helper()
		if _, err := ask(c, use); err != nil {
			t.Fatal(err)
		}
		if got := string(s.last(t)["tools"]); !strings.Contains(got, want) {
			t.Errorf("tools %s lack %s", got, want)
		}
	}
	check(`"one"`)
	check(`"one"`)
	tools[0].Function.Name = "two"
	check(`"two"`)
	copy(schema, strings.Replace(string(schema), `"a"`, `"b"`, 1))
	check(`"b"`)
	tools[0].Function.Parameters = map[string]any{"c": 1}
	check(`"c"`)
	tools[0].Function.Parameters.(map[string]any)["d"] = 2
	check(`"d"`)
	tools = append(tools, weatherTool())
	check(`get_weather`)
}

// go-openai's rules for reasoning models hold although it does not see what it
// would check.
func TestClientSideRules(t *testing.T) {
	half := 0.5
	for _, tt := range []struct {
		name, model string
		params      Params
		tools       []openai.Tool
		want        error
	}{
		{"temperature", "o3", Params{Temperature: &half}, nil, openai.ErrReasoningModelLimitationsOther},
		{"tools", openai.GPT6Sol, Params{}, []openai.Tool{weatherTool()}, openai.ErrReasoningToolsRequireResponses},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s := serve(t, fixed(200, say(plainAnswer, "stop")), func(cfg *Config) {
				cfg.Endpoint.Name, cfg.Endpoint.Params = tt.model, tt.params
			})
			_, err := ask(c, func(r *Request) { r.Tools = tt.tools })
			var e *Error
			if !errors.As(err, &e) || e.Kind != BadRequest || e.Whose != WhoseSpec || !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if s.count() != 0 {
				t.Error("a request was made")
			}
		})
	}
}

// What go-openai has no field for goes back to the model as it came.
func TestAnswerGoesBackVerbatim(t *testing.T) {
	message := `{"role":"assistant","content":null,"refusal":null,"reasoning":"hm \u00e9","reasoning_details":[{"type":"x","data":"AA=="}],` +
		`"annotations":[],"function_call":{"name":"get_weather:","arguments":"{}"},` +
		`"tool_calls":[{"id":"t1","type":"function","extra_content":{"google":{"thought_signature":"Zm9v"}},"function":{"name":"get_weather","arguments":"{\"city\": \"Lagos\"}"}}]}`
	c, s := serve(t, fixed(200, say(message, "tool_calls")))
	first, err := ask(c)
	if err != nil {
		t.Fatal(err)
	}
	if first.Message.FunctionCall != nil || first.Message.ToolCalls[0].Function.Arguments != `{"city": "Lagos"}` {
		t.Errorf("message: %+v", first.Message.ChatCompletionMessage)
	}
	if _, err := ask(c, func(r *Request) {
		r.Messages = append(r.Messages, first.Message, ToolResult("t1", ""))
	}); err != nil {
		t.Fatal(err)
	}
	want := `[{"role":"user","content":"hi"},{"role":"assistant","content":"","reasoning":"hm \u00e9","reasoning_details":[{"type":"x","data":"AA=="}],` +
		`"tool_calls":[{"id":"t1","type":"function","extra_content":{"google":{"thought_signature":"Zm9v"}},"function":{"name":"get_weather","arguments":"{\"city\": \"Lagos\"}"}}]},` +
		`{"role":"tool","content":"","tool_call_id":"t1"}]`
	if got := string(s.last(t)["messages"]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	logged, err := json.Marshal(first.Message)
	if err != nil {
		t.Fatal(err)
	}
	var again Message
	if err := json.Unmarshal(logged, &again); err != nil {
		t.Fatal(err)
	}
	if string(again.wire) != string(first.Message.wire) {
		t.Errorf("a logged message came back as %s", again.wire)
	}
}

// Deviations of answers that are mended.
func TestAnswerRepairs(t *testing.T) {
	for _, tt := range []struct {
		name, message string
		content       string
		id, args      string
	}{
		{"content in parts", `{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}`, "ab", "", ""},
		{"no role", `{"content":"a"}`, "a", "", ""},
		{"call without id", `{"content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}`, "", "call_c1_0", "{}"},
		{"empty arguments", `{"content":"","tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":""}}]}`, "", "i", "{}"},
		{"arguments as an object", `{"content":"","tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":{"a":1}}}]}`, "", "i", `{"a":1}`},
		{"invalid arguments are the model's", `{"content":"","tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}`, "", "i", `{"a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := serve(t, fixed(200, say(tt.message, "stop")))
			got, err := ask(c)
			if err != nil {
				t.Fatal(err)
			}
			if got.Message.Role != "assistant" || got.Message.Content != tt.content {
				t.Errorf("got %q %q", got.Message.Role, got.Message.Content)
			}
			if tt.id == "" {
				return
			}
			call := got.Message.ToolCalls[0]
			if call.ID != tt.id || call.Function.Arguments != tt.args || call.Type != "function" {
				t.Errorf("got %+v", call)
			}
		})
	}
}

func TestUsageAndCost(t *testing.T) {
	body := func(usage string) string {
		return `{"id":"x","choices":[{"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],"usage":` + usage + `}`
	}
	for _, tt := range []struct {
		name, body string
		price      Price
		want       Usage
		usd        float64
		known      bool
	}{
		{"openai", body(`{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":5}}`),
			Price{}, Usage{Prompt: 100, Completion: 20, Cached: 60, Reasoning: 5, Total: 120}, 0, false},
		{"priced", body(`{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60}}`),
			Price{Prompt: 10, Cached: 1, Completion: 100}, Usage{Prompt: 100, Completion: 20, Cached: 60, Total: 120}, (400 + 60 + 2000) / 1e6, true},
		{"cost in the body", body(`{"prompt_tokens":1,"completion_tokens":1,"cost":0.25}`), Price{Prompt: 1}, Usage{Prompt: 1, Completion: 1, Total: 2}, 0.25, true},
		{"deepseek", body(`{"prompt_tokens":9,"completion_tokens":1,"prompt_cache_hit_tokens":4}`), Price{}, Usage{Prompt: 9, Completion: 1, Cached: 4, Total: 10}, 0, false},
		{"nonsense", body(`{"prompt_tokens":-9,"completion_tokens":"a","total_tokens":5}`), Price{}, Usage{Total: 5}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			gate := NewGate(0, 0, 0)
			c, _ := serve(t, fixed(200, tt.body), func(cfg *Config) { cfg.Price, cfg.Gate = tt.price, gate })
			got, err := ask(c)
			if err != nil {
				t.Fatal(err)
			}
			if got.Usage != tt.want || got.CostUSD != tt.usd || got.CostKnown != tt.known {
				t.Errorf("got %+v $%v %v", got.Usage, got.CostUSD, got.CostKnown)
			}
			if string(got.Raw) != tt.body || got.ID != "x" || got.Attempts != 1 || got.Took <= 0 {
				t.Errorf("got %+v", got)
			}
			if tokens, usd := gate.Spent(); tokens != tt.want.Total || usd != tt.usd {
				t.Errorf("booked %d $%v", tokens, usd)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		c, _ := serve(t, fixed(200, body("null")))
		got, err := ask(c)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Usage.Estimated || got.Usage.Prompt == 0 || got.Usage.Completion == 0 || got.CostKnown {
			t.Errorf("got %+v", got.Usage)
		}
	})
}
