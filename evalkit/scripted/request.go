package scripted

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// request is a decoded and checked chat-completions request.
type request struct {
	Conversation
	stream       bool
	includeUsage bool
	maxTokens    int  // of the answer; 0: no limit
	toolBytes    int  // length of the tools' descriptions and schemas
	spoken       bool // tools, calls and results stand in the text
}

type wireRequest struct {
	Model               string          `json:"model"`
	Messages            []wireMessage   `json:"messages"`
	Tools               []wireTool      `json:"tools"`
	ToolChoice          json.RawMessage `json:"tool_choice"`
	Seed                *int64          `json:"seed"`
	N                   *int            `json:"n"`
	MaxTokens           *int            `json:"max_tokens"`
	MaxCompletionTokens *int            `json:"max_completion_tokens"`
	Stream              bool            `json:"stream"`
	StreamOptions       *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type wireMessage struct {
	Role       string     `json:"role"`
	Content    any        `json:"content"` // string, list of parts, or absent
	Reasoning  string     `json:"reasoning_content"`
	ToolCalls  []wireCall `json:"tool_calls"`
	ToolCallID string     `json:"tool_call_id"`
}

type wireCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string  `json:"name"`
		Arguments *string `json:"arguments"`
	} `json:"function"`
}

type wireTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// decodeRequest reads and checks the body of a request.
func decodeRequest(body []byte) (*request, *apiError) {
	var w wireRequest
	if err := json.Unmarshal(body, &w); err != nil {
		var typeErr *json.UnmarshalTypeError
		if errors.As(err, &typeErr) {
			return nil, badRequest(typeErr.Field, "Invalid type for '%s': expected %s, but got %s instead.", typeErr.Field, typeErr.Type, typeErr.Value)
		}
		return nil, badRequest("", "We could not parse the JSON body of your request: %v.", err)
	}
	r := &request{Conversation: Conversation{Model: w.Model}, stream: w.Stream}
	if w.Seed != nil {
		r.Seed = *w.Seed
	}
	for _, step := range []func(*wireRequest) *apiError{r.decodeOptions, r.decodeTools, r.decodeToolChoice, r.decodeMessages} {
		if err := step(&w); err != nil {
			return nil, err
		}
	}
	if err := r.decodeSpoken(); err != nil {
		return nil, err
	}
	if err := checkOrder(r.Messages); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *request) decodeOptions(w *wireRequest) *apiError {
	if w.Model == "" {
		return badRequest("model", "you must provide a model parameter")
	}
	if w.N != nil && *w.N != 1 {
		return badRequest("n", "Invalid 'n': scripted models give 1 choice, but %d were asked for.", *w.N)
	}
	for name, limit := range map[string]*int{"max_tokens": w.MaxTokens, "max_completion_tokens": w.MaxCompletionTokens} {
		if limit == nil {
			continue
		}
		if *limit < 1 {
			return badRequest(name, "Invalid '%s': integer below minimum value. Expected a value >= 1, but got %d instead.", name, *limit)
		}
		if r.maxTokens == 0 || *limit < r.maxTokens {
			r.maxTokens = *limit
		}
	}
	if w.StreamOptions != nil {
		if !w.Stream {
			return badRequest("stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
		}
		r.includeUsage = w.StreamOptions.IncludeUsage
	}
	return nil
}

func (r *request) decodeMessages(w *wireRequest) *apiError {
	if len(w.Messages) == 0 {
		return badRequest("messages", "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.")
	}
	r.Messages = make([]Message, len(w.Messages))
	for i := range w.Messages {
		if err := r.Messages[i].decode(&w.Messages[i], i); err != nil {
			return err
		}
	}
	return nil
}

func (m *Message) decode(w *wireMessage, i int) *apiError {
	m.Role, m.ToolCallID, m.Reasoning = w.Role, w.ToolCallID, w.Reasoning
	switch w.Role {
	case "system", "developer", "user", "assistant", "tool":
	default:
		return badRequest(fmt.Sprintf("messages[%d].role", i), "Invalid value: %q. Supported values are: 'system', 'assistant', 'user', 'developer', and 'tool'.", w.Role)
	}
	if err := m.decodeCalls(w, i); err != nil {
		return err
	}
	switch content := w.Content.(type) {
	case string:
		m.Content = content
		return nil
	case nil:
		if len(m.Calls) > 0 {
			return nil
		}
		return badRequest(fmt.Sprintf("messages[%d].content", i), "Invalid value for 'content' of messages[%d] (%s): expected a string, got null. An empty message is sent as \"\".", i, w.Role)
	case []any:
		return m.decodeParts(content, i)
	}
	return badRequest(fmt.Sprintf("messages[%d].content", i), "Invalid type for 'messages[%d].content': expected a string or an array of parts.", i)
}

func (m *Message) decodeParts(parts []any, i int) *apiError {
	at := fmt.Sprintf("messages[%d].content", i)
	if len(parts) == 0 {
		return badRequest(at, "Invalid '%s': empty array. Expected an array with minimum length 1, but got an empty array instead.", at)
	}
	var all strings.Builder
	for n, part := range parts {
		p, _ := part.(map[string]any)
		text, ok := p["text"].(string)
		if p["type"] != "text" || !ok {
			return badRequest(fmt.Sprintf("%s[%d]", at, n), "Invalid '%s[%d]': scripted models read parts of type 'text' alone.", at, n)
		}
		all.WriteString(text)
	}
	m.Content = all.String()
	return nil
}

func (m *Message) decodeCalls(w *wireMessage, i int) *apiError {
	if w.ToolCalls == nil {
		return nil
	}
	at := fmt.Sprintf("messages[%d].tool_calls", i)
	if w.Role != "assistant" {
		return badRequest(at, "Invalid '%s': only assistant messages call tools, and this one's role is %q.", at, w.Role)
	}
	if len(w.ToolCalls) == 0 {
		return badRequest(at, "Invalid '%s': empty array. Expected an array with minimum length 1, but got an empty array instead.", at)
	}
	m.Calls = make([]Call, len(w.ToolCalls))
	for n := range w.ToolCalls {
		c := &w.ToolCalls[n]
		switch {
		case c.ID == "":
			return badRequest(fmt.Sprintf("%s[%d].id", at, n), "Missing required parameter: '%s[%d].id'.", at, n)
		case c.Type != "function":
			return badRequest(fmt.Sprintf("%s[%d].type", at, n), "Invalid value: %q. Supported values are: 'function'.", c.Type)
		case c.Function.Name == "":
			return badRequest(fmt.Sprintf("%s[%d].function.name", at, n), "Missing required parameter: '%s[%d].function.name'.", at, n)
		case c.Function.Arguments == nil:
			return badRequest(fmt.Sprintf("%s[%d].function.arguments", at, n), "Missing required parameter: '%s[%d].function.arguments'.", at, n)
		}
		m.Calls[n] = Call{ID: c.ID, Name: c.Function.Name, RawArguments: *c.Function.Arguments}
	}
	return nil
}
