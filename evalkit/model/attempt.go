package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// attempt makes one call, within a slot of the gate. Its error is an *Error, or
// an error that ends the Chat.
func (c *Client) attempt(ctx context.Context, x *exchange) (resp Response, err error) {
	if err := c.cfg.Gate.Spend(0, 0); err != nil {
		return Response{}, c.gateError(err)
	}
	if err := c.cfg.Gate.Enter(ctx); err != nil {
		if ctx.Err() != nil {
			return Response{}, c.stopped(context.Cause(ctx))
		}
		return Response{}, c.gateError(err)
	}
	outcome := Abandoned
	defer func() { c.cfg.Gate.Leave(outcome) }()

	began := time.Now()
	resp, err = c.call(ctx, x)
	x.took = time.Since(began)
	if ctx.Err() != nil && err != nil {
		return Response{}, c.stopped(context.Cause(ctx))
	}
	outcome = outcomeOf(err)
	if x.answer != nil { // paid for, whole or not
		cost, known := c.cost(x.answer)
		resp.CostUSD, resp.CostKnown = cost, known
		if spent := c.cfg.Gate.Spend(x.answer.usage.Total, cost); spent != nil && !errors.Is(spent, ErrBudget) {
			return Response{}, fmt.Errorf("the gate of %s did not book a call: %w", c.cfg.Endpoint, spent)
		}
	}
	resp.Took = x.took
	return resp, err
}

func (c *Client) gateError(err error) error {
	if !errors.Is(err, ErrBudget) {
		return fmt.Errorf("the gate of %s failed: %w", c.cfg.Endpoint, err)
	}
	e := spec(Budget, err.Error(), "")
	e.cause = err
	return e
}

// call goes through go-openai and back.
func (c *Client) call(ctx context.Context, x *exchange) (Response, error) {
	x.answer = nil
	timed, cancel := context.WithTimeoutCause(context.WithValue(ctx, exchangeKey{}, x), c.cfg.Timeout, errCallTimeout)
	defer cancel()
	out, err := c.api.CreateChatCompletion(timed, x.head)
	if err != nil {
		return Response{}, c.name(timed, x, err)
	}
	if x.answer == nil || len(out.Choices) == 0 {
		return Response{}, provider(NoChoices, "the answer has no choice")
	}
	a := x.answer
	m := Message{ChatCompletionMessage: out.Choices[0].Message, wire: a.message}
	m.Role, m.FunctionCall = openai.ChatMessageRoleAssistant, nil
	m.flatten()
	for _, call := range m.ToolCalls {
		if call.ID == "" { // repairCalls gave one to whatever is a tool call
			return Response{}, provider(Malformed, "an element of tool_calls is no tool call")
		}
	}
	if fault := lostAnswer(m, a); fault != nil {
		return Response{}, fault
	}
	r := Response{FinishReason: a.finish, Usage: a.usage, ID: a.id, Model: a.model, Raw: a.raw}
	if x.spoken != nil {
		r.Mistakes = x.spoken.read(&m)
	} else {
		if fault := c.cutArguments(m, a); fault != nil {
			return Response{}, fault
		}
		m.wire = sendable(m.wire, m.ToolCalls)
	}
	r.Message = m
	return r, nil
}

// lostAnswer finds an answer that a server has made something of and then lost:
// llama-cpp-python takes a call of a tool named "send_message" for a message and
// gives an empty one. A model that says nothing takes one token for it, or a few
// that end it.
func lostAnswer(m Message, a *answer) *Error {
	const fewest = 5
	spent := a.usage.Completion - a.usage.Reasoning
	if a.finish != string(openai.FinishReasonStop) && a.finish != string(openai.FinishReasonToolCalls) || a.usage.Estimated || spent < fewest ||
		m.Content != "" || len(m.MultiContent)+len(m.ToolCalls) > 0 || m.Refusal != "" || saysMore(m.wire) {
		return nil
	}
	return provider(LostAnswer, fmt.Sprintf("the answer is empty under finish reason %q, though the server counted %d tokens for it", a.finish, spent))
}

// saysMore reports whether a message has a member with a value beside role and
// content: reasoning, audio, annotations.
func saysMore(wire []byte) bool {
	more := false
	members(wire, func(key, value []byte) {
		more = more || string(key) != "role" && string(key) != "content" && string(value) != `""`
	})
	return more
}

// name makes an *Error of what came back.
func (c *Client) name(ctx context.Context, x *exchange, err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case context.Cause(ctx) == errCallTimeout:
		return provider(Timeout, fmt.Sprintf("no whole answer within %s", c.cfg.Timeout))
	case x.answer != nil: // go-openai could not decode the message
		e = provider(Malformed, err.Error())
		e.Status = http.StatusOK
	case x.body == nil: // the request was never made
		e = spec(BadRequest, err.Error(), "")
	default:
		e = classifyNetwork(err, c.cfg.Endpoint.BaseURL)
		if idle, ok := c.cfg.Transport.(interface{ CloseIdleConnections() }); ok && e.Kind == Disconnected {
			idle.CloseIdleConnections() // the others may be as dead: the next attempt is to dial
		}
		return e
	}
	e.cause = err
	return e
}

// cutArguments finds tool calls that the limit of tokens cut off: some servers
// say "tool_calls" all the same. Other arguments that are no JSON are the
// model's own doing, and a matter for the caller.
func (c *Client) cutArguments(m Message, a *answer) *Error {
	limit := c.cfg.Endpoint.Params.MaxTokens
	if limit == 0 || a.finish == string(openai.FinishReasonLength) {
		return nil
	}
	if !a.usage.Estimated && a.usage.Completion < limit {
		return nil
	}
	for _, call := range m.ToolCalls {
		if !json.Valid([]byte(call.Function.Arguments)) {
			return spec(CutArguments, fmt.Sprintf("the arguments of %s end after %d bytes, at max_tokens=%d under finish reason %q",
				call.Function.Name, len(call.Function.Arguments), limit, a.finish), "raise max_tokens")
		}
	}
	return nil
}

func outcomeOf(err error) Outcome {
	var e *Error
	if err == nil || !errors.As(err, &e) {
		return OK
	}
	switch {
	case e.Kind == Throttled:
		return Busy
	case e.Whose == WhoseProvider:
		return Failing
	}
	return OK
}

func (c *Client) cost(a *answer) (usd float64, known bool) {
	if a.hasCost {
		return a.cost, true
	}
	if a.usage.Estimated {
		usd, _ = c.cfg.Price.of(a.usage)
		return usd, false
	}
	return c.cfg.Price.of(a.usage)
}
