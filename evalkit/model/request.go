package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Request is one call: the conversation so far, and the tools that the model
// may call.
type Request struct {
	Messages []Message
	// Tools may each lack Parameters: an empty object is sent then. With tools
	// there, tool_choice "auto" is sent too; some servers see no tools without.
	Tools  []openai.Tool
	Seed   *int64 // goes before Params.Seed
	Stream bool   // take the answer as a stream; Chat still gives it whole
	// Extra are further members of the request, by name, as somebody else's
	// program wrote them. One that the client writes itself, for the request
	// or for the endpoint's parameters, is passed over.
	Extra map[string]json.RawMessage

	maxTokens int // of the answer, in place of Params.MaxTokens
}

// emptySchema stands for the parameters of a tool without any: llama-cpp-python
// answers 500 to a function without the key, OpenAI 400 to a null.
var emptySchema = json.RawMessage(`{"type":"object","properties":{}}`)

// toolSet is a list of tools with its JSON. A client keeps the last: the tools
// of a series are the same on every call, and go-openai encodes each by way of a
// map.
type toolSet struct {
	tools  []openai.Tool // a copy, to tell whether the caller's have changed
	choice bool
	tail   []byte // ,"tools":[…],"tool_choice":"auto"
}

func newToolSet(tools []openai.Tool, choice bool) (*toolSet, error) {
	set := &toolSet{choice: choice}
	for _, t := range tools {
		if t.Function != nil {
			f := *t.Function
			if noSchema(f.Parameters) {
				f.Parameters = emptySchema
			}
			t.Function = &f
		}
		set.tools = append(set.tools, t)
	}
	list, err := json.Marshal(set.tools)
	if err != nil {
		return nil, fmt.Errorf("tools do not encode: %w", err)
	}
	set.tail = append([]byte(`,"tools":`), list...)
	if choice {
		set.tail = append(set.tail, `,"tool_choice":"auto"`...)
	}
	for i, t := range set.tools { // what the caller could change under us
		if t.Function == nil {
			continue
		}
		if schema, ok := t.Function.Parameters.(json.RawMessage); ok {
			set.tools[i].Function.Parameters = json.RawMessage(bytes.Clone(schema))
		}
	}
	return set, nil
}

// noSchema reports whether a tool has no parameters, as nil or as raw JSON
// without a byte, which would go out as null.
func noSchema(parameters any) bool {
	raw, ok := parameters.(json.RawMessage)
	return parameters == nil || ok && len(raw) == 0
}

// holds reports whether the set was made of equal tools. Schemas that are not
// raw JSON could have changed inside: they never count as equal.
func (s *toolSet) holds(tools []openai.Tool, choice bool) bool {
	if s == nil || s.choice != choice || len(s.tools) != len(tools) {
		return false
	}
	for i, t := range tools {
		if !sameTool(s.tools[i], t) {
			return false
		}
	}
	return true
}

func sameTool(kept, t openai.Tool) bool {
	if kept.Type != t.Type || len(kept.Parameters)+len(t.Parameters) > 0 || kept.Function == nil || t.Function == nil {
		return false
	}
	a, b := kept.Function, t.Function
	if a.Name != b.Name || a.Description != b.Description || a.Strict != b.Strict {
		return false
	}
	schema := emptySchema
	if !noSchema(b.Parameters) {
		var ok bool
		if schema, ok = b.Parameters.(json.RawMessage); !ok {
			return false
		}
	}
	old, ok := a.Parameters.(json.RawMessage)
	return ok && bytes.Equal(old, schema)
}

// exchange is one Chat on its way: what the doer needs to write the request, and
// what it found in the answer. The context carries it through go-openai.
type exchange struct {
	head     openai.ChatCompletionRequest
	messages []Message
	tools    *toolSet
	stream   bool
	spoken   *spokenTools // with tools=text
	extra    map[string]json.RawMessage

	body   []byte        // the request, made at the first attempt
	took   time.Duration // of the last attempt
	answer *answer
}

type exchangeKey struct{}

var (
	noMessages = []byte(`"messages":null`)
	noStream   = []byte(`"stream":false`)
	doStream   = []byte(`"stream":true,"stream_options":{"include_usage":true}`)
)

// write makes the body from go-openai's, which has the scalars, and the JSON of
// messages, tools and parameters, which is there already. Nothing is decoded.
func (x *exchange) write(head, tail []byte) ([]byte, error) {
	before, after, ok := bytes.Cut(head, noMessages)
	if !ok || len(after) == 0 || after[len(after)-1] != '}' {
		return nil, errors.New("go-openai wrote a request of another form than expected")
	}
	after = after[:len(after)-1]
	var toolTail []byte
	if x.tools != nil {
		toolTail = x.tools.tail
	}
	size := len(head) + len(tail) + len(toolTail) + len(doStream) + 2
	for i := range x.messages {
		size += len(x.messages[i].wire) + 1
	}
	b := make([]byte, 0, size)
	b = append(append(b, before...), `"messages":[`...)
	for i, m := range x.messages {
		wire := m.wire
		if wire == nil {
			var err error
			if wire, err = encode(m.ChatCompletionMessage); err != nil {
				return nil, fmt.Errorf("message %d of role %q: %w", i, m.Role, err)
			}
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, wire...)
	}
	b = append(b, ']')
	if x.stream {
		after = bytes.Replace(after, noStream, doStream, 1)
	}
	b = append(append(append(b, after...), toolTail...), tail...)
	return appendExtra(append(b, '}'), x.extra), nil
}
