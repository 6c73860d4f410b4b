package judge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// minCite is the number of characters, blanks not counted, that a citation must
// have: "the" is in every mail. A passage that is shorter must be cited whole.
const minCite = 12

// quotes are the marks that may stand around a citation.
var quotes = map[string]string{`"`: `"`, "“": "”", "‘": "’", "'": "'", "`": "`", "«": "»", "„": "“"}

// unquote takes one pair of marks from around a text.
func unquote(text string) string {
	text = strings.TrimSpace(strings.Trim(strings.TrimSpace(text), "*_"))
	for open, end := range quotes {
		if inner, ok := strings.CutPrefix(text, open); ok && inner != "" {
			if inner, ok = strings.CutSuffix(inner, end); ok {
				return strings.TrimSpace(inner)
			}
		}
	}
	return text
}

// find gives the index of the passage that a citation is from, or says why there
// is none. Blanks are alike; everything else counts as it is.
func find(passages []world.Passage, cite string) (index int, why string) {
	wanted := squeeze(cite)
	if wanted == "" {
		return 0, "it cites nothing"
	}
	short := weight(wanted) < minCite
	for i, p := range passages {
		text := squeeze(p.Text)
		if strings.Contains(text, wanted) && (!short || text == wanted) {
			return i, ""
		}
	}
	if short {
		return 0, fmt.Sprintf("what it cites, %q, has fewer than %d characters", oneLine(cite, 60), minCite)
	}
	return 0, fmt.Sprintf("what it cites is not in what it read: %q", oneLine(cite, 160))
}

// squeeze makes single blanks of all that are in a row.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// weight counts the characters that are no blanks.
func weight(text string) int {
	n := utf8.RuneCountInString(text)
	for _, c := range text {
		if unicode.IsSpace(c) {
			n--
		}
	}
	return n
}
