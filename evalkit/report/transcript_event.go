package report

import (
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// event prints one event, and the heading of its turn where a new one begins.
func (p *printer) event(index int, e transcript.Event) {
	p.heading(e)
	switch body := e.Body.(type) {
	case transcript.Message:
		p.mark(index, p.p.bold(Line(body.Role, 30)))
		p.block(body.Content, "│ ", 80, nil)
	case transcript.ModelCall:
		p.model(index, e, body)
	case transcript.ToolCall:
		p.tool(index, body)
	case transcript.FileChange:
		p.mark(index, p.p.yellow("file "+Line(changeText(body), 200)))
		p.block(body.Diff, "", 80, p.diffColour)
	case transcript.Snapshot:
		p.snapshot(index, body)
	case transcript.Fact:
		p.fact(index, body)
	case transcript.Machine:
		p.mark(index, p.p.red(Line(machineText(body), 300)))
	case transcript.Problem:
		p.mark(index, p.p.red("problem laid to "+Line(string(body.Whose), 20)))
		p.block(body.Text, "│ ", 24, nil)
	default:
		p.mark(index, p.p.yellow(Line(eventText(p.r, index), 300)))
	}
}

func (p *printer) heading(e transcript.Event) {
	if e.Turn == p.turn {
		return
	}
	p.turn = e.Turn
	if e.Turn == 0 {
		p.printf("\n%s\n", p.p.bold("start"))
		return
	}
	p.printf("\n%s  %s\n", p.p.bold(fmt.Sprintf("turn %d", e.Turn)), p.p.dim("at "+clock(e.At)))
}

// mark opens an event with its index.
func (p *printer) mark(index int, text string) {
	p.printf("  %s %s\n", p.p.dim(pad(fmt.Sprintf("[%d]", index), 5)), text)
}

const margin = "        "

// block prints lines of agent text behind a sign, at most most of them unless all are asked for.
func (p *printer) block(text, sign string, most int, colour func(string) string) {
	if text == "" {
		return
	}
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	head, tail := len(lines), len(lines)
	if !p.o.Full && len(lines) > most {
		head, tail = most*2/3, len(lines)-most/3
	}
	left := 0
	for i, line := range lines {
		if i >= head && i < tail {
			left += len(line) + 1
			if i == tail-1 {
				p.printf("%s%s\n", margin, p.p.dim(fmt.Sprintf("… %d lines (%d bytes) left out, --full shows them", tail-head, left)))
			}
			continue
		}
		line = Sanitize(line)
		if runes := []rune(line); !p.o.Full && len(runes) > lineMost {
			line = string(runes[:lineMost]) + fmt.Sprintf(" … %d more characters", len(runes)-lineMost)
		}
		if colour != nil {
			line = colour(line)
		}
		p.printf("%s\n", strings.TrimRight(margin+sign+line, " "))
	}
}

const lineMost = 400

func (p *printer) diffColour(line string) string {
	switch {
	case strings.HasPrefix(line, "-"):
		return p.p.red(line)
	case strings.HasPrefix(line, "+"):
		return p.p.green(line)
	case strings.HasPrefix(line, "@@"):
		return p.p.dim(line)
	}
	return line
}

// model prints an answer: how it came, reasoning, text, and calls that nothing came of.
func (p *printer) model(index int, e transcript.Event, c transcript.ModelCall) {
	if c.Error != "" {
		p.mark(index, p.p.red("no answer of the model"))
		p.block(c.Error, "│ ", 24, nil)
		return
	}
	facts := []string{"model", Elapsed(c.Took), plural(c.Usage.TotalTokens, "token")}
	if c.Attempts > 1 {
		facts = append(facts, fmt.Sprintf("%d attempts", c.Attempts))
	}
	if c.Finish != "" && c.Finish != "stop" && c.Finish != "tool_calls" {
		facts = append(facts, "finish reason "+Line(c.Finish, 40))
	}
	p.mark(index, p.p.bold(facts[0])+" "+p.p.dim(strings.Join(facts[1:], ", ")))
	if c.Reasoning != "" {
		p.printf("%s%s\n", margin, p.p.dim("reasoning"))
		p.block(c.Reasoning, "┆ ", 80, p.p.dim)
	}
	p.block(c.Content, "│ ", 80, nil)
	if c.Content == "" && len(c.Calls) == 0 {
		p.printf("%s%s\n", margin, p.p.dim("(said nothing, called nothing)"))
	}
	for _, call := range c.Calls {
		if !p.carriedOut(index, e.Turn, call) {
			p.printf("%s%s %s\n", margin, Line(call.Name, 60), p.p.yellow("was called, and never carried out"))
			p.arguments(call)
		}
	}
}

// carriedOut says whether a tool call of the turn answers the model's call.
func (p *printer) carriedOut(index, turn int, call transcript.Call) bool {
	for _, e := range p.r.Events[index+1:] {
		if e.Turn != turn {
			if p.r.Foreign == nil {
				return false
			}
			continue // an agent that helps has turns of its own in between
		}
		if c, ok := e.Body.(transcript.ToolCall); ok && c.ID == call.ID && c.Name == call.Name {
			return true
		}
	}
	return false
}
