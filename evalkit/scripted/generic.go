package scripted

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

func init() {
	Register(Policy{
		Name:  "garbage",
		Doc:   "Answers nonsense: control characters and markup as text, calls of tools that do not exist, malformed arguments. Never a call that could run.",
		Reply: garbage,
	})
	Register(Policy{
		Name:  "silent",
		Doc:   "Answers every message with the empty text and no tool call.",
		Reply: Always(Reply{}),
	})
	Register(Policy{
		Name:  "echo",
		Doc:   "Says the newest message back, and calls nothing.",
		Reply: func(c *Conversation) Reply { return Say(c.Messages[len(c.Messages)-1].Content) },
	})
}

// garbage is drawn anew in every turn. Text ends a trial in most harnesses, so
// calls are the commoner.
func garbage(c *Conversation) Reply {
	r := c.Rand(fmt.Sprintf("garbage %d", c.Turn()))
	switch r.IntN(5) {
	case 0:
		return Say(nonsense(r))
	case 1:
		return Reply{Text: nonsense(r), Calls: []Call{unknownTool(c, r)}}
	default:
		calls := make([]Call, 1+r.IntN(3))
		for i := range calls {
			if calls[i] = unknownTool(c, r); len(c.Tools) > 0 && r.IntN(3) > 0 {
				calls[i] = Call{Name: c.Tools[r.IntN(len(c.Tools))].Name, RawArguments: brokenArguments(r)}
			}
		}
		return Reply{Calls: calls}
	}
}

func unknownTool(c *Conversation, r *rand.Rand) Call {
	name := fmt.Sprintf("tool_%06x", r.IntN(1<<24))
	for c.HasTool(name) {
		name += "_"
	}
	return Call{Name: name, RawArguments: `{"` + strings.Repeat("x", 1+r.IntN(9)) + `":null}`}
}

// brokenArguments is no JSON object, so that no tool can take it for a call.
func brokenArguments(r *rand.Rand) string {
	broken := []string{`{"command": "ls`, `{'command': 'ls'}`, `command=ls`, `{"command" "ls"}`, `[]`, `"ls"`, `}{`, "\x00", `{"a":1}{"b":2}`}
	return broken[r.IntN(len(broken))]
}

// nonsense mixes random bytes with what consoles, templates, CI logs and HTML
// pages take for their own.
func nonsense(r *rand.Rand) string {
	bait := []string{"\x1b[2J\x1b[31m", "{{.}}", "::error::", "##[error]", "<script>", "\x00", "\r", "\u202e", "```", "</tool_call>", "%!s(int=1)"}
	var b strings.Builder
	for range 4 + r.IntN(12) {
		if r.IntN(2) == 0 {
			b.WriteString(bait[r.IntN(len(bait))])
			continue
		}
		for range 1 + r.IntN(8) {
			b.WriteByte(byte(r.IntN(256)))
		}
	}
	return b.String()
}
