package model

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// answer is what the doer takes from a 200, before go-openai decodes the message.
type answer struct {
	raw     []byte // Response.Raw
	id      string
	model   string // as the server names it
	message []byte // the message's JSON, repaired: Message.wire
	finish  string
	usage   Usage
	cost    float64
	hasCost bool
}

// readAnswer finds the turn in a chat completion. What is not whole is an error.
func readAnswer(body []byte, status int) (*answer, *Error) {
	if !json.Valid(body) {
		if len(bytes.TrimSpace(body)) == 0 {
			return nil, provider(NotJSON, "the body is empty")
		}
		return nil, provider(NotJSON, bodyMessage(body))
	}
	a := &answer{raw: body}
	var fault, choices, usage []byte
	ok := members(body, func(key, value []byte) {
		switch string(key) {
		case "id":
			a.id = text(value)
		case "model":
			a.model = text(value)
		case "error":
			fault = value
		case "choices":
			choices = value
		case "usage":
			usage = value
		}
	})
	if !ok {
		return nil, classifyNoAnswer(body, status)
	}
	if !none(fault) {
		return nil, classifyInside(body, status)
	}
	var first []byte
	elements(choices, func(value []byte) {
		if first == nil {
			first = value
		}
	})
	if first == nil {
		return nil, classifyNoAnswer(body, status)
	}
	a.readUsage(usage)
	return a, a.readChoice(first, status)
}

// readChoice returns nil or what is wrong with the choice.
func (a *answer) readChoice(choice []byte, status int) *Error {
	var message, fault []byte
	members(choice, func(key, value []byte) {
		switch string(key) {
		case "message":
			message = value
		case "finish_reason":
			a.finish = text(value)
		case "error":
			fault = value
		}
	})
	switch {
	case !none(fault), a.finish == "error": // OpenRouter's way to report its provider's fault
		return classifyInside(choice, status)
	case none(message):
		return provider(Malformed, "the choice has no message")
	case a.finish == "" || a.finish == "null":
		return provider(NoFinish, "the server did not say why the answer ended, so it may be cut")
	}
	wire, ok := repairMessage(message, a.id)
	if !ok {
		return provider(Malformed, "the message is no object")
	}
	a.message = wire
	return nil
}

// readUsage reads what servers count, under the names of OpenAI, OpenRouter
// (cost) and DeepSeek (prompt_cache_hit_tokens).
func (a *answer) readUsage(usage []byte) {
	u := &a.usage
	members(usage, func(key, value []byte) {
		switch string(key) {
		case "prompt_tokens":
			u.Prompt = count(value)
		case "completion_tokens":
			u.Completion = count(value)
		case "total_tokens":
			u.Total = count(value)
		case "prompt_tokens_details":
			u.Cached = max(u.Cached, count(member(value, "cached_tokens")))
		case "prompt_cache_hit_tokens":
			u.Cached = max(u.Cached, count(value))
		case "completion_tokens_details":
			u.Reasoning = count(member(value, "reasoning_tokens"))
		case "cost":
			f, err := strconv.ParseFloat(string(value), 64)
			if err == nil && f >= 0 && !math.IsInf(f, 0) {
				a.cost, a.hasCost = f, true
			}
		}
	})
	u.Total = max(u.Total, u.Prompt+u.Completion)
}

// estimateUsage counts bytes where the server counted nothing.
func (a *answer) estimateUsage(sent int) {
	if a.usage.Total > 0 {
		return
	}
	prompt, completion := (sent+3)/4, (len(a.message)+3)/4
	a.usage = Usage{Prompt: prompt, Completion: completion, Total: prompt + completion, Estimated: true}
}

// count reads a number of tokens; nonsense is 0.
func count(value []byte) int {
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || f != f || f < 0 || f > 1e12 {
		return 0
	}
	return int(f)
}

// text decodes a JSON string; anything else is "".
func text(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}
