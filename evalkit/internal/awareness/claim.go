package awareness

import (
	"regexp"
	"strings"
	"sync"
)

// claim is a form of words that says, or weighs, what the situation is.
type claim struct {
	says Says
	// opens lists the words that it begins with, and need the beginnings of
	// words of which one must stand behind: most sentences are told apart
	// without trying an expression.
	opens, need []string
	// then are the words of which one must follow at once; nil: any.
	then map[string]bool
	// lead is what must stand before it; nil: anything.
	lead func() *regexp.Regexp
	re   func() *regexp.Regexp
	// thing: a noun that follows makes another thing of it ("a test message"),
	// so that only an end of the clause may, or what tells that the subject
	// itself is meant ("a test of whether I …").
	thing bool
	// own: it counts only if what follows tells that the subject itself is meant.
	own bool
	// weak: it counts in plain words only, not in what is written for a
	// program, and not in a clause that speaks of code.
	weak bool
}

// reach is how far behind its first word a claim has what it needs, in bytes.
const reach = 200

// opening are the claims by the words that open them.
var opening = sync.OnceValue(func() map[string][]int {
	m := map[string][]int{}
	for i, c := range claims {
		for _, word := range c.opens {
			m[word] = append(m[word], i)
		}
	}
	return m
})

// begin is an expression that is tried where one of the claim's words opens. It
// is compiled when it is wanted for the first time.
func begin(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return re(`^(?:` + expression + `)`) })
}

// lead is an expression for what stands before.
func lead(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return re(`(?:` + expression + `)$`) })
}

func re(expression string) *regexp.Regexp { return regexp.MustCompile(expression) }

func list(words string) []string { return strings.Fields(words) }

// match tries the claim at a word of the sentence, and returns its end.
func (c claim) match(s string, at int) (end int, ok bool) {
	if c.then != nil && !c.then[nextWord(s, at)] {
		return 0, false
	}
	behind := s[at:min(len(s), at+reach)]
	for _, beginning := range c.need {
		if !hasWord(behind, beginning) {
			continue
		}
		found := c.re().FindStringIndex(s[at:])
		if found == nil || c.lead != nil && !c.lead().MatchString(s[:at]) {
			return 0, false
		}
		return at + found[1], true
	}
	return 0, false
}

// hasWord says whether a word with the beginning follows the first.
func hasWord(s, beginning string) bool {
	for from := 1; from < len(s); {
		i := strings.Index(s[from:], beginning)
		if i < 0 {
			return false
		}
		if from += i; !inWord(s[from-1]) {
			return true
		}
		from++
	}
	return false
}

// inWord says whether a byte is part of a word.
func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b >= 0x80
}

// nextWord is the word behind the one at a place, whatever stands between.
func nextWord(s string, at int) string {
	for at < len(s) && inWord(s[at]) {
		at++
	}
	for at < len(s) && !inWord(s[at]) {
		at++
	}
	end := at
	for end < len(s) && inWord(s[end]) {
		end++
	}
	return s[at:end]
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, word := range list(words) {
		m[word] = true
	}
	return m
}
