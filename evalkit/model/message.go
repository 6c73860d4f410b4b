package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// Message is one message of a conversation: what it says, in go-openai's words,
// and its JSON as it goes over the wire. The JSON is made once, by the
// constructors or from the model's answer, and holds more than the fields do
// (reasoning, signatures of tool calls); it is what is sent. To change a message
// make a new one. A Message without JSON, a literal, works too and is encoded
// anew on every call. Safe for concurrent use as long as nobody writes to it.
type Message struct {
	openai.ChatCompletionMessage
	wire   []byte
	spoken bool // the calls stand in the text of wire, as tools=text has them
}

// System makes a system message.
func System(text string) Message { return plain(openai.ChatMessageRoleSystem, text, "") }

// User makes a user message.
func User(text string) Message { return plain(openai.ChatMessageRoleUser, text, "") }

// ToolResult makes the answer to the tool call of that ID. An empty text is
// sent as an empty text.
func ToolResult(callID, text string) Message {
	return plain(openai.ChatMessageRoleTool, text, callID)
}

func plain(role, text, callID string) Message {
	m := openai.ChatCompletionMessage{Role: role, Content: text, ToolCallID: callID}
	wire, err := json.Marshal(struct {
		Role       string `json:"role"`
		Content    string `json:"content"`
		ToolCallID string `json:"tool_call_id,omitempty"`
	}{role, text, callID})
	if err != nil {
		panic(fmt.Sprintf("model: three strings do not encode: %v", err)) // cannot happen
	}
	return Message{ChatCompletionMessage: m, wire: wire}
}

// NewMessage makes a message from go-openai's, of any role. It fails where the
// message does not encode: Content and MultiContent both set.
func NewMessage(m openai.ChatCompletionMessage) (Message, error) {
	wire, err := encode(m)
	if err != nil {
		return Message{}, fmt.Errorf("message of role %q: %w", m.Role, err)
	}
	return Message{ChatCompletionMessage: m, wire: wire}, nil
}

// encode is go-openai's encoding with the content that it leaves out when empty:
// servers answer 422 or 500 to a message without the key.
func encode(m openai.ChatCompletionMessage) ([]byte, error) {
	b, err := m.MarshalJSON()
	if err != nil || m.Content != "" || len(m.MultiContent) > 0 {
		return b, err
	}
	return append([]byte(`{"content":"",`), b[1:]...), nil
}

// MarshalJSON gives the message as it goes over the wire.
func (m Message) MarshalJSON() ([]byte, error) {
	if m.wire != nil {
		return m.wire, nil
	}
	return encode(m.ChatCompletionMessage)
}

// UnmarshalJSON reads a message and keeps its JSON, so that a logged
// conversation can be taken up again.
func (m *Message) UnmarshalJSON(data []byte) error {
	if err := m.ChatCompletionMessage.UnmarshalJSON(data); err != nil {
		return err
	}
	m.wire = bytes.Clone(data)
	m.flatten()
	return nil
}

// flatten puts the text of a content in parts where readers look for it: a
// reader of an empty Content would take it for silence. The wire keeps the parts.
func (m *Message) flatten() {
	if m.Content != "" || len(m.MultiContent) == 0 {
		return
	}
	var text strings.Builder
	for _, part := range m.MultiContent {
		if part.Type != "" && part.Type != openai.ChatMessagePartTypeText {
			return // pictures stay parts
		}
		text.WriteString(part.Text)
	}
	m.Content, m.MultiContent = text.String(), nil
}
