package scripted

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// answer is a reply as it goes on the wire.
type answer struct {
	id, model, finish string
	created           int64
	text, reasoning   string
	calls             []wireAnswerCall
	usage             wireUsage
	noChoices         bool
}

type wireAnswerCall struct {
	Index    *int               `json:"index,omitempty"` // in streams alone
	ID       string             `json:"id,omitempty"`
	Type     string             `json:"type,omitempty"`
	Function wireAnswerFunction `json:"function"`
}

type wireAnswerFunction struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

type wireUsage struct {
	PromptTokens        int `json:"prompt_tokens"`
	CompletionTokens    int `json:"completion_tokens"`
	TotalTokens         int `json:"total_tokens"`
	PromptTokensDetails struct {
		CachedTokens int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionTokensDetails struct {
		ReasoningTokens int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

type wireCompletion struct {
	ID                string       `json:"id"`
	Object            string       `json:"object"`
	Created           int64        `json:"created"`
	Model             string       `json:"model"`
	Choices           []wireChoice `json:"choices"`
	Usage             wireUsage    `json:"usage"`
	SystemFingerprint string       `json:"system_fingerprint"`
}

type wireChoice struct {
	Index        int               `json:"index"`
	Message      wireAnswerMessage `json:"message"`
	LogProbs     *struct{}         `json:"logprobs"`
	FinishReason string            `json:"finish_reason"`
}

type wireAnswerMessage struct {
	Role      string           `json:"role"`
	Content   *string          `json:"content"`
	Reasoning string           `json:"reasoning_content,omitempty"`
	ToolCalls []wireAnswerCall `json:"tool_calls,omitempty"`
}

// newAnswer puts a reply on the wire: ids, the finish reason, the fault in its
// content, the token limit, usage.
func newAnswer(r *request, reply Reply, fault Fault, id string) (*answer, *apiError) {
	a := &answer{id: id, model: r.Model, created: time.Now().Unix(), finish: reply.FinishReason, text: reply.Text, reasoning: reply.Reasoning}
	if a.finish == "" {
		a.finish = "stop"
		if len(reply.Calls) > 0 {
			a.finish = "tool_calls"
		}
	}
	if err := a.addCalls(r, reply.Calls); err != nil {
		return nil, err
	}
	if err := fault.spoil(a, r); err != nil {
		return nil, err
	}
	if r.spoken {
		a.speak()
	}
	a.limit(r.maxTokens)
	if a.usage = estimate(r, a); reply.Usage != nil {
		a.usage = reply.Usage.wire()
	}
	return a, nil
}

func (a *answer) addCalls(r *request, calls []Call) *apiError {
	if len(calls) == 0 {
		return nil
	}
	ids := r.callIDs(len(calls))
	a.calls = make([]wireAnswerCall, len(calls))
	for i, c := range calls {
		args, err := c.encodeArguments()
		if err != nil {
			return errorOf(500, "server_error", "policy_failed", fmt.Sprintf("policy %q: %v", r.Model, err))
		}
		if c.ID == "" {
			c.ID = ids[i]
		}
		a.calls[i] = wireAnswerCall{ID: c.ID, Type: "function", Function: wireAnswerFunction{Name: c.Name, Arguments: args}}
	}
	return nil
}

// limit cuts the answer to max tokens, 0 for no limit, as a model is cut: in
// the middle of a word or of a call's arguments, under "length".
func (a *answer) limit(max int) {
	if max == 0 {
		return
	}
	left := max * bytesPerToken
	take := func(s string) string {
		if len(s) > left {
			a.finish = "length"
			for left > 0 && !utf8.RuneStart(s[left]) {
				left--
			}
			s = s[:left]
		}
		left -= len(s)
		return s
	}
	a.reasoning, a.text = take(a.reasoning), take(a.text)
	for i := range a.calls {
		if left == 0 {
			a.calls, a.finish = a.calls[:i], "length"
			return
		}
		a.calls[i].Function.Arguments = take(a.calls[i].Function.Arguments)
	}
}

// body is the answer without a stream.
func (a *answer) body(b *bytes.Buffer) error {
	w := wireCompletion{ID: a.id, Object: "chat.completion", Created: a.created, Model: a.model, Choices: []wireChoice{}, Usage: a.usage, SystemFingerprint: fingerprint}
	if !a.noChoices {
		m := wireAnswerMessage{Role: "assistant", Reasoning: a.reasoning, ToolCalls: a.calls}
		if a.text != "" || len(a.calls) == 0 {
			m.Content = &a.text
		}
		w.Choices = []wireChoice{{Message: m, FinishReason: a.finish}}
	}
	return encode(b, w)
}

// encode appends v as JSON and a newline.
func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// pieces cuts a text for streaming, between characters.
func pieces(s string) []string {
	const size = 24
	var out []string
	for len(s) > size {
		n := size
		for n > size-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		out, s = append(out, s[:n]), s[n:]
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}
