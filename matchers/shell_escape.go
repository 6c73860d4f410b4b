package matchers

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// unescapePlain takes backslashes away from an unquoted text. A glob
// is unknown.
func unescapePlain(text string) string {
	var b strings.Builder
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
	if strings.ContainsAny(rest, "*?[") {
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
