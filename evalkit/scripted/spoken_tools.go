package scripted

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/internal/texttools"
)

// A request without tools whose system prompt describes some, in the words of
// evalkit's tools=text, is read as if they had been sent: the policy sees tools,
// calls and results as ever, and its calls go back as text. So one policy serves
// both, and is the same in both.

// decodeSpoken turns the messages of such a request into those of one with
// tools.
func (r *request) decodeSpoken() *apiError {
	if len(r.Tools) > 0 || r.Messages[0].Role != "system" {
		return nil
	}
	prompt, tools, ok := texttools.SplitSystem(r.Messages[0].Content)
	if !ok {
		return nil
	}
	r.spoken = true
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Name
		r.Tools = append(r.Tools, Tool{Name: t.Name, Description: t.Description, Parameters: t.Parameters})
		r.toolBytes += len(t.Name) + len(t.Description) + len(t.Parameters)
	}
	var messages []Message
	if prompt != "" {
		messages = append(messages, Message{Role: "system", Content: prompt})
	}
	turn := 0
	var open []Call // of the assistant message before
	for i, m := range r.Messages[1:] {
		switch {
		case m.Role == "assistant":
			turn++
			m = spokenAnswer(m, names, turn)
			open = m.Calls
		case m.Role == "user" && len(open) > 0:
			results, ok := texttools.SplitResponses(m.Content)
			if !ok || len(results) != len(open) {
				return badRequest(fmt.Sprintf("messages[%d].content", i+1), "The %d tool calls before messages[%d] want as many tool responses, and nothing else, in it.", len(open), i+1)
			}
			for n, result := range results {
				messages = append(messages, Message{Role: "tool", Content: result, ToolCallID: open[n].ID})
			}
			open = nil
			continue
		}
		messages = append(messages, m)
	}
	if len(messages) == 0 {
		return badRequest("messages", "Invalid 'messages': there is no user message.")
	}
	r.Messages = messages
	return nil
}

// spokenAnswer takes the calls of an earlier answer out of its text.
func spokenAnswer(m Message, names []string, turn int) Message {
	said := texttools.Read(m.Content, names)
	m.Content = said.Prose
	for i, c := range said.Calls {
		m.Calls = append(m.Calls, Call{ID: fmt.Sprintf("call_%d_%d", turn, i+1), Name: c.Name, RawArguments: c.Arguments})
	}
	return m
}

// speak puts the calls of an answer into its text.
func (a *answer) speak() {
	calls := make([]texttools.Call, len(a.calls))
	for i, c := range a.calls {
		calls[i] = texttools.Call{Name: c.Function.Name, Arguments: c.Function.Arguments}
	}
	a.text = texttools.Calls(a.text, calls)
	a.calls = nil
	if a.finish == "tool_calls" {
		a.finish = "stop"
	}
}
