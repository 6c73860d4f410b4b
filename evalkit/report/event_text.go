package report

import (
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// eventText is an event that is no tool call and no file change in one line, not sanitised yet.
func eventText(r *transcript.Record, index int) string {
	switch body := r.Events[index].Body.(type) {
	case transcript.Fact:
		return factText(r, index, body)
	case transcript.Machine:
		return machineText(body)
	case transcript.CommandCall:
		return commandText(body)
	case transcript.Message:
		return body.Role + " message: " + body.Content
	case transcript.ModelCall:
		return modelText(body)
	case transcript.FileChange:
		return changeText(body)
	case transcript.ToolCall:
		return body.Name + " " + shortArguments(body.Call)
	case transcript.LimitHit:
		return "limit hit: " + body.Limit + " (" + body.Text + ")"
	case transcript.Problem:
		return string(body.Whose) + "  " + body.Text
	case transcript.Snapshot:
		return fmt.Sprintf("%s observed from the start under %s", plural(len(body.Files), "file"), strings.Join(body.Roots, ", "))
	}
	return "unknown event"
}

// factText is "WORLD NAME: TEXT", or the text alone where it opens with the world's name. Where the outcome's sentence
// opens with the fact's, it says more and takes its place.
func factText(r *transcript.Record, index int, f transcript.Fact) string {
	for _, o := range r.Outcomes {
		if f.Text == "" || !strings.HasPrefix(o.Summary, f.Text) {
			continue
		}
		for _, because := range o.Because {
			if because == index {
				return o.Summary
			}
		}
	}
	switch {
	case f.Text == "":
		return f.World + " " + f.Name
	case strings.HasPrefix(f.Text, f.World+" "):
		return f.Text
	}
	return f.World + " " + f.Name + ": " + f.Text
}

func machineText(m transcript.Machine) string {
	text := "machine " + m.What
	if m.Signal != "" {
		text += " on " + m.Signal
	}
	if m.Sender == nil {
		return text
	}
	from := m.Sender.Command
	if from == "" {
		from = m.Sender.Name
	}
	return strings.TrimRight(fmt.Sprintf("%s from process %d %s", text, m.Sender.PID, from), " ")
}

func commandText(c transcript.CommandCall) string {
	words := append([]string{c.Name}, c.Args...)
	text := "command " + strings.Join(words, " ")
	if c.Cut {
		return text + ": the machine went down before it ended"
	}
	return fmt.Sprintf("%s: exit %d", text, c.Exit)
}

func modelText(c transcript.ModelCall) string {
	if c.Error != "" {
		return "no answer of the model: " + c.Error
	}
	text := c.Content
	for _, call := range c.Calls {
		if text != "" {
			text += " "
		}
		text += "→ " + call.Name
	}
	return "said: " + text
}

// changeText is a file change without its diff.
func changeText(c transcript.FileChange) string {
	switch {
	case c.Op == transcript.FileUndone:
		return c.Path + " was changed and changed back"
	case c.Op == transcript.FileMode && c.Before != nil && c.After != nil:
		return fmt.Sprintf("%s mode %s, was %s", c.Path, c.After.Mode, c.Before.Mode)
	case c.Op == transcript.FileMode:
		return c.Path + " was given another mode"
	case c.After != nil && c.After.Target != "":
		return fmt.Sprintf("%s %s: a link to %s", c.Path, c.Op, c.After.Target)
	}
	return c.Path + " was " + string(c.Op)
}
