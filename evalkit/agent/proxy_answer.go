package agent

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// sending is an answer on its way to a program.
type sending struct {
	w     http.ResponseWriter
	q     *chatRequest
	x     *exchange
	begun bool // the head of a stream is sent
}

// deliver waits for the answer and sends it, and says whether it got through.
// It cuts the connection once the program is to end.
func (s *sending) deliver(ctx context.Context) bool {
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for waiting := true; waiting; {
		select {
		case <-s.x.done:
			waiting = false
		case <-ctx.Done():
			return false
		case <-tick.C:
			if s.q.stream && s.begin() == nil {
				s.write([]byte(": keep-alive\n\n"))
			}
		}
	}
	switch {
	case s.x.err != nil && isOver(s.x.err):
		panic(http.ErrAbortHandler)
	case s.x.err != nil:
		return s.refuse(s.x.err) == nil
	case s.q.stream:
		return s.stream() == nil
	}
	body, err := s.whole()
	return err == nil && sendJSON(s.w, http.StatusOK, body) == nil
}

// refuse tells the program that its request was refused, in the words of the
// endpoint.
func (s *sending) refuse(err error) error {
	text, code := err.Error(), ""
	var fault *model.Error
	if errors.As(err, &fault) {
		text = fault.Message
		if fault.Kind == model.ContextLength {
			code = "context_length_exceeded"
		}
	}
	if s.begun {
		return s.event(errorBody(http.StatusBadRequest, text, code))
	}
	return sendError(s.w, http.StatusBadRequest, text, code)
}

// whole is the answer without a stream.
func (s *sending) whole() (map[string]any, error) {
	m, err := s.x.response.Message.MarshalJSON()
	if err != nil {
		return nil, err
	}
	body := s.frame("chat.completion")
	body["choices"] = []any{map[string]any{"index": 0, "message": json.RawMessage(m), "logprobs": nil, "finish_reason": s.x.response.FinishReason}}
	body["usage"] = s.usage()
	return body, nil
}

func (s *sending) frame(object string) map[string]any {
	return map[string]any{"id": s.x.response.ID, "object": object, "created": time.Now().Unix(), "model": s.q.model}
}

// usage is the server's own count where the body has it.
func (s *sending) usage() any {
	var raw struct {
		Usage json.RawMessage `json:"usage"`
	}
	if json.Unmarshal(s.x.response.Raw, &raw) == nil && len(raw.Usage) > 0 && string(raw.Usage) != "null" {
		return raw.Usage
	}
	u := s.x.response.Usage
	return map[string]int{"prompt_tokens": u.Prompt, "completion_tokens": u.Completion, "total_tokens": u.Total}
}

// stream sends the answer as server-sent events, each flushed by itself.
func (s *sending) stream() error {
	wire, err := s.x.response.Message.MarshalJSON()
	if err != nil {
		return err
	}
	var message map[string]json.RawMessage
	if err := json.Unmarshal(wire, &message); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	if err := s.delta(map[string]any{"role": "assistant", "content": ""}, nil); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(message)) {
		if err := s.member(name, message[name]); err != nil {
			return err
		}
	}
	if err := s.delta(map[string]any{}, s.x.response.FinishReason); err != nil {
		return err
	}
	if s.q.includeUsage {
		chunk := s.frame("chat.completion.chunk")
		chunk["choices"], chunk["usage"] = []any{}, s.usage()
		if err := s.event(chunk); err != nil {
			return err
		}
	}
	return s.write([]byte("data: [DONE]\n\n"))
}

// member sends one member of the message: a text in pieces, tool calls one by
// one, anything else whole.
func (s *sending) member(name string, value json.RawMessage) error {
	var text string
	switch {
	case name == "role" || string(value) == "null":
		return nil
	case name == "tool_calls":
		return s.calls(value)
	case json.Unmarshal(value, &text) != nil:
		return s.delta(map[string]any{name: value}, nil)
	}
	for _, piece := range piecesOf(text) {
		if err := s.delta(map[string]any{name: piece}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *sending) calls(value json.RawMessage) error {
	var calls []map[string]json.RawMessage
	if err := json.Unmarshal(value, &calls); err != nil {
		return err
	}
	for i, call := range calls {
		var f map[string]any
		if err := json.Unmarshal(call["function"], &f); err != nil {
			return err
		}
		arguments, _ := f["arguments"].(string)
		f["arguments"] = ""
		first := map[string]any{"index": i, "function": f}
		for name, value := range call {
			if name != "function" && name != "index" {
				first[name] = value
			}
		}
		if err := s.delta(map[string]any{"tool_calls": []any{first}}, nil); err != nil {
			return err
		}
		for _, piece := range piecesOf(arguments) {
			next := map[string]any{"index": i, "function": map[string]any{"arguments": piece}}
			if err := s.delta(map[string]any{"tool_calls": []any{next}}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// pieceSize is about what a few tokens come to.
const pieceSize = 64

// piecesOf cuts a text between characters.
func piecesOf(text string) []string {
	var pieces []string
	for len(text) > pieceSize {
		n := pieceSize
		for n > pieceSize-utf8.UTFMax && !utf8.RuneStart(text[n]) {
			n--
		}
		pieces, text = append(pieces, text[:n]), text[n:]
	}
	if text != "" {
		pieces = append(pieces, text)
	}
	return pieces
}

func (s *sending) delta(delta map[string]any, finish any) error {
	chunk := s.frame("chat.completion.chunk")
	chunk["choices"] = []any{map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish}}
	return s.event(chunk)
}

func (s *sending) event(body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return s.write(append(append([]byte("data: "), b...), "\n\n"...))
}

// begin sends the head of a stream, once.
func (s *sending) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	s.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	s.w.Header().Set("Cache-Control", "no-cache")
	s.w.WriteHeader(http.StatusOK)
	return http.NewResponseController(s.w).Flush()
}

func (s *sending) write(b []byte) error {
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}
