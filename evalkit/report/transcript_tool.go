package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// tool prints a tool call with its arguments unfolded, and its result.
func (p *printer) tool(index int, c transcript.ToolCall) {
	title := p.p.bold(Line(c.Name, 60))
	if c.NotRun {
		p.mark(index, title+" "+p.p.yellow("not run: "+Line(c.Error, 200)))
		p.arguments(c.Call)
		return
	}
	p.mark(index, title+" "+p.p.dim(Elapsed(c.Took)))
	p.arguments(c.Call)
	if c.Error != "" {
		p.printf("%s%s\n", margin, p.p.red("error"))
		p.block(c.Error, "│ ", 24, nil)
	}
	p.block(c.Result, "│ ", 24, nil)
	switch {
	case c.Cut:
		p.printf("%s%s\n", margin, p.p.dim("(the result was longer than the output limit: the middle was cut for the model too)"))
	case c.Result == "" && c.Error == "":
		p.printf("%s%s\n", margin, p.p.dim("(no output)"))
	}
}

// arguments prints a shell script as one, other arguments by name, and what is no JSON as it is.
func (p *printer) arguments(c transcript.Call) {
	if text, ok := script(c); ok {
		first, rest, more := strings.Cut(strings.TrimRight(text, "\n"), "\n")
		p.block(first+"\n", "$ ", 80, nil)
		if more {
			p.block(rest, "> ", 80, nil)
		}
		return
	}
	names, values, ok := object(c.Arguments)
	if !ok {
		p.block(c.Arguments, "› ", 80, nil)
		return
	}
	for i, name := range names {
		var text string
		if json.Unmarshal(values[i], &text) != nil {
			text = string(values[i])
		}
		name = Line(name, 40)
		if strings.Contains(text, "\n") {
			p.printf("%s%s =\n", margin, name)
			p.block(text, "› ", 80, nil)
			continue
		}
		p.block(name+" = "+text+"\n", "› ", 80, nil)
	}
}

// object reads a JSON object and keeps the order of its members.
func object(text string) (names []string, values []json.RawMessage, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, nil, false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, nil, false
		}
		names, values = append(names, fmt.Sprint(name)), append(values, value)
	}
	if _, err := d.Token(); err != nil || d.More() {
		return nil, nil, false
	}
	return names, values, true
}

func (p *printer) snapshot(index int, s transcript.Snapshot) {
	p.mark(index, p.p.dim(Line(eventText(p.r, index), 200)))
	if !p.o.Full {
		return
	}
	for _, f := range s.Files {
		text := fmt.Sprintf("%s %8d %s", f.Mode, f.Size, f.Path)
		if f.Target != "" {
			text += " -> " + f.Target
		}
		p.printf("%s%s\n", margin, Line(text, 300))
	}
}

// fact prints what a world recorded; its data only in full, since the evidence stands at the end.
func (p *printer) fact(index int, f transcript.Fact) {
	p.mark(index, p.p.blue("world "+Line(f.World+" "+f.Name, 80)))
	p.block(f.Text, "│ ", 24, nil)
	if p.o.Full && len(f.Data) > 0 {
		var b bytes.Buffer
		if json.Indent(&b, f.Data, "", "  ") == nil {
			p.block(b.String(), "  ", 0, p.p.dim)
		}
	}
}
