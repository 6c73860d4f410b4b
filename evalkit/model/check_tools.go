package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// CheckTools asks a server, before any trial, whether what the model is to read
// gets to it: the text as it is, tools, and their results. Small servers answer
// 200 and leave tools and results out of the prompt, or escape the text as if
// for a web page: the model then seems not to call, not to read, or to write
// nonsense. What the server counts in usage.prompt_tokens tells. It makes up to
// nine short calls and gives nil where all is well or nothing can be told: a call
// failed, there is no usage, or the counts do not follow the length of what was
// sent.
//
//   - EscapedPrompt: quotes and brackets take more than twice the tokens of
//     others.
//   - IgnoredTools: tools add nothing to the prompt, and the model, asked to call
//     one, did not. The second condition spares servers that count messages only.
//   - DroppedResults: a long tool result takes no more than an empty one.
//
// A server that describes tools beside a system prompt only is remembered, and
// Chat refuses tools without one. With tools=text only the first is asked. The
// check is skipped with Params.Unchecked, and where a key is needed: hosted
// services do their part.
func (c *Client) CheckTools(ctx context.Context) error {
	e := c.cfg.Endpoint
	if e.Params.Unchecked || !e.KeyOptional || e.Provider == scripted {
		return nil
	}
	err := (&toolsCheck{c: c, ctx: ctx}).run()
	var fault *Error
	if errors.As(err, &fault) && slices.Contains([]Kind{EscapedPrompt, IgnoredTools, DroppedResults}, fault.Kind) {
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
	if err := k.escapes(); err != nil || k.c.cfg.Endpoint.Params.Tools == ToolsText {
		return err
	}
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

// escapes compares brackets and quotes that HTML escapes with others.
func (k *toolsCheck) escapes() error {
	const copies = 20
	plain, _, err := k.count(nil, k.says(strings.Repeat(" [(a)]", copies)))
	if err != nil {
		return err
	}
	marked, _, err := k.count(nil, k.says(strings.Repeat(` "<a>"`, copies)))
	if err != nil {
		return err
	}
	if marked > 2*plain && marked-plain > 5*copies {
		return lookedInto(EscapedPrompt, fmt.Sprintf(`%d times [(a)] take %d tokens of the prompt and as often "<a>" %d, so the model reads &lt; and &#34; where it was sent code`, copies, plain, marked),
			"serve the model with another chat template, such as its own")
	}
	return nil
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
	return lookedInto(IgnoredTools, fmt.Sprintf("the prompt takes %d tokens with a tool and without it, and the model did not call the tool when asked to", tokens), textRemedy)
}

func droppedResults(tokens int) *Error {
	return lookedInto(DroppedResults, fmt.Sprintf("the prompt takes %d tokens with a tool result of 56 words and with an empty one, so the model never sees what its calls gave", tokens), textRemedy)
}

const textRemedy = "use ?tools=text, or a server or chat template that knows tools"

func lookedInto(k Kind, message, remedy string) *Error {
	e := spec(k, message, remedy+"; ?check=off goes on all the same")
	e.Whose = WhoseProvider
	return e
}

var checkTools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
	Name: "look_up", Description: "Looks a word up in the dictionary of the house and gives its meaning.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"word":{"type":"string","description":"The word to look up."}},"required":["word"]}`),
}}}

// Each call begins with words of its own: a server that counts only what is not
// in its cache counts all of it so.
var checkWords = [...]string{"First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth"}

func (k *toolsCheck) word() string { return checkWords[k.calls%len(checkWords)] }

func (k *toolsCheck) says(text string) Message { return User(k.word() + text) }

func (k *toolsCheck) system() Message { return System(k.word() + " session. You use tools.") }

func (k *toolsCheck) user() Message {
	return k.says(" question: what does harbour mean? Call look_up.")
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
