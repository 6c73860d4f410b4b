package scripted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// recordedMessage is a chat message as recordings hold it: what servers answer
// and harnesses keep, the older forms among them.
type recordedMessage struct {
	Role             string          `json:"role"`
	Content          json.RawMessage `json:"content"`
	Refusal          *string         `json:"refusal"`
	ReasoningContent *string         `json:"reasoning_content"` // DeepSeek, vLLM, and this package's server
	Reasoning        json.RawMessage `json:"reasoning"`         // OpenRouter, where it is a string
	ToolCalls        []recordedCall  `json:"tool_calls"`
	FunctionCall     *recordedCall   `json:"function_call"`
}

type recordedCall struct {
	ID       *string         `json:"id"`
	Function *recordedCall   `json:"function"`
	Name     string          `json:"name"`
	Args     json.RawMessage `json:"arguments"`
}

// readMessage gives the turn of an assistant message; said is false for
// messages of others.
func readMessage(text []byte) (turn Turn, said bool, fault *TranscriptError) {
	var m recordedMessage
	// The role first: what others said is passed over whatever its shape.
	var role struct {
		Role string `json:"role"`
	}
	if err := json.Unmarshal(text, &role); err != nil {
		return Turn{}, false, notJSON(err)
	}
	switch role.Role {
	case "system", "developer", "user", "tool", "function":
		return Turn{}, false, nil
	case "assistant":
	default:
		return Turn{}, false, &TranscriptError{Err: fmt.Errorf("the role %.40q is none", role.Role), Mend: "there are assistant, system, developer, user, tool and function"}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Turn{}, false, notJSON(err)
	}
	turn, err := m.turn()
	if err != nil {
		return Turn{}, false, &TranscriptError{Err: err, Mend: `an assistant message has a "content" of text and "tool_calls", as OpenAI's chat completions answer them`}
	}
	return turn, true, nil
}

func (m *recordedMessage) turn() (Turn, error) {
	text, reasoning, err := contentOf(m.Content)
	if err != nil {
		return Turn{}, err
	}
	turn := Turn{Text: text, Reasoning: reasoning}
	if m.Refusal != nil && turn.Text == "" {
		turn.Text = *m.Refusal
	}
	if m.ReasoningContent != nil {
		turn.Reasoning = *m.ReasoningContent
	} else if plain, ok := stringOf(m.Reasoning); ok && turn.Reasoning == "" {
		turn.Reasoning = plain
	}
	calls := m.ToolCalls
	if m.FunctionCall != nil {
		if len(calls) > 0 {
			return Turn{}, errors.New("it has tool_calls and a function_call")
		}
		calls = []recordedCall{*m.FunctionCall}
	}
	for i, c := range calls {
		call, err := c.call()
		if err != nil {
			return Turn{}, fmt.Errorf("tool call %d: %w", i+1, err)
		}
		if slices.ContainsFunc(turn.Calls, func(earlier Call) bool { return earlier.ID == call.ID }) {
			call.ID = "" // the server gives it one: two results for one id belong to nobody
		}
		turn.Calls = append(turn.Calls, call)
	}
	return turn, nil
}

func (c *recordedCall) call() (Call, error) {
	call := Call{}
	if c.ID != nil {
		call.ID = *c.ID
	}
	if c.Function != nil {
		c = c.Function
	}
	if c.Name == "" {
		return Call{}, errors.New("it names no function")
	}
	call.Name = c.Name
	if isNull(c.Args) {
		return call, nil
	}
	text, ok := stringOf(c.Args)
	if !ok {
		text = compact(c.Args)
	}
	call.RawArguments = text
	return call, nil
}

// contentOf reads a content: null, a text, or a list of parts.
func contentOf(raw json.RawMessage) (text, reasoning string, err error) {
	if isNull(raw) {
		return "", "", nil
	}
	if text, ok := stringOf(raw); ok {
		return text, "", nil
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return "", "", fmt.Errorf("the content is neither a text nor a list of parts: %.60s", raw)
	}
	var said, thought strings.Builder
	for i, raw := range parts {
		var p struct {
			Type, Text, Refusal, Thinking, Reasoning string
		}
		if plain, ok := stringOf(raw); ok {
			said.WriteString(plain)
			continue
		}
		if err := json.Unmarshal(raw, &p); err != nil {
			return "", "", fmt.Errorf("part %d of the content: %w", i+1, err)
		}
		switch p.Type {
		case "text", "output_text":
			said.WriteString(p.Text)
		case "refusal":
			said.WriteString(p.Refusal)
		case "thinking", "reasoning":
			thought.WriteString(p.Thinking + p.Reasoning)
		default:
			return "", "", fmt.Errorf("part %d of the content has the type %.40q, which is none of a chat message", i+1, p.Type)
		}
	}
	return said.String(), thought.String(), nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func stringOf(raw json.RawMessage) (string, bool) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// compact is JSON as a model writes arguments: without the file's own spacing.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
