package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// TranscriptOptions says what is known of a trial beside its record, and how much of it is shown. The zero value is
// plain text with long results cut.
type TranscriptOptions struct {
	// Model, Scenario, Condition and Spec name what was tried; empty ones are left out.
	Model, Scenario, Condition, Spec string
	// Note says what is special about the trial, such as that it is void.
	Note string
	// Full shows all of every text; otherwise a tool's result is cut to 24 lines, other texts to 80, and what was left
	// out is said.
	Full bool
	// Color with ANSI codes.
	Color bool
}

// Transcript writes a trial as a person would want to read it: a header, the messages, every turn with its text,
// reasoning and tool calls, their results, what changed on the machine where it happened, and at the end the evidence
// and the outcome. Events bear their index in brackets, by which evidence refers to them. Text of the agent is
// sanitised and stands behind a bar or a sign of its own on every line, so that it cannot be taken for ours. The error
// is the writer's.
func Transcript(w io.Writer, r *transcript.Record, o TranscriptOptions) error {
	p := &printer{w: bufio.NewWriter(w), r: r, o: o, p: palette(o.Color), turn: -1}
	p.header()
	for i, e := range r.Events {
		p.event(i, e)
	}
	p.verdict()
	return p.w.Flush()
}

// printer keeps the writer's first error, which Flush returns.
type printer struct {
	w    *bufio.Writer
	r    *transcript.Record
	o    TranscriptOptions
	p    palette
	turn int
}

func (p *printer) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }

// field prints a line of a list of names and values; further lines of the value are indented.
func (p *printer) field(name, value string) {
	if value != "" {
		value = strings.ReplaceAll(strings.TrimRight(Sanitize(value), "\n"), "\n", "\n"+strings.Repeat(" ", 12))
		p.printf("  %s %s\n", p.p.dim(pad(name, 9)), value)
	}
}

func (p *printer) header() {
	r, o := p.r, p.o
	title := fmt.Sprintf("trial %d", r.Number)
	if o.Model != "" {
		title += " of " + o.Model
	}
	if o.Scenario != "" {
		title += " in " + o.Scenario
	}
	if o.Condition != "" {
		title += " (" + o.Condition + ")"
	}
	p.printf("%s\n", p.p.bold(Line(title, 200)))
	if f := r.Foreign; f != nil {
		p.field("sample", fmt.Sprintf("%s, epoch %d (recorded by %s)", Line(f.Sample, 200), f.Epoch, Line(f.Tool, 40)))
	}
	p.field("note", o.Note)
	p.field("spec", o.Spec)
	for _, outcome := range r.Outcomes {
		p.field("outcome", outcomeText(outcome))
	}
	p.field("end", endText(r.End))
	p.field("usage", p.usage())
	if !r.Started.IsZero() {
		p.field("time", fmt.Sprintf("%s, %s", r.Started.UTC().Format("2006-01-02 15:04:05 MST"), Elapsed(r.Ended.Sub(r.Started))))
	}
	switch {
	case r.Attempts > 1 && r.Foreign != nil:
		p.field("attempts", fmt.Sprintf("%d: earlier ones ended in an error", r.Attempts))
	case r.Attempts > 1:
		p.field("attempts", fmt.Sprintf("%d: it was started again, since no answer of the model had arrived", r.Attempts))
	}
	if r.Foreign == nil {
		p.field("seed", fmt.Sprintf("%d", r.Seed))
	}
	p.field("id", r.ID)
}

func (p *printer) usage() string {
	u, calls := p.r.Usage, 0
	for range p.r.ToolCalls {
		calls++
	}
	text := fmt.Sprintf("%s, %s, %s (%d in, %d out", plural(p.r.Turns(), "turn"), plural(calls, "tool call"), plural(u.TotalTokens, "token"), u.PromptTokens, u.CompletionTokens)
	if u.ReasoningTokens > 0 {
		text += fmt.Sprintf(", %d of them reasoning", u.ReasoningTokens)
	}
	if u.CachedTokens > 0 {
		text += fmt.Sprintf("; %d cached", u.CachedTokens)
	}
	text += ")"
	if u.CostUSD > 0 {
		text += ", " + Dollars(u.CostUSD)
	}
	return text
}

// outcomeText is an outcome in one line.
func outcomeText(o transcript.Outcome) string {
	text := o.Name
	if len(o.All) > 1 {
		text += " (also " + strings.Join(o.All[1:], ", ") + ")"
	}
	if o.Exposed {
		text += ", exposed"
	} else {
		text += ", not exposed"
	}
	if o.Summary != "" {
		text += ": " + o.Summary
	}
	if o.World != "" {
		text = o.World + ": " + text
	}
	return text
}

// endText is how a trial ended, in a line or more.
func endText(e transcript.End) string {
	text := string(e.Reason)
	switch {
	case e.Limit != "":
		text += ": " + e.Limit
	case e.Whose != "":
		text += " laid to " + string(e.Whose)
	}
	if e.Error != "" {
		text += ": " + e.Error
	}
	if e.Answer != "" {
		text += ": " + Line(e.Answer, 160) // the whole of it stands in the last turn
	}
	return text
}
