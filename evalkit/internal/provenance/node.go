package provenance

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// node looks at one layer of a payload: at what was sent, at what is in a
// gzip of it, at what is in base64 in that. It works on chunks of its own size,
// so that what it finds does not depend on how the bytes came.
type node struct {
	stream *Stream
	via    []string

	pending []byte // up to a chunk
	total   int64
	blank   bool // nothing but zeros so far
	scanner scanner
	unpack  unpacking
	runs    []*runFinder
	text    []byte // the text so far, up to a block
	subs    []*node
	small   []byte // all of a small layer that is no text, for a last try
}

const (
	chunk = 64 << 10
	// block is how much text is looked at together: passages that go over its end
	// are found in two parts.
	block = 4 << 20
)

// sub returns the layer below to which a step leads, nil if it is too deep or
// there are too many. Steps of the same name have one layer.
func (n *node) sub(step string) *node {
	for _, s := range n.subs {
		if s.via[len(s.via)-1] == step {
			return s
		}
	}
	s := n.entry(step)
	if s != nil {
		n.subs = append(n.subs, s)
	}
	return s
}

// entry returns a layer below that whoever asks closes.
func (n *node) entry(step string) *node {
	if len(n.via) == maxDepth || n.stream.nodes == maxLayers {
		n.stream.left = true
		return nil
	}
	n.stream.nodes++
	return &node{stream: n.stream, via: append(slices.Clip(n.via), step)}
}

// write takes bytes of the layer. It returns false when there is no room for
// more.
func (n *node) write(p []byte) bool {
	if len(n.via) > 0 {
		if n.stream.room < int64(len(p)) {
			n.stream.left = true
			return false
		}
		n.stream.room -= int64(len(p))
	}
	if n.total == 0 {
		n.blank = true
	}
	n.total += int64(len(p))
	for len(p) > 0 {
		if len(n.pending) == 0 && len(p) >= chunk {
			n.look(p[:chunk], false)
			p = p[chunk:]
			continue
		}
		k := min(chunk-len(n.pending), len(p))
		n.pending = append(n.pending, p[:k]...)
		p = p[k:]
		if len(n.pending) == chunk {
			n.look(n.pending, false)
			n.pending = n.pending[:0]
		}
	}
	return true
}

// cut ends a segment: what follows is another piece, which may be packed in
// another way.
func (n *node) cut() {
	n.look(n.pending, true)
	n.pending = n.pending[:0]
	n.unpack.end()
	for _, r := range n.runs {
		r.end()
	}
	if len(n.text) > 0 {
		n.text = append(n.text, '\n')
	}
}

func (n *node) close() {
	n.cut()
	n.readText()
	for _, s := range n.subs {
		s.close()
	}
	n.emit(n.scanner.hits())
	n.inflateSmall()
	n.stream.left = n.stream.left || n.scanner.full
	if n.blank && n.total >= minBlank {
		n.emit(n.stream.ix.blankOf(n.total))
	}
}

func (n *node) emit(hits []hit) {
	for _, h := range hits {
		h.via = n.via
		n.stream.hits = append(n.stream.hits, h)
	}
}

// look looks at a chunk in every way. Chunks but the last of a segment are of
// one size.
func (n *node) look(p []byte, final bool) {
	if n.scanner.ix == nil {
		n.scanner.ix = n.stream.ix
	}
	n.scanner.scan(p, final)
	zeros := leadingZeros(p) == len(p)
	n.blank = n.blank && zeros
	if !zeros || n.unpack.running() {
		n.unpack.feed(n, p)
	}
	if zeros || len(n.via) == maxDepth {
		for _, r := range n.runs {
			r.end()
		}
		return
	}
	if n.runs == nil {
		n.runs = newRunFinders(n)
	}
	for _, r := range n.runs {
		r.feed(p)
	}
	if !readable(p) && !wide(p) {
		if n.total <= maxMirror && len(n.via) <= 1 {
			n.small = append(n.small, p...)
		}
		return
	}
	if len(n.text)+len(p) > block {
		n.readText()
	}
	n.text = append(n.text, p...)
}

// inflateSmall tries deflate without a head on a small layer in which nothing
// was found.
func (n *node) inflateSmall() {
	if int64(len(n.small)) != n.total || n.total == 0 || len(n.stream.hits) > 0 {
		return
	}
	if s := n.entry("deflate"); s != nil {
		pour(s, inflate(&input{buf: n.small, over: true}))
		s.close()
	}
}

// readable: hardly any control characters in a sample. Random bytes have 11 %.
func readable(p []byte) bool {
	sample := p[:min(len(p), 4<<10)]
	controls := 0
	for _, c := range sample {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			controls++
		}
	}
	return controls*20 <= len(sample)
}

// wide: UTF-16 of a mostly Western text.
func wide(p []byte) bool {
	sample := p[:min(len(p), 4<<10)]
	return bytes.Count(sample, []byte{0})*5 >= 2*len(sample) && (utf16Zeros(sample, 0) == 0 || utf16Zeros(sample, 1) == 0)
}

// utf16Zeros counts the zeros at even or odd places.
func utf16Zeros(p []byte, odd int) (n int) {
	for i := odd; i < len(p); i += 2 {
		if p[i] == 0 {
			n++
		}
	}
	return n
}

// readText looks at the words of the text so far, and at what it says in other
// spellings.
func (n *node) readText() {
	text := n.text
	n.text = nil
	if len(text) < minNeedle {
		return
	}
	hits, full := n.stream.ix.passages(text)
	n.emit(hits)
	n.stream.left = n.stream.left || full
	for _, d := range decodings {
		if slices.Contains(n.via, d.step) && d.once || !d.may(text) {
			continue
		}
		out := d.decode(text)
		if len(out) == 0 || bytes.Equal(out, text) {
			continue
		}
		if s := n.sub(d.step); s != nil && s.write(out) {
			s.cut()
		}
	}
	if len(hits) == 0 && len(n.stream.hits) == 0 && len(text) <= maxMirror && utf8.Valid(text) {
		n.mirror(text)
	}
}

// minBlank is the size from which a file of zeros is known by its size.
const minBlank = 1 << 20

// blankOf finds the sources that are nothing but zeros, of exactly a size.
func (ix *index) blankOf(size int64) (hits []hit) {
	for i, s := range ix.sources {
		if s.size == size && ix.first[i] == int32(i) && !slices.ContainsFunc(s.extents, func(e extent) bool { return leadingZeros(e.data) < len(e.data) }) {
			hits = append(hits, hit{source: int32(i), whole: true, ranges: [][2]int64{{0, size}}})
		}
	}
	return hits
}
