package model

import (
	"encoding/json"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"
)

func spoken(cfg *Config) { cfg.Endpoint.Params.Tools = ToolsText }

// saying is a chat completion whose content is the text.
func saying(text string) string {
	return say(`{"role":"assistant","content":`+string(quote(text))+`}`, "stop")
}

func weather(r *Request) { r.Tools = []openai.Tool{weatherTool()} }

// messagesOf reads the messages of the last request as roles and contents.
func messagesOf(t *testing.T, s *seen) []string {
	t.Helper()
	var list []struct{ Role, Content string }
	if err := json.Unmarshal(s.last(t)["messages"], &list); err != nil {
		t.Fatal(err)
	}
	var flat []string
	for _, m := range list {
		flat = append(flat, m.Role+": "+m.Content)
	}
	return flat
}

const saidTwice = "Let me see.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Lagos\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Lima\",}}\n</tool_call>"

func TestToolsInTheText(t *testing.T) {
	c, s := serve(t, fixed(200, saying(saidTwice)), spoken)
	first, err := ask(c, weather, func(r *Request) { r.Messages = append([]Message{System("You help.")}, r.Messages...) })
	if err != nil {
		t.Fatal(err)
	}
	if got := s.last(t); got["tools"] != nil || got["tool_choice"] != nil {
		t.Errorf("tools went over the wire: %s %s", got["tools"], got["tool_choice"])
	}
	sent := messagesOf(t, s)
	if len(sent) != 2 || !strings.HasPrefix(sent[0], "system: You help.\n\n# Tools") || !strings.Contains(sent[0], `{"name":"get_weather","parameters":{"type":"object"`) || sent[1] != "user: hi" {
		t.Errorf("sent %q", sent)
	}
	m := first.Message
	if m.Content != "Let me see." || len(m.ToolCalls) != 2 || m.ToolCalls[0].Function.Arguments != `{"city": "Lagos"}` || m.ToolCalls[0].ID == m.ToolCalls[1].ID {
		t.Errorf("got %+v", m.ChatCompletionMessage)
	}
	if len(first.Mistakes) != 1 || !strings.Contains(first.Mistakes[m.ToolCalls[1].ID], "not JSON") {
		t.Errorf("mistakes: %v", first.Mistakes)
	}
	second, err := ask(c, weather, func(r *Request) {
		r.Messages = append(r.Messages, m, ToolResult(m.ToolCalls[0].ID, "27 °C"), ToolResult(m.ToolCalls[1].ID, "error: no"))
	})
	if err != nil {
		t.Fatal(err)
	}
	sent = messagesOf(t, s)
	if len(sent) != 4 || !strings.HasPrefix(sent[0], "system: # Tools") || sent[2] != "assistant: "+saidTwice ||
		sent[3] != "user: <tool_response>\n27 °C\n</tool_response>\n<tool_response>\nerror: no\n</tool_response>" {
		t.Errorf("sent %q", sent)
	}
	if second.Message.ToolCalls[0].ID == m.ToolCalls[0].ID {
		t.Errorf("two calls of one conversation have the ID %s", m.ToolCalls[0].ID)
	}
}

func TestToolsInTheTextOfOtherMessages(t *testing.T) {
	native, err := NewMessage(openai.ChatCompletionMessage{Role: "assistant", ToolCalls: []openai.ToolCall{{ID: "a", Type: "function", Function: openai.FunctionCall{Name: "f", Arguments: `{"x":1}`}}}})
	if err != nil {
		t.Fatal(err)
	}
	c, s := serve(t, fixed(200, saying("Done.")), spoken)
	got, err := ask(c, weather, func(r *Request) { r.Messages = append(r.Messages, native, ToolResult("a", "")) })
	if err != nil || got.Message.Content != "Done." || got.Message.ToolCalls != nil || got.Mistakes != nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	if sent := messagesOf(t, s); sent[2] != "assistant: <tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\":1}}\n</tool_call>" || sent[3] != "user: <tool_response>\n\n</tool_response>" {
		t.Errorf("sent %q", sent)
	}

	// A server that reads such calls itself, though it was sent no tools.
	c, s = serve(t, fixed(200, say(`{"content":"So.","tool_calls":[{"id":"z","type":"function","function":{"name":"get_weather","arguments":"{}"}}]}`, "tool_calls")), spoken)
	got, err = ask(c, weather)
	if err != nil || len(got.Message.ToolCalls) != 1 || got.Message.Content != "So." {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err = ask(c, weather, func(r *Request) {
		r.Messages = append(r.Messages, got.Message, ToolResult(got.Message.ToolCalls[0].ID, "x"))
	}); err != nil {
		t.Fatal(err)
	}
	if sent := messagesOf(t, s); sent[2] != "assistant: So.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>" {
		t.Errorf("sent %q", sent)
	}
}

func TestToolsInTheTextWithoutTools(t *testing.T) {
	c, s := serve(t, fixed(200, saying(saidTwice)), spoken)
	got, err := ask(c)
	if err != nil || got.Message.Content != saidTwice || got.Message.ToolCalls != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if sent := messagesOf(t, s); len(sent) != 1 {
		t.Errorf("sent %q", sent)
	}
}

// What a model calls and no server takes back in the history goes out in a form
// that they do take; the fields keep what it wrote.
func TestHistoryOfInvalidCalls(t *testing.T) {
	for _, c := range []struct{ name, call, sent string }{
		{"no JSON", `{"name":"f","arguments":"{\"a\":"}`, `{"name":"f","arguments":"{\"invalid_arguments\":\"{\\\"a\\\":\"}"}`},
		{"no object", `{"name":"f","arguments":"[1]"}`, `{"name":"f","arguments":"{\"invalid_arguments\":\"[1]\"}"}`},
		{"no name", `{"name":"","arguments":"{}"}`, `{"name":"_","arguments":"{}"}`},
		{"a name that no tool can have", `{"name":"get weather: ü","arguments":"{}"}`, `{"name":"get_weather___","arguments":"{}"}`},
		{"nothing wrong", `{"name":"f","arguments":" {\"a\": 1}"}`, `{"name":"f","arguments":" {\"a\": 1}"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, s := serve(t, fixed(200, say(`{"content":"","tool_calls":[{"id":"i","type":"function","extra_content":{"s":1},"function":`+c.call+`}]}`, "tool_calls")))
			first, err := ask(client)
			if err != nil {
				t.Fatal(err)
			}
			var want openai.FunctionCall
			if err := json.Unmarshal([]byte(c.call), &want); err != nil || first.Message.ToolCalls[0].Function != want {
				t.Errorf("the message says %+v, want %+v", first.Message.ToolCalls[0].Function, want)
			}
			if _, err := ask(client, func(r *Request) { r.Messages = append(r.Messages, first.Message, ToolResult("i", "error")) }); err != nil {
				t.Fatal(err)
			}
			var sent []struct {
				ToolCalls []struct {
					ID       string
					Function openai.FunctionCall
					Extra    map[string]int `json:"extra_content"`
				} `json:"tool_calls"`
			}
			if err := json.Unmarshal(s.last(t)["messages"], &sent); err != nil {
				t.Fatal(err)
			}
			want = openai.FunctionCall{}
			if err := json.Unmarshal([]byte(c.sent), &want); err != nil {
				t.Fatal(err)
			}
			if got := sent[1].ToolCalls[0]; got.Function != want || got.ID != "i" || got.Extra["s"] != 1 {
				t.Errorf("sent %+v, want %+v", got, want)
			}
		})
	}
}
