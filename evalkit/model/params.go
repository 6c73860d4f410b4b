package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Params are a model's parameters. What is nil, 0 or empty is not sent, and the
// server's default holds; a Temperature of 0 is sent as 0.
type Params struct {
	Temperature     *float64
	TopP            *float64
	MaxTokens       int    // tokens of one answer, reasoning included
	Seed            *int64 // Request.Seed goes before it
	ReasoningEffort string // "none", "low", "high", … as the model has it

	// Tools says how the model is given tools; "" is ToolsNative.
	Tools ToolsMode
	// Unchecked takes the server at its word, see Client.CheckTools.
	Unchecked bool
	// Timeout of one call; 0 is Config.Timeout. A server that may hang wants one
	// that is short beside the time limit of a trial.
	Timeout time.Duration

	// Extra is sent as it is, for what one server knows alone:
	// "chat_template_kwargs", "provider". It may set "tool_choice", but nothing
	// that has a field of its own here or in Request.
	Extra map[string]json.RawMessage
}

// ToolsMode is how a model is given tools.
type ToolsMode string

const (
	// ToolsNative sends tools and their results as the API has them.
	ToolsNative ToolsMode = "native"
	// ToolsText describes tools in the system prompt and reads calls out of the
	// text, for servers and models without tool calls. Results go back in a user
	// message. What is no whole call is told to the model, see Response.Mistakes.
	ToolsText ToolsMode = "text"
)

// ownKeys are written by this package.
var ownKeys = []string{
	"model", "messages", "tools", "stream", "stream_options", "n",
	"temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "reasoning_effort",
}

// parseParams reads "temperature=0&max_tokens=500&extra.NAME=JSON".
func parseParams(query string) (Params, error) {
	var p Params
	values, err := url.ParseQuery(query)
	if err != nil {
		return p, fmt.Errorf("parameters %q: %w", clean(query, ""), err)
	}
	for name, all := range values {
		if len(all) != 1 {
			return p, fmt.Errorf("parameter %q is given %d times", clean(name, ""), len(all))
		}
		if err := p.set(name, all[0]); err != nil {
			return p, err
		}
	}
	return p, p.check()
}

func (p *Params) set(name, value string) error {
	var err error
	switch name {
	case "temperature":
		p.Temperature, err = number(value)
	case "top_p":
		p.TopP, err = number(value)
	case "max_tokens":
		p.MaxTokens, err = strconv.Atoi(value)
		if err == nil && p.MaxTokens < 1 {
			err = fmt.Errorf("it must be 1 or more")
		}
	case "seed":
		var n int64
		n, err = strconv.ParseInt(value, 10, 64)
		p.Seed = &n
	case "reasoning_effort":
		p.ReasoningEffort = value
	case "tools":
		if p.Tools = ToolsMode(value); p.Tools == "" {
			err = errToolsMode
		}
	case "check":
		if p.Unchecked = value == "off"; !p.Unchecked {
			err = errors.New("it must be off, or left out")
		}
	case "timeout":
		p.Timeout, err = time.ParseDuration(value)
		if err == nil && p.Timeout <= 0 {
			err = fmt.Errorf("it must be above 0, as in timeout=90s")
		}
	default:
		key, ok := strings.CutPrefix(name, "extra.")
		if !ok {
			return fmt.Errorf("unknown parameter %q: known are temperature, top_p, max_tokens, seed, reasoning_effort, tools, check, timeout, and extra.NAME=JSON for anything else", clean(name, ""))
		}
		if p.Extra == nil {
			p.Extra = map[string]json.RawMessage{}
		}
		p.Extra[key] = json.RawMessage(value)
	}
	if err != nil {
		return fmt.Errorf("parameter %s=%s: %w", name, clean(value, ""), err)
	}
	return nil
}

var errToolsMode = errors.New("it must be native or text")

func number(value string) (*float64, error) {
	f, err := strconv.ParseFloat(value, 64)
	return &f, err
}

// check refuses what cannot be sent.
func (p Params) check() error {
	for name, f := range map[string]*float64{"temperature": p.Temperature, "top_p": p.TopP} {
		if f != nil && (math.IsNaN(*f) || math.IsInf(*f, 0) || *f < 0) {
			return fmt.Errorf("parameter %s=%v: it must be a number, 0 or more", name, *f)
		}
	}
	if p.MaxTokens < 0 {
		return fmt.Errorf("parameter max_tokens=%d: it must be 1 or more", p.MaxTokens)
	}
	switch p.Tools {
	case "", ToolsNative, ToolsText:
	default:
		return fmt.Errorf("parameter tools=%s: %w", clean(string(p.Tools), ""), errToolsMode)
	}
	if p.Timeout < 0 {
		return fmt.Errorf("parameter timeout=%s: it must be above 0, as in timeout=90s", p.Timeout)
	}
	for key, value := range p.Extra {
		switch {
		case key == "tool_choice" && p.Tools == ToolsText:
			return fmt.Errorf("parameter extra.tool_choice does not go with tools=text: the server is sent no tools to choose from")
		case key == "":
			return fmt.Errorf("parameter extra. has no name: write it as extra.NAME=JSON")
		case slices.Contains(ownKeys, key):
			return fmt.Errorf("parameter extra.%s is not allowed: %s has a place of its own", key, key)
		case !json.Valid(value):
			return fmt.Errorf("parameter extra.%s=%s is not JSON: text needs quotes", clean(key, ""), clean(string(value), ""))
		}
	}
	return nil
}

// tail is the JSON of what go-openai would drop or round: every member begins
// with a comma.
func (p Params) tail() ([]byte, error) {
	var b []byte
	if p.Temperature != nil {
		b = strconv.AppendFloat(append(b, `,"temperature":`...), *p.Temperature, 'g', -1, 64)
	}
	if p.TopP != nil {
		b = strconv.AppendFloat(append(b, `,"top_p":`...), *p.TopP, 'g', -1, 64)
	}
	keys := make([]string, 0, len(p.Extra))
	for key := range p.Extra {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		b = append(append(append(append(b, ','), name...), ':'), p.Extra[key]...)
	}
	return b, nil
}

// head is the request as go-openai is given it: all but messages, tools and
// what tail holds. Models and servers differ in the name of the limit: OpenAI's
// own API takes max_completion_tokens for every chat model and go-openai refuses
// max_tokens for its reasoning models, while small servers know max_tokens only.
func (e Endpoint) head() openai.ChatCompletionRequest {
	req := openai.ChatCompletionRequest{Model: e.Name, ReasoningEffort: e.Params.ReasoningEffort}
	if e.Params.MaxTokens > 0 {
		e.limit(&req, e.Params.MaxTokens)
	}
	return req
}

func (e Endpoint) limit(req *openai.ChatCompletionRequest, tokens int) {
	probe := openai.ChatCompletionRequest{Model: e.Name, MaxTokens: 1}
	if e.BaseURL == openaiBase || openai.NewReasoningValidator().Validate(probe) != nil {
		req.MaxCompletionTokens = tokens
	} else {
		req.MaxTokens = tokens //lint:ignore SA1019 small servers know no other
	}
}

// validate applies go-openai's rules for reasoning models, which it cannot
// apply itself to what it does not see.
func (e Endpoint) validate(tools []openai.Tool) error {
	req := e.head()
	req.Tools = tools
	if t := e.Params.Temperature; t != nil {
		req.Temperature = float32(*t)
	}
	if t := e.Params.TopP; t != nil {
		req.TopP = float32(*t)
	}
	return openai.NewReasoningValidator().Validate(req)
}
