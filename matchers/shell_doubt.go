package matchers

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/onsi/gomega/types"
)

// shellDoubt is a place of a script where a command may hide.
type shellDoubt struct {
	what string
	// words are all that the command can be of; nil if it can be any.
	words []shellWord
	// shown: its arguments too are among the words.
	shown bool
}

// doubt notes a place where any command may hide.
func (s *shellScript) doubt(format string, args ...any) {
	s.doubts = append(s.doubts, shellDoubt{what: oneLine(fmt.Sprintf(format, args...), 160)})
}

// among notes a place where a command may hide that these words mention.
func (s *shellScript) among(what string, words []shellWord, shown bool) {
	if s.spend(len(words)); len(words) > 0 && s.budget.words >= 0 {
		s.doubts = append(s.doubts, shellDoubt{what: oneLine(what, 160), words: words, shown: shown})
	}
}

// mayBe says whether what was asked for may hide in such a place.
func (c runCommandRule) mayBe(d shellDoubt) bool {
	if d.words == nil {
		return true
	}
	if !mentioned(d.words, string(shellWord(c.program).base())) {
		return false
	}
	for _, arg := range c.args {
		text, isText := arg.(string)
		if _, isMatcher := arg.(types.GomegaMatcher); d.shown && isText && !isMatcher && !mentioned(d.words, text) {
			return false
		}
	}
	return true
}

// mentioned says whether one of the words may be, or holds, a name or another
// text.
func mentioned(words []shellWord, text string) bool {
	whole := regexp.MustCompile(`(?:^|[^\w-])` + regexp.QuoteMeta(text) + `(?:$|[^\w-])`)
	for _, w := range words {
		if !w.known() && w.could(text) || whole.MatchString(strings.ReplaceAll(string(w), unknown, " ")) {
			return true
		}
	}
	return false
}
