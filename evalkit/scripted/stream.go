package scripted

import "bytes"

type wireChunk struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	Created           int64             `json:"created"`
	Model             string            `json:"model"`
	Choices           []wireChunkChoice `json:"choices"`
	Usage             *wireUsage        `json:"usage,omitempty"`
	SystemFingerprint string            `json:"system_fingerprint"`
}

type wireChunkChoice struct {
	Index        int       `json:"index"`
	Delta        wireDelta `json:"delta"`
	FinishReason *string   `json:"finish_reason"`
}

type wireDelta struct {
	Role      string           `json:"role,omitempty"`
	Content   *string          `json:"content,omitempty"`
	Reasoning string           `json:"reasoning_content,omitempty"`
	ToolCalls []wireAnswerCall `json:"tool_calls,omitempty"`
}

// eventStream collects server-sent events in one buffer.
type eventStream struct {
	buf    *bytes.Buffer
	ends   []int // where each event ends in buf
	finish int   // number of events before the one with the finish reason
	chunk  wireChunk
	err    error
}

// events is the answer as a stream: role, reasoning, text, each call's head
// and arguments in pieces, the finish reason, usage if wanted, [DONE].
func (a *answer) events(buf *bytes.Buffer, includeUsage bool) (*eventStream, error) {
	s := &eventStream{buf: buf, chunk: wireChunk{ID: a.id, Object: "chat.completion.chunk", Created: a.created, Model: a.model, SystemFingerprint: fingerprint}}
	delta := func(d wireDelta, finish *string) {
		s.chunk.Choices = []wireChunkChoice{}
		if !a.noChoices {
			s.chunk.Choices = append(s.chunk.Choices, wireChunkChoice{Delta: d, FinishReason: finish})
		}
		s.add()
	}
	empty := ""
	delta(wireDelta{Role: "assistant", Content: &empty}, nil)
	for _, p := range pieces(a.reasoning) {
		delta(wireDelta{Reasoning: p}, nil)
	}
	for _, p := range pieces(a.text) {
		delta(wireDelta{Content: &p}, nil)
	}
	for i, call := range a.calls {
		head := wireAnswerCall{Index: &i, ID: call.ID, Type: call.Type, Function: wireAnswerFunction{Name: call.Function.Name}}
		delta(wireDelta{ToolCalls: []wireAnswerCall{head}}, nil)
		for _, p := range pieces(call.Function.Arguments) {
			delta(wireDelta{ToolCalls: []wireAnswerCall{{Index: &i, Function: wireAnswerFunction{Arguments: p}}}}, nil)
		}
	}
	s.finish = len(s.ends)
	delta(wireDelta{}, &a.finish)
	if includeUsage {
		s.chunk.Choices, s.chunk.Usage = []wireChunkChoice{}, &a.usage
		s.add()
	}
	s.raw("data: [DONE]\n\n")
	return s, s.err
}

func (s *eventStream) add() {
	s.buf.WriteString("data: ")
	if err := encode(s.buf, &s.chunk); err != nil {
		s.err = err
	}
	s.raw("\n")
}

// raw ends an event with text that is sent as is.
func (s *eventStream) raw(text string) {
	s.buf.WriteString(text)
	s.ends = append(s.ends, s.buf.Len())
}
