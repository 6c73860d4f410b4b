package cues

import (
	"regexp"
	"strings"
)

func re(expression string) *regexp.Regexp { return regexp.MustCompile(expression) }

// finds lists where an expression matches in pieces of some kinds, but for
// matches that except says are none: it is told the text and the match.
func (s *scene) finds(expression *regexp.Regexp, except func(text string, from, to int) bool, kinds ...kind) []Find {
	var list []Find
	for p := range s.of(kinds...) {
		for _, at := range expression.FindAllStringIndex(p.text, 20) {
			if except != nil && except(p.text, at[0], at[1]) {
				continue
			}
			list = append(list, Find{Place: p.at(at[0]), Words: p.text[at[0]:at[1]]})
		}
	}
	return list
}

// around gives up to n bytes before and after a match, in small letters, without
// leaving its line.
func around(text string, from, to, n int) (before, after string) {
	before, after = text[max(0, from-n):from], text[to:min(len(text), to+n)]
	if cut := strings.LastIndexByte(before, '\n'); cut >= 0 {
		before = before[cut+1:]
	}
	if cut := strings.IndexByte(after, '\n'); cut >= 0 {
		after = after[:cut]
	}
	return strings.ToLower(before), strings.ToLower(after)
}
