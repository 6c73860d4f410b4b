package scripted

import (
	"encoding/json"
	"fmt"
)

// Policy is a model: it answers a conversation. It is safe for concurrent use
// as long as Reply is, which it is when it keeps no state: everything follows
// from the Conversation.
type Policy struct {
	// Name is the model's name at the endpoint, and what follows "scripted/" in
	// the name of a model: one or more of a-z, 0-9, '.', '_' and '-'.
	Name string
	// Doc says in one or two sentences what the policy does. A policy that
	// imitates published rates says here that it is a simulation, and of what
	// source. The list of models shows it as the description.
	Doc string
	// Reply gives the next assistant message. A panic becomes a 500.
	Reply func(c *Conversation) Reply

	mixed int // how deeply Mix is nested in it, so that nested draws are independent
}

// Reply is one assistant message, or a fault in its place. The zero value is
// an empty message.
type Reply struct {
	Text      string // the content
	Reasoning string // sent as reasoning_content
	Calls     []Call // tool calls, in order
	// FinishReason is sent as is; "" means "tool_calls" with calls and "stop"
	// without.
	FinishReason string
	// Fault is applied to this answer; Config.Faults goes before it.
	Fault Fault
	// Usage replaces the estimate of tokens; nil means about a token for every
	// four bytes.
	Usage *Usage
}

// Usage is the number of tokens that an answer claims to have cost.
type Usage struct {
	Prompt     int // tokens of the request
	Completion int // tokens of the answer, those of reasoning among them
	Reasoning  int // tokens of reasoning alone
	Cached     int // tokens of the request that are said to come from a cache
}

// Call is a tool call: one that a reply makes, or one that a conversation
// holds (there RawArguments is what was sent, and Arguments is nil).
type Call struct {
	ID   string // empty in a reply: generated, unique in the conversation
	Name string
	// Arguments is marshalled to JSON; nil is {}.
	Arguments any
	// RawArguments is sent as is when it is not empty, malformed or not.
	RawArguments string
}

// Say is a reply of text alone.
func Say(text string) Reply { return Reply{Text: text} }

// Do is a reply that calls one tool; args is marshalled to JSON.
func Do(tool string, args any) Reply {
	return Reply{Calls: []Call{{Name: tool, Arguments: args}}}
}

// Bash is Do("bash", {"command": command}).
func Bash(command string) Reply {
	return Do("bash", map[string]string{"command": command})
}

// Arg is the string value of one argument of the call, or its JSON where it is
// not a string. It is "" where the arguments are malformed or have no such
// member.
func (c Call) Arg(name string) string {
	raw, err := c.encodeArguments()
	if err != nil {
		return ""
	}
	var args map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &args) != nil {
		return ""
	}
	var s string
	if json.Unmarshal(args[name], &s) == nil {
		return s
	}
	return string(args[name])
}

// encodeArguments is the arguments' text on the wire.
func (c Call) encodeArguments() (string, error) {
	switch {
	case c.RawArguments != "":
		return c.RawArguments, nil
	case c.Arguments == nil:
		return "{}", nil
	}
	b, err := json.Marshal(c.Arguments)
	if err != nil {
		return "", fmt.Errorf("arguments of the call of %q cannot be marshalled: %w; give RawArguments to send something malformed", c.Name, err)
	}
	return string(b), nil
}
