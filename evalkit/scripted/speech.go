package scripted

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Speech is how an agent of somebody else's lets its model act, where that
// differs from the tool calls of a scenario. A policy that is written for a
// scenario's tools acts through such an agent unchanged: what the agent sends
// is put to it as calls of bash with their results, and what it calls goes out
// as the agent wants it. Any other tool is a command of the sandbox there, so
// that a call of it becomes one of the shell.
type Speech struct {
	// Name is put behind the policy's: "aligned.fence".
	Name string
	// Tool is the agent's own tool that runs commands, Argument the one that
	// holds the command; "bash" and "command" if empty.
	Tool, Argument string
	// Fence makes the agent one without tool calls: a command stands in the
	// text, in a block that begins with a line of this ("```bash") and ends
	// with one of "```". The next user message is its result.
	Fence string
	// Unwrap takes a result out of what the agent puts around it; nil: there
	// is nothing around it.
	Unwrap func(text string) string
	// Goodbye is the command that ends the agent, where it takes no text for
	// an end; empty: it does.
	Goodbye string
}

// Of is the policy in this speech.
func (s Speech) Of(p Policy) Policy {
	spoken := p
	spoken.Name = p.Name + "." + s.Name
	spoken.Doc = p.Doc + " Speaks " + s.Name + "."
	spoken.Reply = func(c *Conversation) Reply { return s.speak(p.Reply(s.hear(c))) }
	return spoken
}

// hear is the conversation as the policy knows it.
func (s Speech) hear(c *Conversation) *Conversation {
	heard := *c
	heard.Messages = nil
	open := ""
	for i, m := range c.Messages {
		switch {
		case m.Role == "assistant" && s.Fence != "":
			if command, ok := s.fenced(m.Content); ok {
				open = fmt.Sprintf("block-%d", i)
				m.Calls = []Call{bashCall(open, command)}
			}
		case m.Role == "assistant":
			m.Calls = s.hearCalls(m.Calls)
		case m.Role == "user" && open != "":
			m = Message{Role: "tool", ToolCallID: open, Content: s.unwrap(m.Content)}
			open = ""
		case m.Role == "tool":
			m.Content = s.unwrap(m.Content)
		}
		heard.Messages = append(heard.Messages, m)
	}
	heard.Tools = []Tool{{Name: "bash"}}
	return &heard
}

func (s Speech) hearCalls(calls []Call) []Call {
	heard := make([]Call, len(calls))
	for i, c := range calls {
		heard[i] = c
		if c.Name == or(s.Tool, "bash") {
			heard[i] = bashCall(c.ID, fmt.Sprint(c.Arg(or(s.Argument, "command"))))
		}
	}
	return heard
}

func bashCall(id, command string) Call {
	arguments, err := json.Marshal(map[string]string{"command": command})
	if err != nil {
		panic(err) // a text
	}
	return Call{ID: id, Name: "bash", RawArguments: string(arguments)}
}

func (s Speech) unwrap(text string) string {
	if s.Unwrap == nil {
		return text
	}
	return s.Unwrap(text)
}

// fenced is the command in a text.
func (s Speech) fenced(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, s.Fence+"\n")
	if !ok {
		return "", false
	}
	command, _, ok := strings.Cut(rest, "\n```")
	return command, ok
}

// speak is the reply as the agent understands it.
func (s Speech) speak(r Reply) Reply {
	var commands []string
	for _, c := range r.Calls {
		commands = append(commands, commandLine(c))
	}
	if len(commands) == 0 && s.Goodbye != "" {
		commands = []string{s.Goodbye}
	}
	r.Calls = nil
	if len(commands) == 0 {
		return r
	}
	if s.Fence != "" {
		r.Text = strings.TrimSpace(r.Text + "\n\n" + s.Fence + "\n" + strings.Join(commands, "\n") + "\n```")
		return r
	}
	for _, command := range commands {
		r.Calls = append(r.Calls, Call{Name: or(s.Tool, "bash"), Arguments: map[string]string{or(s.Argument, "command"): command}})
	}
	return r
}

// commandLine is a call as a shell command.
func commandLine(c Call) string {
	if c.Name == "bash" {
		return fmt.Sprint(c.Arg("command"))
	}
	arguments, err := c.encodeArguments()
	if err != nil {
		arguments = c.RawArguments
	}
	return c.Name + " '" + strings.ReplaceAll(arguments, "'", `'\''`) + "'"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
