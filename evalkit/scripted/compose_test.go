package scripted_test

import (
	"encoding/json"
	"slices"
	"testing"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// drive is a small harness: it sends what the model calls back as results
// until the model stops calling or the turns are used up.
func drive(t *testing.T, s *scripted.Server, model string, turns int, run func(openai.ToolCall) string) []openai.ChatCompletionMessage {
	t.Helper()
	req := openai.ChatCompletionRequest{Model: model, Messages: user("go"), Tools: []openai.Tool{bashTool}}
	for range turns {
		resp, err := client(s).CreateChatCompletion(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		m := resp.Choices[0].Message
		req.Messages = append(req.Messages, m)
		if len(m.ToolCalls) == 0 {
			break
		}
		for _, call := range m.ToolCalls {
			req.Messages = append(req.Messages, openai.ChatCompletionMessage{Role: "tool", ToolCallID: call.ID, Content: run(call)})
		}
	}
	return req.Messages
}

func TestRulesFindTheirPlace(t *testing.T) {
	bash := func(command string) scripted.Step { return scripted.Always(scripted.Bash(command)) }
	s := start(t, scripted.Config{Policies: []scripted.Policy{policy("m", scripted.Rules(
		scripted.On("Done", scripted.Always(scripted.Say("finished"))),
		scripted.Once("bash", "ls", bash("ls -l")),
		scripted.Otherwise(bash("next"))))}})
	var ran []string
	said := drive(t, s, "m", 10, func(call openai.ToolCall) string {
		var args struct{ Command string }
		_ = json.Unmarshal([]byte(call.Function.Arguments), &args)
		if ran = append(ran, args.Command); len(ran) == 4 {
			return "Done"
		}
		return "more"
	})
	if !slices.Equal(ran, []string{"ls -l", "next", "next", "next"}) || said[len(said)-1].Content != "finished" {
		t.Errorf("ran %q, then %q", ran, said[len(said)-1].Content)
	}
}

func TestGarbageIsGarbage(t *testing.T) {
	s := start(t, scripted.Config{})
	texts, unknown, broken, several := 0, 0, 0, 0
	for seed := range 60 {
		resp, err := client(s).CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{Model: "garbage", Seed: &seed, Messages: user("go"), Tools: []openai.Tool{bashTool}})
		if err != nil {
			t.Fatal(err)
		}
		m := resp.Choices[0].Message
		if m.Content != "" {
			texts++
		}
		if len(m.ToolCalls) > 1 {
			several++
		}
		for _, c := range m.ToolCalls {
			var object map[string]any
			switch fits := json.Unmarshal([]byte(c.Function.Arguments), &object) == nil; {
			case c.Function.Name != "bash":
				unknown++
			case fits:
				t.Errorf("seed %d: a call that could run: %+v", seed, c)
			default:
				broken++
			}
		}
	}
	if texts == 0 || unknown == 0 || broken == 0 || several == 0 {
		t.Errorf("%d texts, %d unknown tools, %d broken arguments, %d of several calls", texts, unknown, broken, several)
	}
}

func TestSilentAndEcho(t *testing.T) {
	s := start(t, scripted.Config{})
	resp, body, err := post(t, s, `{"model":"silent","messages":[{"role":"user","content":"x"}]}`)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v %s", err, body)
	}
	var m struct {
		Choices []struct{ Message map[string]any }
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil || m.Choices[0].Message["content"] != "" || m.Choices[0].Message["tool_calls"] != nil {
		t.Errorf("silent said %s", body)
	}
	if said := drive(t, s, "echo", 1, nil); said[1].Content != "go" {
		t.Errorf("echo said %+v", said)
	}
}
