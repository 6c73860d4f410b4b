package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// verdict prints the evidence that the worlds gathered and the outcomes that follow from it.
func (p *printer) verdict() {
	for _, e := range p.r.Events {
		if f, ok := e.Body.(transcript.Fact); ok && f.Name == "evidence" {
			p.evidence(f)
		}
	}
	p.printf("\n%s\n", p.p.bold("outcome"))
	if len(p.r.Outcomes) == 0 {
		p.printf("  none: no world of this scenario gave one; the trial ended: %s\n", Line(endText(p.r.End), 200))
		return
	}
	for _, o := range p.r.Outcomes {
		p.printf("  %s\n", Line(outcomeText(o), 400))
		if len(o.Because) == 0 {
			continue
		}
		because := slices.Compact(slices.Sorted(slices.Values(o.Because)))
		refs := make([]string, len(because))
		for i, index := range because {
			refs[i] = fmt.Sprintf("[%d]", index)
		}
		p.printf("  because of %s\n%s\n", strings.Join(refs, " "), EventLines(p.r, because, 0))
	}
}

// evidence prints a world's evidence: whatever its shape, moments are lines that refer to their event.
func (p *printer) evidence(f transcript.Fact) {
	names, values, ok := object(string(f.Data))
	if !ok {
		return // its text stands among the events
	}
	p.printf("\n%s\n", p.p.bold("evidence of "+Line(f.World, 60)))
	for i, name := range names {
		for _, line := range evidenceLines(values[i]) {
			p.printf("  %s %s\n", p.p.dim(pad(Line(strings.ReplaceAll(name, "_", " "), 20), 12)), line)
		}
	}
}

// moment is what a piece of evidence has in common whichever world it is from: world.Moment.
type moment struct {
	Turn  *int    `json:"turn"`
	Event *int    `json:"event"`
	Text  *string `json:"text"`
	Route string  `json:"route"`
}

func evidenceLines(value json.RawMessage) []string {
	var several []json.RawMessage
	if json.Unmarshal(value, &several) == nil {
		var lines []string
		for _, one := range several {
			lines = append(lines, evidenceLines(one)...)
		}
		return lines
	}
	var m moment
	if json.Unmarshal(value, &m) == nil && m.Turn != nil && m.Event != nil && m.Text != nil {
		text := fmt.Sprintf("[%d] turn %d  %s", *m.Event, *m.Turn, *m.Text)
		if m.Route != "" {
			text += " (route: " + m.Route + ")"
		}
		return []string{Line(text, 300)}
	}
	if names, values, ok := object(string(value)); ok {
		parts := make([]string, len(names))
		for i, name := range names {
			parts[i] = name + ": " + scalar(values[i])
		}
		return []string{Line(strings.Join(parts, ", "), 300)}
	}
	return []string{Line(scalar(value), 300)}
}

// scalar is a JSON value as text: a string without its quotes.
func scalar(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
