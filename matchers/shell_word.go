package matchers

import (
	"strings"

	"mvdan.cc/sh/v3/expand"
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

// fields gives the words that a word of the script becomes, and whether there
// may be others: where what an unquoted expansion gives is not known, or a list.
func (s *shellScript) fields(w *syntax.Word) (words []shellWord, more bool) {
	if s.budget.words < 0 {
		return []shellWord{unknown}, true
	}
	list, ok := braces(w)
	if !ok {
		s.spend(maxBraceWords)
		return []shellWord{unknown}, true
	}
	for _, w := range list {
		b := fieldBuilder{}
		for _, part := range w.Parts {
			s.split(part, &b)
		}
		b.cut()
		words, more = append(words, b.done...), more || b.more
		if s.spend(len(b.done)); s.budget.words < 0 {
			return append(words, unknown), true
		}
	}
	return words, more
}

// Bounds of the braces of one word, and of the words that they make.
const maxBraces, maxBraceWords = 8, 256

// braces expands the braces of a word; not ok if they make too many words.
func braces(w *syntax.Word) (list []*syntax.Word, ok bool) {
	open := 0
	for _, part := range w.Parts {
		if lit, ok := part.(*syntax.Lit); ok {
			open += strings.Count(lit.Value, "{")
		}
	}
	if open > maxBraceWords {
		return nil, false // most may be no braces: splitting them takes long
	}
	split := *w // syntax.Walk knows no braces
	if !syntax.SplitBraces(&split) {
		return []*syntax.Word{w}, true
	}
	if countBraces(&split) > maxBraces {
		return nil, false
	}
	for word, err := range expand.BracesSeq(nil, &split) {
		if err != nil || len(list) >= maxBraceWords {
			return nil, false
		}
		list = append(list, word)
	}
	return list, true
}

func countBraces(w *syntax.Word) int {
	count := 0
	for _, part := range w.Parts {
		if b, ok := part.(*syntax.BraceExp); ok {
			count++
			for _, e := range b.Elems {
				count += countBraces(e)
			}
		}
	}
	return count
}

// fieldBuilder puts the words together that one word of the script becomes.
type fieldBuilder struct {
	done []shellWord
	now  strings.Builder
	open bool
	more bool
}

func (b *fieldBuilder) add(text string) {
	b.now.WriteString(text)
	b.open = true
}

func (b *fieldBuilder) cut() {
	if b.open {
		b.done = append(b.done, shellWord(b.now.String()))
	}
	b.now.Reset()
	b.open = false
}

// list adds words, the first to what stands there.
func (b *fieldBuilder) list(words []shellWord) {
	for i, w := range words {
		if i > 0 {
			b.cut()
		}
		b.add(string(w))
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }

// split adds a part of a word as bash does: what an unquoted expansion gives is
// cut at its blanks.
func (s *shellScript) split(part syntax.WordPart, b *fieldBuilder) {
	switch p := part.(type) {
	case *syntax.Lit:
		text := unescapePlain(p.Value)
		b.add(text)
		b.more = b.more || strings.Contains(text, unknown) // a glob
	case *syntax.SglQuoted, *syntax.ArithmExp, *syntax.ProcSubst:
		b.add(s.part(part, false))
	case *syntax.DblQuoted:
		s.splitQuoted(p, b)
	case *syntax.ParamExp:
		v := s.value(p)
		for i, w := range v.words {
			if i > 0 {
				b.cut()
			}
			s.splitValue(w, v.number, b)
		}
		if !v.known {
			b.add(unknown)
			b.more = b.more || !v.number
		}
	default:
		b.add(unknown)
		b.more = true
	}
}

func (s *shellScript) splitValue(w shellWord, number bool, b *fieldBuilder) {
	text := string(w)
	if !w.known() || s.ifs || strings.ContainsAny(text, "*?[\\") {
		b.add(unknown)
		b.more = b.more || !number
		return
	}
	if strings.TrimLeftFunc(text, isBlank) != text {
		b.cut()
	}
	for i, f := range strings.FieldsFunc(text, isBlank) {
		if i > 0 {
			b.cut()
		}
		b.add(f)
	}
	if strings.TrimRightFunc(text, isBlank) != text {
		b.cut()
	}
}

// splitQuoted adds what stands in double quotes: one word, but for "$@" and its
// like.
func (s *shellScript) splitQuoted(q *syntax.DblQuoted, b *fieldBuilder) {
	lists := 0
	for _, part := range q.Parts {
		p, isParam := part.(*syntax.ParamExp)
		if !isParam || !isList(p) {
			b.add(s.part(part, true))
			continue
		}
		lists++
		if v := s.value(p); v.known {
			b.list(v.words)
		} else {
			b.add(unknown)
			b.more = true
		}
	}
	if lists == 0 {
		b.add("")
	}
}

// word is a word of the script as one, as bash has it in an assignment.
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
		if v := s.value(p); v.known {
			return string(joinWords(v.words))
		}
	case *syntax.ProcSubst:
		return "/dev/fd/" + unknown
	}
	return unknown
}
