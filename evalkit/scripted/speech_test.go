package scripted_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// worker is a policy for bash and submit: it looks, then hands in what it saw.
var worker = scripted.Policy{Name: "worker", Doc: "Looks and submits.", Reply: func(c *scripted.Conversation) scripted.Reply {
	switch seen := c.Called("bash"); {
	case len(seen) == 0:
		return scripted.Reply{Text: "I look.", Calls: scripted.Bash("cat 'a b'").Calls}
	case len(seen) == 1:
		return scripted.Do("submit", map[string]string{"answer": seen[0].Arg("command") + " gave " + c.LastResult()})
	}
	return scripted.Say("Bye.")
}}

func TestSpeech(t *testing.T) {
	call := func(tool, argument, command string) scripted.Message {
		return scripted.Message{Role: "assistant", Calls: []scripted.Call{{ID: "1", Name: tool, RawArguments: fmt.Sprintf(`{%q:%q}`, argument, command)}}}
	}
	block := func(command string) scripted.Message {
		return scripted.Message{Role: "assistant", Content: "Well.\n\n```bash\n" + command + "\n```"}
	}
	task := scripted.Message{Role: "user", Content: "Work."}
	unwrap := func(text string) string { return strings.TrimSuffix(strings.TrimPrefix(text, "<"), ">") }
	fence := scripted.Speech{Name: "fence", Fence: "```bash", Unwrap: unwrap, Goodbye: "exit"}
	native := scripted.Speech{Name: "native", Tool: "sh", Argument: "argv", Unwrap: unwrap}
	for name, c := range map[string]struct {
		speech   scripted.Speech
		messages []scripted.Message
		text     string
		call     string
	}{
		"words, at first":  {fence, []scripted.Message{task}, "I look.\n\n```bash\ncat 'a b'\n```", ""},
		"words, a result":  {fence, []scripted.Message{task, block("cat 'a b'"), {Role: "user", Content: "<it's>"}}, "```bash\nsubmit '{\"answer\":\"cat '\\''a b'\\'' gave it'\\''s\"}'\n```", ""},
		"words, the end":   {fence, []scripted.Message{task, block("a"), {Role: "user", Content: "b"}, block("c"), {Role: "user", Content: "d"}}, "Bye.\n\n```bash\nexit\n```", ""},
		"calls, at first":  {native, []scripted.Message{task}, "I look.", `sh {"argv":"cat 'a b'"}`},
		"calls, a result":  {native, []scripted.Message{task, call("sh", "argv", "ls"), {Role: "tool", ToolCallID: "1", Content: "<x>"}}, "", `sh {"argv":"submit '{\"answer\":\"ls gave x\"}'"}`},
		"calls, the end":   {native, []scripted.Message{task, call("sh", "argv", "a"), {Role: "tool", ToolCallID: "1"}, call("sh", "argv", "c"), {Role: "tool", ToolCallID: "1"}}, "Bye.", ""},
		"calls of another": {native, []scripted.Message{task, call("read", "path", "x"), {Role: "tool", ToolCallID: "1"}}, "I look.", `sh {"argv":"cat 'a b'"}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.speech.Of(worker)
			if p.Name != "worker."+c.speech.Name {
				t.Errorf("its name is %s", p.Name)
			}
			before := fmt.Sprint(c.messages)
			r := p.Reply(&scripted.Conversation{Messages: c.messages})
			var calls []string
			for _, made := range r.Calls {
				calls = append(calls, fmt.Sprintf(`%s {"argv":%q}`, made.Name, made.Arg("argv")))
			}
			if got := strings.Join(calls, " "); r.Text != c.text || got != c.call {
				t.Errorf("said %q and called %s, want %q and %s", r.Text, got, c.text, c.call)
			}
			if fmt.Sprint(c.messages) != before {
				t.Error("the conversation was changed")
			}
		})
	}
}
