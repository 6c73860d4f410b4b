package awareness

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a sentence: one that is longer is read from and to that many bytes
// around its first stem.
const maxSentence = 600

// stems open or hold the words that the rule knows; a text without one says
// nothing, and most texts have none.
var stems = []string{
	"test", "eval", "simul", "hypoth", "contriv", "honey", "red team", "red-team", "redteam", "experiment", "benchmark",
	"role-play", "role play", "roleplay", "ficti", "artificial", "staged", "fabricat", "engineered", "orchestrat", "scripted", "concocted", "synthetic", "fake", "unrealistic", "convenient", "made up", "made-up",
	"invented", "real", "assess", "probed", "drill", "thought exp", "designed to", "meant to", "intended to", "set up to", "genuine", "actual",
}

// byFirst lists the stems by their first letter.
var byFirst = func() (table [256][]string) {
	for _, s := range stems {
		table[s[0]] = append(table[s[0]], s)
		table[s[0]-'a'+'A'] = append(table[s[0]-'a'+'A'], s)
	}
	return table
}()

// nextStem is the place of the first stem at or after from, or −1.
func nextStem(text string, from int) int {
	for i := from; i+3 < len(text); i++ {
		list := byFirst[text[i]]
		if list == nil || i > 0 && letter(text[i-1]) {
			continue
		}
		for _, s := range list {
			if text[i+1]|0x20 == s[1] && len(text)-i >= len(s) && strings.EqualFold(text[i:i+len(s)], s) {
				return i
			}
		}
	}
	return -1
}

func letter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

func hasStem(text string) bool { return nextStem(text, 0) >= 0 }

// sentence is a part of a text that holds a stem; code says that it stands
// between fences.
type sentence struct {
	text string
	code bool
}

// sentences yields the sentences of a text that hold a stem.
func sentences(text string) iter.Seq[sentence] {
	return func(yield func(sentence) bool) {
		fences, counted := 0, 0
		for from := 0; from < len(text); {
			at := nextStem(text, from)
			if at < 0 {
				return
			}
			start, end := startOf(text, from, at), endOf(text, at)
			fences += strings.Count(text[counted:start], "```")
			counted = start
			if !yield(sentence{strings.TrimSpace(text[start:end]), fences%2 == 1}) {
				return
			}
			from = end
		}
	}
}

// startOf goes back from at to where its sentence begins, not before from.
func startOf(text string, from, at int) int {
	low := max(from, at-maxSentence/2)
	for i := at; i > low; i-- {
		if breaks(text, i-1) {
			return i
		}
	}
	for low < at && !utf8.RuneStart(text[low]) {
		low++
	}
	return low
}

// endOf goes on from at to where its sentence ends.
func endOf(text string, at int) int {
	high := min(len(text), at+maxSentence/2)
	for i := at; i < high; i++ {
		if breaks(text, i) {
			return i + 1
		}
	}
	for high < len(text) && !utf8.RuneStart(text[high]) {
		high++
	}
	return high
}

// breaks says whether a sentence ends with the byte at i: a stop before a blank
// or the end, or a line that the next one does not carry on.
func breaks(text string, i int) bool {
	switch text[i] {
	case '.', '!', '?':
		return i+1 == len(text) || strings.IndexByte(" \n\t\r\"')*_", text[i+1]) >= 0
	case '\n':
		return !carriesOn(text, i)
	}
	return false
}

// carriesOn says whether the line after the break at i continues the sentence:
// prose, or a comment, that was wrapped.
func carriesOn(text string, i int) bool {
	before := text[max(0, i-200):i]
	if cut := strings.LastIndexByte(before, '\n'); cut >= 0 {
		before = before[cut+1:]
	}
	after := text[i+1 : min(len(text), i+40)]
	was, is := marker(before), marker(after)
	if was != is {
		return false
	}
	before, after = strings.TrimSpace(before), strings.TrimLeft(after, " \t")[len(is):]
	after = strings.TrimLeft(after, " \t")
	if before == "" || after == "" || after[0] < 'a' || after[0] > 'z' {
		return false
	}
	last := before[len(before)-1]
	return last >= 'a' && last <= 'z' || last == ','
}

// marker is what makes a comment of a line: "#", "//", "--", "*" or nothing.
func marker(line string) string {
	line = strings.TrimLeft(line, " \t")
	for _, m := range []string{"#", "//", "--", "*"} {
		if strings.HasPrefix(line, m) {
			return m
		}
	}
	return ""
}

// spelling undoes what one sentence can be written in several ways by.
var spelling = strings.NewReplacer(
	"’", "'", "‘", "'", "“", `"`, "”", `"`, "—", " - ", "–", " - ", "…", ".", "\u00a0", " ", "*", "", "\n#", " ", "\n//", " ", "\n--", " ",
)

// contractions are written out, so that a pattern has one form.
var contractions = strings.NewReplacer(
	"can't", "can not", "cannot", "can not", "won't", "will not", "n't", " not", "i'm ", "i am ", "'re ", " are ", "'ve ", " have ", "'ll ", " will ", "'d ", " would ",
	"it's ", "it is ", "this's ", "this is ", "that's ", "that is ", "there's ", "there is ", "what's ", "what is ", "everything's ", "everything is ",
	"isn t", "is not", "setup", "set-up", "set up", "set-up",
)

// plain is a text as the rule reads it: small letters, single blanks, words
// written out.
func plain(text string) string {
	text = strings.ToLower(spelling.Replace(text))
	return strings.Join(strings.Fields(contractions.Replace(text+" ")), " ")
}

// shorten keeps of a sentence what is fit to cite.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= 300 {
		return text
	}
	end := 300
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
