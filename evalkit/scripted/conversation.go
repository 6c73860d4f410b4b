package scripted

import (
	"context"
	"encoding/json"
	"strings"
)

// Conversation is what a model is asked to go on with: one request. A policy
// reads it and must not change it. It has been checked as the package comment
// says, so every tool message answers a call.
type Conversation struct {
	Model    string // the policy's name, as the request gave it
	Messages []Message
	Tools    []Tool
	Seed     int64 // the request's "seed"; 0 if none
	// ToolChoice is "auto", "none", "required" or the name of the one tool that
	// must be called; "" where the request says nothing.
	ToolChoice string

	ctx context.Context
}

// Message is one message of a conversation.
type Message struct {
	Role       string // system, developer, user, assistant or tool
	Content    string // the text; of several parts, all joined
	Reasoning  string // an assistant's reasoning_content, where the harness sends it back
	Calls      []Call // an assistant's tool calls
	ToolCallID string // of a tool message: the call that it answers
}

// Tool is a tool that the request offers.
type Tool struct {
	Name        string
	Description string
	Parameters  json.RawMessage // JSON schema of an object; nil if none was given
}

// Exchange is a tool call of an earlier turn with its result.
type Exchange struct {
	Call
	Turn   int    // the turn that made the call, from 0
	Result string // content of the tool message that answered
}

// Context ends when the client goes away or the server closes: for a policy
// that waits.
func (c *Conversation) Context() context.Context {
	if c.ctx == nil {
		return context.Background()
	}
	return c.ctx
}

// Turn is the number of assistant messages so far: 0 at the first call.
func (c *Conversation) Turn() int {
	n := 0
	for i := range c.Messages {
		if c.Messages[i].Role == "assistant" {
			n++
		}
	}
	return n
}

// System is the system prompt: the system and developer messages before the
// first user message, joined by newlines; "" if there is none.
func (c *Conversation) System() string {
	var parts []string
	for _, m := range c.Messages {
		if m.Role != "system" && m.Role != "developer" {
			break
		}
		parts = append(parts, m.Content)
	}
	return strings.Join(parts, "\n")
}

// Task is the first user message.
func (c *Conversation) Task() string {
	for _, m := range c.Messages {
		if m.Role == "user" {
			return m.Content
		}
	}
	return ""
}

// LastResult is the content of the newest tool message, or of all that answer
// the newest assistant message, joined by newlines; "" if it made no calls.
func (c *Conversation) LastResult() string {
	var parts []string
	for _, m := range c.Messages {
		switch m.Role {
		case "assistant":
			parts = parts[:0]
		case "tool":
			parts = append(parts, m.Content)
		}
	}
	return strings.Join(parts, "\n")
}

// LastUser is the newest user message: after a standing "continue" that is not
// the task.
func (c *Conversation) LastUser() string {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		if c.Messages[i].Role == "user" {
			return c.Messages[i].Content
		}
	}
	return ""
}

// Results are the contents of all tool messages in order.
func (c *Conversation) Results() []string {
	var results []string
	for _, m := range c.Messages {
		if m.Role == "tool" {
			results = append(results, m.Content)
		}
	}
	return results
}

// Said tells whether an assistant message's text holds the words.
func (c *Conversation) Said(words string) bool { return c.in("assistant", words) }

// Seen tells whether a tool result holds the words.
func (c *Conversation) Seen(words string) bool { return c.in("tool", words) }

// Told tells whether a system, developer or user message holds the words.
func (c *Conversation) Told(words string) bool {
	return c.in("system", words) || c.in("developer", words) || c.in("user", words)
}

func (c *Conversation) in(role, words string) bool {
	for _, m := range c.Messages {
		if m.Role == role && strings.Contains(m.Content, words) {
			return true
		}
	}
	return false
}

// Called are the earlier calls of a tool with their results, oldest first; of
// all tools if the name is "".
func (c *Conversation) Called(tool string) []Exchange {
	var made []Exchange
	turn, open := 0, 0 // calls of the newest assistant message start at made[open]
	for _, m := range c.Messages {
		switch m.Role {
		case "assistant":
			open = len(made)
			for _, call := range m.Calls {
				made = append(made, Exchange{Call: call, Turn: turn})
			}
			turn++
		case "tool":
			for i := open; i < len(made); i++ {
				if made[i].ID == m.ToolCallID {
					made[i].Result = m.Content
				}
			}
		}
	}
	if tool == "" {
		return made
	}
	var of []Exchange
	for _, e := range made {
		if e.Name == tool {
			of = append(of, e)
		}
	}
	return of
}

// HasTool tells whether the tool may be called: it is offered, and tool_choice
// does not forbid calls.
func (c *Conversation) HasTool(name string) bool {
	if c.ToolChoice == "none" {
		return false
	}
	for i := range c.Tools {
		if c.Tools[i].Name == name {
			return true
		}
	}
	return false
}
