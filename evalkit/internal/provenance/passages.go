package provenance

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// minWords in a row that no other source has, and minLetters of the source
	// that they take, are evidence.
	minWords   = 8
	minLetters = 40
	maxSnippet = 200
)

// passages finds the passages of known texts in a text.
func (ix *index) passages(text []byte) (hits []hit, full bool) {
	words := splitWords(nil, text)
	claims, full := ix.wordClaims(words)
	shares := settle(claims, func(c claim, from, to int64) int64 { return to - from })
	type tally struct {
		hit
		good       bool
		first, few int64
	}
	var tallies []*tally
	for i, c := range claims {
		if c.source == stockSource {
			continue
		}
		n := slices.IndexFunc(tallies, func(t *tally) bool { return t.source == c.source })
		if n < 0 {
			n = len(tallies)
			tallies = append(tallies, &tally{hit: hit{source: c.source}, first: -1})
		}
		t, src := tallies[n], ix.sources[c.source]
		r := src.wordRange(c.at, c.at+c.to-c.from)
		t.ranges = append(t.ranges, r)
		t.whole = t.whole || r == [2]int64{0, src.size}
		t.few += shares[i].few
		if shares[i].sole >= minWords && r[1]-r[0] >= minLetters {
			t.good = true
			if t.first < 0 {
				t.first = r[0]
			}
		}
	}
	for _, t := range tallies {
		src := ix.sources[t.source]
		near := t.few >= minWords && 5*t.few >= 4*int64(max(src.own, 1))
		if !t.good && !near {
			continue
		}
		if t.first < 0 {
			t.first = t.ranges[0][0]
		}
		t.snippet = snippet(src.bytes(t.first, 4*maxSnippet))
		hits = append(hits, t.hit)
	}
	return hits, full
}

// wordRange is the bytes of the words from..to with what stands between them and
// the next, so that ranges of words that follow each other touch.
func (s *source) wordRange(from, to int64) [2]int64 {
	r := [2]int64{int64(s.words[from].from), s.size}
	if from == 0 {
		r[0] = 0
	}
	if int(to) < len(s.words) {
		r[1] = int64(s.words[to].from)
	}
	return r
}

// wordClaims are the runs of five words and more that stand in a source, cut
// where the source begins or ends to quote.
func (ix *index) wordClaims(words []word) (claims []claim, full bool) {
	var open []claim
	var at []place
	shingles(words, func(i int, print uint64) {
		at = ix.words.places(at[:0], print)
		if len(at) == 0 {
			return
		}
		open = slices.DeleteFunc(open, func(c claim) bool { return c.to <= int64(i) })
		for _, p := range at {
			if len(open) == maxOpen {
				return
			}
			c := claim{source: p.source, from: int64(i), at: int64(p.at)}
			if slices.ContainsFunc(open, func(o claim) bool { return o.source == c.source && o.from-o.at == c.from-c.at }) {
				continue
			}
			known := stockWords()
			if p.source >= 0 {
				known = ix.sources[p.source].words
			}
			n := agreeWords(known[p.at:], words[i:])
			if n < shingle {
				continue
			}
			c.to = c.from + int64(n)
			open = append(open, c)
			if len(claims) >= maxClaims {
				full = true
				continue
			}
			claims = appendByQuote(claims, c, known)
		}
	})
	return claims, full
}

func agreeWords(a, b []word) int {
	n := 0
	for n < len(a) && n < len(b) && a[n].print == b[n].print {
		n++
	}
	return n
}

func appendByQuote(claims []claim, c claim, known []word) []claim {
	for c.from < c.to {
		part := c
		part.quoted = known[c.at].quoted
		n := int64(1)
		for c.from+n < c.to && known[c.at+n].quoted == part.quoted {
			n++
		}
		part.to = c.from + n
		claims = append(claims, part)
		c.from, c.at = c.from+n, c.at+n
	}
	return claims
}

// snippet is a text on one line, without control characters, of at most 200
// bytes.
func snippet(text []byte) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(text), " "))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxSnippet {
		return s
	}
	cut := maxSnippet - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func compareHits(a, b hit) int {
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.ranges[0][0], b.ranges[0][0]), cmp.Compare(a.snippet, b.snippet))
}
