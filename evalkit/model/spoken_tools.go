package model

import (
	"encoding/json"
	"fmt"
	"slices"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/internal/texttools"
)

// spokenTools is one call with tools=text: which tools the text may call, and
// how the calls found are numbered.
type spokenTools struct {
	names []string
	turn  int // answers of the model before this one
}

// spokenSet is a list of tools with its description. A client keeps the last.
type spokenSet struct {
	toolSet
	description string
}

// speakTools turns a request with tools into one that is text alone: tools in
// the system prompt, calls as they were said, results in user messages.
func (c *Client) speakTools(x *exchange, r Request) error {
	if err := c.validate(nil); err != nil {
		return err
	}
	x.spoken = &spokenTools{}
	description := ""
	if len(r.Tools) > 0 {
		set, err := c.describe(r.Tools)
		if err != nil {
			return spec(BadRequest, err.Error(), "")
		}
		description = set.description
		for _, t := range set.tools {
			if t.Function != nil {
				x.spoken.names = append(x.spoken.names, t.Function.Name)
			}
		}
	}
	for _, m := range r.Messages {
		if m.Role == openai.ChatMessageRoleAssistant {
			x.spoken.turn++
		}
	}
	x.messages = spokenMessages(r.Messages, description)
	return nil
}

func (c *Client) describe(tools []openai.Tool) (*spokenSet, error) {
	if set := c.spoken.Load(); set != nil && set.holds(tools, false) {
		return set, nil
	}
	native, err := newToolSet(tools, false)
	if err != nil {
		return nil, err
	}
	set := &spokenSet{toolSet: *native}
	var described []texttools.Tool
	for _, t := range native.tools {
		if t.Function == nil {
			continue
		}
		schema, err := json.Marshal(t.Function.Parameters)
		if err != nil {
			return nil, fmt.Errorf("tool %q: %w", t.Function.Name, err)
		}
		described = append(described, texttools.Tool{Name: t.Function.Name, Description: t.Function.Description, Parameters: schema})
	}
	if set.description, err = texttools.Describe(described); err != nil {
		return nil, err
	}
	c.spoken.Store(set)
	return set, nil
}

// spokenMessages is a conversation as it goes out: the description behind the
// system prompt, the results of one turn in one user message, calls in the text.
// Messages that are text already go out as they are.
func spokenMessages(messages []Message, description string) []Message {
	out := make([]Message, 0, len(messages)+1)
	if description != "" {
		prompt := ""
		if m := messages[0]; m.Role == openai.ChatMessageRoleSystem && len(m.MultiContent) == 0 {
			prompt, messages = m.Content, messages[1:]
		}
		out = append(out, System(texttools.System(prompt, description)))
	}
	var results []string
	flush := func() {
		if len(results) > 0 {
			out = append(out, User(texttools.Responses(results)))
			results = nil
		}
	}
	for _, m := range messages {
		if m.Role == openai.ChatMessageRoleTool {
			results = append(results, m.Content)
			continue
		}
		flush()
		if len(m.ToolCalls) > 0 && !m.spoken {
			m = plain(openai.ChatMessageRoleAssistant, texttools.Calls(m.Content, textCalls(m.ToolCalls)), "")
		}
		out = append(out, m)
	}
	flush()
	return out
}

func textCalls(calls []openai.ToolCall) []texttools.Call {
	list := make([]texttools.Call, len(calls))
	for i, c := range calls {
		list[i] = texttools.Call{Name: c.Function.Name, Arguments: c.Function.Arguments}
	}
	return list
}

// read takes the calls out of the text of an answer, and gives the mistakes
// among them by the ID of the call. The wire keeps what was said. Calls that the
// server read itself, unasked, stand behind those of the text.
func (s *spokenTools) read(m *Message) (mistakes map[string]string) {
	if len(s.names) == 0 {
		return nil
	}
	said := texttools.Read(m.Content, s.names)
	read := slices.Clone(m.ToolCalls)
	if len(said.Calls)+len(read) == 0 {
		return nil
	}
	if len(read) > 0 {
		m.wire = plain(openai.ChatMessageRoleAssistant, texttools.Calls(m.Content, textCalls(read)), "").wire
	}
	m.Content, m.ToolCalls, m.spoken = said.Prose, nil, true
	for _, c := range said.Calls {
		m.ToolCalls = append(m.ToolCalls, openai.ToolCall{Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments}})
	}
	m.ToolCalls = append(m.ToolCalls, read...)
	for i := range m.ToolCalls {
		m.ToolCalls[i].ID = fmt.Sprintf("call_%d_%d", s.turn+1, i+1)
		if i < len(said.Calls) && said.Calls[i].Mistake != "" {
			if mistakes == nil {
				mistakes = map[string]string{}
			}
			mistakes[m.ToolCalls[i].ID] = said.Calls[i].Mistake
		}
	}
	return mistakes
}
