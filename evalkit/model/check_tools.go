package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// CheckTools asks a server, before any trial, whether tools and their results
// get to the model at all. Small servers take both with a 200 and leave them
// out of the prompt: the model then seems not to call, or not to read. What the
// server counts in usage.prompt_tokens tells. It makes up to seven short calls and
// gives nil where all is well or nothing can be told: a call failed, there is no
// usage, or the counts do not follow the length of what was sent.
//
//   - IgnoredTools: tools add nothing to the prompt, and the model, asked to call
//     one, did not. The second condition spares servers that count messages only.
//   - DroppedResults: a long tool result takes no more than an empty one.
//
// A server that describes tools beside a system prompt only is remembered, and
// Chat refuses tools without one. The check is skipped where Params.Tools is
// set, and where a key is needed: hosted services do their part.
func (c *Client) CheckTools(ctx context.Context) error {
	if c.cfg.Endpoint.Params.Tools != "" || !c.cfg.Endpoint.KeyOptional || c.cfg.Endpoint.Provider == scripted {
		return nil
	}
	err := (&toolsCheck{c: c, ctx: ctx}).run()
	var fault *Error
	if errors.As(err, &fault) && (fault.Kind == IgnoredTools || fault.Kind == DroppedResults) {
		return c.finish(fault, 1)
	}
	return ctx.Err() // what else is wrong, the trials will say
}

type toolsCheck struct {
	c     *Client
	ctx   context.Context
	calls int
}

// Slack, in tokens: how far counts may lie apart that mean the same, and how much
// the tool or the long result must add at the least. They take 30 and 60 tokens
// in the tightest of tokenizers.
const toolsSlack = 12

var errUntold = errors.New("the server's counts tell nothing")

func (k *toolsCheck) run() error {
	prompted, _, err := k.count(nil, k.system(), k.user())
	if err != nil {
		return err
	}
	longer, _, err := k.count(nil, k.system(), k.user(), User(strings.Repeat(checkSentence, 8)))
	if err != nil || longer < prompted+toolsSlack {
		return errUntold
	}
	with, called, err := k.count(checkTools, k.system(), k.user())
	switch {
	case err != nil:
		return err
	case with >= prompted+toolsSlack:
		k.alone()
	case !called:
		return ignoredTools(with)
	}
	return k.results()
}

// alone looks whether tools are described without a system prompt too.
func (k *toolsCheck) alone() {
	bare, _, err := k.count(nil, k.user())
	if err != nil {
		return
	}
	with, called, err := k.count(checkTools, k.user())
	if err == nil && !called && with < bare+toolsSlack {
		k.c.wantsSystem.Store(true)
	}
}

const checkSentence = "a harbour keeps ships from the sea; "

// results compares a long tool result with an empty one.
func (k *toolsCheck) results() error {
	call := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, ToolCalls: []openai.ToolCall{{
		ID: "call_1", Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: "look_up", Arguments: `{"word":"harbour"}`},
	}}}
	asked, err := NewMessage(call)
	if err != nil {
		return err
	}
	long, _, err := k.count(checkTools, k.system(), k.user(), asked, ToolResult("call_1", strings.Repeat(checkSentence, 8)))
	if err != nil {
		return err
	}
	empty, _, err := k.count(checkTools, k.system(), k.user(), asked, ToolResult("call_1", ""))
	if err != nil {
		return err
	}
	if long < empty+toolsSlack && long > empty-toolsSlack {
		return droppedResults(long)
	}
	return nil
}

func ignoredTools(tokens int) *Error {
	e := spec(IgnoredTools, fmt.Sprintf("the prompt takes %d tokens with a tool and without it, and the model did not call the tool when asked to", tokens),
		"use ?tools=text, or a server or chat template that knows tools; ?tools=native skips this check")
	e.Whose = WhoseProvider
	return e
}

func droppedResults(tokens int) *Error {
	e := spec(DroppedResults, fmt.Sprintf("the prompt takes %d tokens with a tool result of 56 words and with an empty one, so the model never sees what its calls gave", tokens),
		"use ?tools=text, or a server or chat template that knows tools; ?tools=native skips this check")
	e.Whose = WhoseProvider
	return e
}

var checkTools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
	Name: "look_up", Description: "Looks a word up in the dictionary of the house and gives its meaning.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"word":{"type":"string","description":"The word to look up."}},"required":["word"]}`),
}}}

// Each call begins with words of its own: a server that counts only what is not
// in its cache counts all of it so.
var checkWords = [...]string{"First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh"}

func (k *toolsCheck) system() Message {
	return System(checkWords[k.calls%len(checkWords)] + " session. You use tools.")
}

func (k *toolsCheck) user() Message {
	return User(checkWords[k.calls%len(checkWords)] + " question: what does harbour mean? Call look_up.")
}

// count makes a call and gives the tokens of its prompt, and whether the model
// called a tool.
func (k *toolsCheck) count(tools []openai.Tool, messages ...Message) (tokens int, called bool, err error) {
	k.calls++
	r, err := k.c.Chat(k.ctx, Request{Messages: messages, Tools: tools, maxTokens: checkMaxTokens})
	if err != nil {
		return 0, false, err
	}
	if r.Usage.Estimated || r.Usage.Prompt <= 0 {
		return 0, false, errUntold
	}
	return r.Usage.Prompt, len(r.Message.ToolCalls) > 0, nil
}

// checkMaxTokens is enough for a call of look_up.
const checkMaxTokens = 60
