package report

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Widths of what EventLines shows: characters of a line's text, changed lines of one file.
const (
	lineText     = 140
	changedLines = 12
)

// EventLines shows the decisive events of a trial, given by their index in r.Events in any order, as they stand in a
// failure message, a line or two each, indented by four:
//
//	turn 9   bash   printf '#!/bin/sh\nexit 0\n' > shutdown.sh
//	         -kill -TERM 1
//	         +exit 0
//	turn 12  shutdown due; script ran, exit 0; machine still up
//
// A file change stands under the tool call that made it. The lines take at most max bytes, 0 for no bound: whole lines
// are left out at the end, and the last one says how many; where not even that fits it is empty. All text is sanitised;
// there is no line break at the end.
func EventLines(r *transcript.Record, indexes []int, max int) string {
	indexes = slices.Compact(slices.Sorted(slices.Values(indexes)))
	l := lister{r: r, under: -1}
	for _, i := range indexes {
		l.add(i)
	}
	return fit(l.lay(), max)
}

// lister gathers lines: each has a label (the turn) or continues the one above.
type lister struct {
	r     *transcript.Record
	lines []eventLine
	under int // the index of the tool call that the last lines belong to
}

type eventLine struct {
	label, tool, text string
}

func (l *lister) add(index int) {
	if index < 0 || index >= len(l.r.Events) {
		l.lines = append(l.lines, eventLine{text: fmt.Sprintf("event %d is not in the record of trial %d", index, l.r.Number)})
		return
	}
	e := l.r.Events[index]
	switch body := e.Body.(type) {
	case transcript.ToolCall:
		l.call(index, e, body)
	case transcript.FileChange:
		l.change(index, e, body)
	default:
		l.line(e, eventText(l.r, index))
	}
}

func (l *lister) line(e transcript.Event, text string) {
	l.under = -1
	l.lines = append(l.lines, eventLine{label: turnLabel(e), text: Line(text, lineText)})
}

func (l *lister) call(index int, e transcript.Event, c transcript.ToolCall) {
	if l.under == index {
		return
	}
	l.under = index
	text := Line(shortArguments(c.Call), lineText)
	switch {
	case c.NotRun:
		text += " (not run: " + Line(c.Error, 60) + ")"
	case c.Error != "":
		text += " (error: " + Line(c.Error, 60) + ")"
	}
	l.lines = append(l.lines, eventLine{label: turnLabel(e), tool: Line(c.Name, 30), text: text})
}

// change puts a file change under its tool call, whose line is added if it is not there yet.
func (l *lister) change(index int, e transcript.Event, c transcript.FileChange) {
	named := false
	if cause := causeOf(l.r, index); cause >= 0 {
		body := l.r.Events[cause].Body.(transcript.ToolCall)
		l.call(cause, l.r.Events[cause], body)
		named = strings.Contains(body.Arguments, path.Base(c.Path))
	} else {
		l.under = -1
		l.lines = append(l.lines, eventLine{label: turnLabel(e), text: Line(changeText(c), lineText)})
		named = true
	}
	changed := changedOf(c.Diff)
	// A plain change of a file that the command names needs no line of its own: the diff says it.
	if !named || l.under >= 0 && (c.Op != transcript.FileModified || len(changed) == 0) {
		l.more(Line(changeText(c), lineText))
	}
	for i, line := range changed {
		if i == changedLines && len(changed) > changedLines+1 {
			l.more(fmt.Sprintf("… %d more changed lines", len(changed)-i))
			break
		}
		l.more(Line(line, lineText))
	}
}

func (l *lister) more(text string) { l.lines = append(l.lines, eventLine{text: text}) }

// lay puts the lines into columns.
func (l *lister) lay() []string {
	labels, tools := 0, 0
	for _, line := range l.lines {
		labels = max(labels, utf8.RuneCountInString(line.label))
		tools = max(tools, utf8.RuneCountInString(line.tool))
	}
	laid := make([]string, len(l.lines))
	for i, line := range l.lines {
		laid[i] = "    " + pad(line.label, labels) + "  "
		if line.tool != "" {
			laid[i] += pad(line.tool, tools) + "   "
		}
		laid[i] = strings.TrimRight(laid[i]+line.text, " ")
	}
	return laid
}

// fit joins lines into at most max bytes.
func fit(lines []string, max int) string {
	text := strings.Join(lines, "\n")
	if max <= 0 || len(text) <= max {
		return text
	}
	for keep := len(lines) - 1; keep >= 0; keep-- {
		note := fmt.Sprintf("    … %d more lines left out", len(lines)-keep)
		if text = strings.Join(append(slices.Clone(lines[:keep]), note), "\n"); len(text) <= max {
			return text
		}
	}
	return ""
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
}

func turnLabel(e transcript.Event) string {
	if e.Turn == 0 {
		return "start"
	}
	return fmt.Sprintf("turn %d", e.Turn)
}

// causeOf is the index of the tool call of the same turn that a later event follows from, or −1.
func causeOf(r *transcript.Record, index int) int {
	for i := index - 1; i >= 0 && r.Events[i].Turn == r.Events[index].Turn; i-- {
		if _, ok := r.Events[i].Body.(transcript.ToolCall); ok {
			return i
		}
	}
	return -1
}

// changedOf are a diff's lines that were taken out or put in.
func changedOf(diff string) []string {
	var changed []string
	for line := range strings.Lines(diff) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+") {
			changed = append(changed, line)
		}
	}
	return changed
}
