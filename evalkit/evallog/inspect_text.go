package evallog

import (
	"strconv"
	"strings"
)

// factText is one line on an event that has no kind of ours.
func (d *sampleDecoder) factText(kind string, event []byte) string {
	field := map[string][]byte{}
	s := &scanner{data: event}
	s.object(func(key []byte) { field[string(key)] = s.skip() })
	text := func(name string) string { return d.line(field[name]) }
	switch kind {
	case "score":
		score := d.members(field["score"])
		return joined(" ", joined(": ", text("scorer"), d.line(score["value"])), joined("", "(", d.line(score["explanation"]), ")"))
	case "state", "store":
		return d.changes(field["changes"])
	case "logger":
		message := d.members(field["message"])
		return joined(": ", d.line(message["level"]), d.line(message["message"]))
	case "info":
		return joined(": ", text("source"), text("data"))
	case "model", "tool":
		return joined(" ", "of a scorer:", text(map[string]string{"model": "model", "tool": "function"}[kind]))
	case "subtask":
		return text("name")
	}
	var parts []string
	for _, name := range []string{"action", "decision", "approver", "reviewer", "source", "cmd", "file", "input", "message", "explanation"} {
		parts = append(parts, text(name))
	}
	return joined(" ", parts...)
}

// joined joins what is not empty. Of three parts that begin with a bracket nothing is left if there is nothing in it.
func joined(by string, parts ...string) string {
	if len(parts) == 3 && parts[0] == "(" && parts[1] == "" {
		return ""
	}
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, by)
}

// line is a value as text: a string as it is, anything else as its JSON.
func (d *sampleDecoder) line(span []byte) string {
	switch {
	case len(span) == 0 || string(span) == "null":
		return ""
	case span[0] == '"':
		s := &scanner{data: span}
		return cut(d.attached(s.str()), 400)
	}
	return cut(string(span), 400)
}

func (d *sampleDecoder) members(span []byte) map[string][]byte {
	field := map[string][]byte{}
	s := &scanner{data: orNull(span)}
	if s.peek() == '{' {
		s.object(func(key []byte) { field[string(key)] = s.skip() })
	}
	return field
}

// changes names what a JSON patch changes.
func (d *sampleDecoder) changes(span []byte) string {
	var list []string
	n := 0
	s := &scanner{data: orNull(span)}
	s.array(func() {
		change := d.members(s.skip())
		if n++; n <= 4 {
			list = append(list, joined(" ", d.line(change["op"]), d.line(change["path"])))
		}
	})
	if n > 4 {
		list = append(list, "and "+strconv.Itoa(n-4)+" more")
	}
	return strings.Join(list, ", ")
}
