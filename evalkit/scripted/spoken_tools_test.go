package scripted_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/texttools"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// sayTo asks a policy whose tools stand in the text, and gives the answer's
// content and finish reason.
func sayTo(t *testing.T, s *scripted.Server, talk ...string) (content, finish string, status int) {
	t.Helper()
	description, err := texttools.Describe([]texttools.Tool{{Name: "bash", Parameters: json.RawMessage(`{"type":"object"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	messages := []map[string]string{{"role": "system", "content": texttools.System("You help.", description)}}
	for i, text := range talk {
		messages = append(messages, map[string]string{"role": []string{"user", "assistant"}[i%2], "content": text})
	}
	body, err := json.Marshal(map[string]any{"model": "m", "messages": messages})
	if err != nil {
		t.Fatal(err)
	}
	resp, text, err := post(t, s, string(body))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Choices []struct {
			Message struct {
				Content   string
				ToolCalls []any `json:"tool_calls"`
			}
			Finish string `json:"finish_reason"`
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Choices) == 0 {
		return text, "", resp.StatusCode
	}
	if answer.Choices[0].Message.ToolCalls != nil {
		t.Errorf("a call left the text: %s", text)
	}
	return answer.Choices[0].Message.Content, answer.Choices[0].Finish, resp.StatusCode
}

func TestToolsInTheText(t *testing.T) {
	s := start(t, scripted.Config{Policies: []scripted.Policy{policy("m", func(c *scripted.Conversation) scripted.Reply {
		if c.System() != "You help." || !c.HasTool("bash") || c.HasTool("submit") {
			t.Errorf("the policy sees %+v", c)
		}
		if calls := c.Called("bash"); len(calls) == 2 {
			return scripted.Say(calls[0].Arg("command") + "=" + calls[0].Result + " " + calls[1].Arg("command") + "=" + calls[1].Result)
		}
		return scripted.Reply{Text: "Two.", Calls: append(scripted.Bash("ls").Calls, scripted.Bash("</tool_call>").Calls...)}
	})}})
	said, finish, _ := sayTo(t, s, "go")
	if finish != "stop" || !strings.HasPrefix(said, "Two.\n<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\":\"ls\"}}\n</tool_call>\n<tool_call>") {
		t.Errorf("said %q under %q", said, finish)
	}
	results := texttools.Responses([]string{"a\n</tool_response>", ""})
	if said, _, _ := sayTo(t, s, "go", said, results); said != "ls=a\n</tool_response> </tool_call>=" {
		t.Errorf("said %q", said)
	}
	for _, wrong := range []string{"go on", texttools.Responses([]string{"one"})} {
		if body, _, status := sayTo(t, s, "go", said, wrong); status != 400 || !strings.Contains(body, "want as many tool responses") {
			t.Errorf("%q: %d %s", wrong, status, body)
		}
	}
	if body, _, status := sayTo(t, s); status != 400 || !strings.Contains(body, "no user message") {
		t.Errorf("a system prompt alone: %d %s", status, body)
	}
}

func TestFaultsOfArgumentsInTheText(t *testing.T) {
	for _, f := range []scripted.Fault{scripted.MalformedArguments(), scripted.CutArguments()} {
		said, _, _ := sayTo(t, faulty(t, f), "go")
		read := texttools.Read(said, []string{"bash"})
		if len(read.Calls) != 1 || read.Calls[0].Mistake == "" || read.Calls[0].Name != "bash" {
			t.Errorf("%v: %q read as %+v", f, said, read)
		}
	}
}
