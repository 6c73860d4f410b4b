package provenance

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// word is one word of a text, without case, marks and spacing.
type word struct {
	print    uint32
	from, to uint32 // bytes of the text
	quoted   bool   // stands in a passage that the text quotes from another
}

// shingle is how many consecutive words are looked up at once.
const shingle = 5

// splitWords appends the words of a text: letters and digits, lower case.
// Everything else parts words (so that line wraps, quote marks and emphasis do
// not matter), but for what is dropped from within a word: apostrophes, soft
// hyphens, joiners, combining marks. A Chinese or Japanese character is a word.
func splitWords(to []word, text []byte) []word {
	w := wordSplitter{words: to, print: offset32}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if l := asciiWord[c]; l != 0 {
				w.letter(uint32(l), i, i+1)
			} else if c != '\'' {
				w.end()
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		w.rune(r, i, i+size)
		i += size
	}
	w.end()
	return w.words
}

type wordSplitter struct {
	words    []word
	print    uint32
	from, to int
	inWord   bool
}

const offset32, prime32 = 2166136261, 16777619 // FNV-1a

func (w *wordSplitter) letter(l uint32, from, to int) {
	if !w.inWord {
		w.inWord, w.from, w.print = true, from, offset32
	}
	w.print = (w.print ^ l) * prime32
	w.to = to
}

func (w *wordSplitter) end() {
	if w.inWord {
		w.words = append(w.words, word{print: w.print, from: uint32(w.from), to: uint32(w.to)})
		w.inWord = false
	}
}

func (w *wordSplitter) rune(r rune, from, to int) {
	switch {
	case r == '’' || r == '‘' || r == '\u00ad' || r >= '\u200b' && r <= '\u200d' || r == '\u2060' || r == '\ufeff' || unicode.Is(unicode.Mn, r):
	case r == utf8.RuneError:
		w.end()
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		w.end()
		w.letter(uint32(r), from, to)
		w.end()
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		w.letter(uint32(unicode.ToLower(r)), from, to)
	default:
		w.end()
	}
}

var asciiWord = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		switch b := byte(c); {
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9':
			t[c] = b
		case b >= 'A' && b <= 'Z':
			t[c] = b + 'a' - 'A'
		}
	}
	return t
}()

// markQuoted marks the words in lines that begin with ">" and in what follows
// the line with which mail programs head a message that they quote whole.
func markQuoted(words []word, text []byte) {
	rest := len(text)
	for _, mark := range [][]byte{[]byte("-Original Message-"), []byte("- Original Message -"), []byte("- Forwarded message -"), []byte("Begin forwarded message:")} {
		if i := bytes.Index(text, mark); i >= 0 {
			rest = min(rest, i)
		}
	}
	if rest == len(text) && bytes.IndexByte(text, '>') < 0 {
		return
	}
	lineEnd, quoted := 0, false
	for i := range words {
		at := int(words[i].from)
		for at >= lineEnd {
			line := text[lineEnd:]
			quoted = bytes.HasPrefix(bytes.TrimLeft(line, " \t\r"), []byte(">"))
			if n := bytes.IndexByte(line, '\n'); n >= 0 {
				lineEnd += n + 1
			} else {
				lineEnd = len(text)
			}
		}
		words[i].quoted = quoted || at >= rest
	}
}

// shingles calls f with the fingerprint of every five consecutive words.
func shingles(words []word, f func(i int, print uint64)) {
	for i := 0; i+shingle <= len(words); i++ {
		var h uint64
		for _, w := range words[i : i+shingle] {
			h = (h ^ uint64(w.print)) * spread
			h ^= h >> 32
		}
		f(i, h*spread)
	}
}
