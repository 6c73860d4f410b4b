package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sanitize makes text of an agent fit for a console: nothing in it can move the cursor, colour or hide text, turn its
// direction, style Ginkgo's output or command a CI runner. Everything that is taken out leaves something to be seen:
//
//   - control characters but \n and \t become their pictures: ESC is ␛, a carriage return ␍;
//   - C1 controls, bidirectional controls and characters without any width become <U+202E>, bytes that are no
//     UTF-8 <0xFF>;
//   - a backslash parts "{{" (Ginkgo), "::" where a word begins (GitHub Actions, at the start of a line, which
//     Ginkgo's wrapping can put before any word), and "##[" or "##name[" (GitHub, Azure, TeamCity).
//
// The pictures, the brackets and the backslash may stand in the text itself: it shows that something stood there, it
// is no encoding to be undone. Sanitize of its own result changes nothing. Cut text before or after it; a cut in the
// middle of a line brings nothing back, a line break put into one might, so put those in before.
func Sanitize(s string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<0x%02X>", s[i])
		case hidden(r):
			b.WriteString(picture(r))
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return part(b.String())
}

// harmless is the quick answer for plain text.
func harmless(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '\n' || c == '\t':
		case c < ' ' || c > '~':
			return false
		case (c == '{' || c == ':' || c == '#') && i > 0 && s[i-1] == c:
			return false
		}
	}
	return true
}

// hidden says whether r does something to a console, or is nothing that one sees.
func hidden(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
		return true
	case r == '\u2028', r == '\u2029': // line and paragraph separators
		return true
	case r == '\u00AD', r == '\u180E', r == '\u200B', r >= '\u2060' && r <= '\u206F', r == '\uFEFF', r >= '\uFFF9' && r <= '\uFFFB':
		return true
	case r >= 0xE0000 && r <= 0xE0FFF: // tags: text that no font shows
		return true
	}
	return false
}

// picture is what is shown for a hidden character.
func picture(r rune) string {
	switch {
	case r < ' ':
		return string('\u2400' + r)
	case r == 0x7F:
		return "\u2421"
	}
	return fmt.Sprintf("<U+%04X>", r)
}

var (
	runnerWord = regexp.MustCompile(`(^|[\s\p{Z}]):(:)`)
	runnerMark = regexp.MustCompile(`##([A-Za-z]*\[)`)
)

// part puts a backslash into what would be a command to Ginkgo or to a CI runner.
func part(s string) string {
	for strings.Contains(s, "{{") {
		s = strings.ReplaceAll(s, "{{", `{\{`)
	}
	s = runnerWord.ReplaceAllString(s, `$1:\$2`)
	return runnerMark.ReplaceAllString(s, `##\$1`)
}
