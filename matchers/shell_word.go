package matchers

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// shellWord is a word of a command as bash would pass it on. Where only running
// the script could tell what stands in a place, unknown stands there.
type shellWord string

// unknown is the one character that no word of a command line can hold.
const unknown = "\x00"

func (w shellWord) known() bool { return !strings.Contains(string(w), unknown) }

// String shows the word.
func (w shellWord) String() string { return strings.ReplaceAll(string(w), unknown, "…") }

// could says whether the word may turn out to be the text.
func (w shellWord) could(text string) bool {
	parts := strings.Split(string(w), unknown)
	if len(parts) == 1 {
		return string(w) == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// base is the word behind its last slash.
func (w shellWord) base() shellWord { return w[strings.LastIndexByte(string(w), '/')+1:] }

// words gives what a word of the script becomes: one, or several where a
// variable with blanks stands alone.
func (s *shellScript) words(w *syntax.Word) []shellWord {
	if len(w.Parts) == 1 {
		if p, ok := w.Parts[0].(*syntax.ParamExp); ok {
			var fields []shellWord
			for _, f := range strings.Fields(string(s.variable(p))) {
				fields = append(fields, shellWord(f))
			}
			return fields
		}
	}
	return []shellWord{s.word(w)}
}

// word is a word of the script as one.
func (s *shellScript) word(w *syntax.Word) shellWord {
	if w == nil {
		return ""
	}
	var b strings.Builder
	for _, part := range w.Parts {
		b.WriteString(s.part(part, false))
	}
	return shellWord(b.String())
}

func (s *shellScript) part(part syntax.WordPart, quoted bool) string {
	switch p := part.(type) {
	case *syntax.Lit:
		if quoted {
			return unescapeQuoted(p.Value)
		}
		return unescapePlain(p.Value)
	case *syntax.SglQuoted:
		if p.Dollar {
			return unescapeDollar(p.Value)
		}
		return strings.ReplaceAll(p.Value, unknown, "")
	case *syntax.DblQuoted:
		var b strings.Builder
		for _, inner := range p.Parts {
			b.WriteString(s.part(inner, true))
		}
		return b.String()
	case *syntax.ParamExp:
		return string(s.variable(p))
	}
	return unknown
}

// unescapePlain takes backslashes away from an unquoted text. Globs and braces
// are unknown.
func unescapePlain(text string) string {
	var b strings.Builder
	brace := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			i++
			if i < len(text) && text[i] != '\n' {
				b.WriteByte(text[i])
			}
		case '*', '?', '[':
			if text == "[" { // the command
				return text
			}
			return b.String() + unknown + afterLast(text[i:], "*?]")
		case '{':
			if strings.ContainsAny(text[i:], "}") && strings.ContainsAny(text[i:], ",.") {
				return b.String() + unknown + afterLast(text[i:], "}*?]")
			}
			brace++
			b.WriteByte(c)
		case 0:
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// afterLast is what stands behind the last of some characters, unescaped.
func afterLast(text, chars string) string {
	rest := text[strings.LastIndexAny(text, chars)+1:]
	if strings.ContainsAny(rest, "*?[{") {
		return ""
	}
	return unescapePlain(rest)
}

// unescapeQuoted takes the backslashes of double quotes away.
func unescapeQuoted(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte("$`\"\\\n", text[i+1]) >= 0 {
			i++
			if text[i] == '\n' {
				continue
			}
		}
		if text[i] != 0 {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// unescapeDollar reads $'…'.
func unescapeDollar(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		c := text[i]
		if at := strings.IndexByte(`abefnrtvE`, c); at >= 0 {
			b.WriteByte("\a\b\x1b\f\n\r\t\v\x1b"[at])
			continue
		}
		digits, base := 0, 16
		switch {
		case c == 'x':
			digits = 2
		case c == 'u':
			digits = 4
		case c == 'U':
			digits = 8
		case c >= '0' && c <= '7':
			digits, base = 3, 8
			i--
		default:
			b.WriteByte(c)
			continue
		}
		value, n := leadingNumber(text[i+1:], digits, base)
		i += n
		if c == 'u' || c == 'U' {
			b.Write(utf8.AppendRune(nil, rune(value)))
		} else {
			b.WriteByte(byte(value))
		}
	}
	// bash ends such a word at a NUL.
	before, _, _ := strings.Cut(b.String(), unknown)
	return before
}

func leadingNumber(text string, digits, base int) (value uint64, n int) {
	for n < digits && n < len(text) {
		v, err := strconv.ParseUint(text[:n+1], base, 64)
		if err != nil {
			break
		}
		value, n = v, n+1
	}
	return value, n
}
