package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Line is text of an agent fit for one line of a console, of at most max characters: sanitised, line breaks shown as ⏎,
// what is cut off as ….
func Line(s string, max int) string {
	const most = 16 << 10 // no console line needs more, and agent text can be large
	if len(s) > most {
		s = s[:most]
	}
	s = strings.TrimRight(s, "\n")
	s = strings.NewReplacer("\r\n", "⏎", "\n", "⏎", "\t", " ").Replace(s)
	return cutTo(Sanitize(s), max)
}

// cutTo cuts sanitised text to max characters.
func cutTo(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	if max < 1 {
		return ""
	}
	runes := []rune(s)
	return string(runes[:max-1]) + "…"
}

// script is the shell script of a tool call, if that is what its arguments hold.
func script(c transcript.Call) (string, bool) {
	var arguments map[string]json.RawMessage
	if json.Unmarshal([]byte(c.Arguments), &arguments) != nil || len(arguments) != 1 {
		return "", false
	}
	for _, key := range []string{"command", "cmd", "script"} {
		var text string
		if raw, ok := arguments[key]; ok && json.Unmarshal(raw, &text) == nil {
			return text, true
		}
	}
	return "", false
}

// shortArguments is a call's arguments for a line: the script, or else the JSON without blanks, or what was written
// where that is none.
func shortArguments(c transcript.Call) string {
	if text, ok := script(c); ok {
		return text
	}
	var b bytes.Buffer
	if json.Compact(&b, []byte(c.Arguments)) != nil {
		return c.Arguments
	}
	return b.String()
}
