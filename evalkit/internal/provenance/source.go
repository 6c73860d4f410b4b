package provenance

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"unicode/utf8"
)

// Kind is what a source is, which decides by what it is recognised.
type Kind int

const (
	// Auto looks: what is UTF-8 without control characters is Text.
	Auto Kind = iota
	// Text is recognised by its words, by its secrets, and by its bytes.
	Text
	// Binary is recognised by its bytes alone.
	Binary
	// Secret is one short thing, a password or a key, searched as it stands,
	// without the blanks around it, from 8 bytes on.
	Secret
)

// source is one known file or text, with all that is computed from it alone.
type source struct {
	name string
	kind Kind
	content
	words   []word
	needles []needle
	anchors []anchorAt
	// own is how many words are not quoted from another text.
	own int
	// need is the substance from which a part is evidence.
	need int64

	hash func() string
}

// anchorAt is eight bytes of a source that are looked for; at is in units of
// eight bytes.
type anchorAt struct {
	x  uint64
	at uint32
}

// maxTextSource is the size up to which a text is known by its words too.
const maxTextSource = 32 << 20

func newSource(name string, kind Kind, c content, digest string) *source {
	s := &source{name: name, kind: kind, content: c}
	s.hash = sync.OnceValue(func() string { return digest })
	whole := len(c.extents) == 1 && int64(len(c.extents[0].data)) == c.size
	if digest == "" {
		s.hash = sync.OnceValue(s.digest)
	}
	if kind == Auto {
		s.kind = Binary
		if whole && looksText(c.extents[0].data) {
			s.kind = Text
		}
	}
	s.lay()
	if !whole || s.kind == Binary && c.size > maxNeedle {
		return s
	}
	body := c.extents[0].data
	if s.kind == Text && len(body) <= maxTextSource {
		s.words = splitWords(make([]word, 0, len(body)/6+8), body)
		markQuoted(s.words, body)
		for _, w := range s.words {
			if !w.quoted {
				s.own++
			}
		}
	}
	s.needles = findNeedles(s.kind, body)
	return s
}

// lay lays the grid over the source.
func (s *source) lay() {
	var substance int64
	for i := range s.extents {
		e := &s.extents[i]
		blocks := len(e.data) / grid
		e.full = make([]uint32, blocks+1)
		if s.anchors == nil {
			s.anchors = make([]anchorAt, 0, blocks)
		}
		for b := range blocks {
			e.full[b+1] = e.full[b]
			block := e.data[b*grid:][:grid]
			at, ok := anchorOf(block)
			if !ok {
				continue
			}
			e.full[b+1]++
			substance += grid
			if unit := (e.at + int64(b*grid+at)) / anchor; unit < 1<<32 {
				s.anchors = append(s.anchors, anchorAt{binary.LittleEndian.Uint64(block[at:]), uint32(unit)})
			}
		}
	}
	most := int64(minBinary)
	if s.kind == Text {
		most = minText
	}
	s.need = min(max(substance/2, grid), most)
}

// digest computes the SHA-256 of the whole, zeros and all.
func (s *source) digest() string {
	h := sha256.New()
	zeros := make([]byte, 64<<10)
	var at int64
	fill := func(to int64) {
		for at < to {
			n := min(to-at, int64(len(zeros)))
			h.Write(zeros[:n])
			at += n
		}
	}
	for _, e := range s.extents {
		fill(e.at)
		h.Write(e.data)
		at = e.end()
	}
	fill(s.size)
	return hex.EncodeToString(h.Sum(nil))
}

func looksText(body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	return bytes.IndexFunc(body, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\b' && r != 0x1b
	}) < 0
}
