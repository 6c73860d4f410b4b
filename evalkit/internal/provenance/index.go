package provenance

import (
	"encoding/binary"
)

// index is what a payload is compared with: the sources of a corpus at one
// moment. It does not change.
type index struct {
	sources []*source
	first   []int32 // of each source: the first one with the same content
	blocks  *table  // grid anchors; at in units of eight bytes
	needles *table  // by their first eight bytes; at is the needle's number
	sharp   []held
	filter  filter
	words   *table // shingles; at is the number of the first word
	room    int64  // how much unpacked data is looked at
}

// held is a needle of a source.
type held struct {
	needle
	source int32
}

func newIndex(sources []*source) *index {
	ix := &index{sources: sources, first: make([]int32, len(sources)), room: leastRoom}
	blocks, needles, words := 0, 0, 0
	for _, s := range sources {
		blocks, needles, words = blocks+len(s.anchors), needles+len(s.needles), words+len(s.words)
		ix.room += 2 * s.size
	}
	stock := stockWords()
	ix.blocks, ix.needles, ix.words = newTable(blocks), newTable(needles), newTable(words+len(stock))
	ix.filter = newFilter(blocks + needles)
	shingles(stock, func(i int, print uint64) { ix.words.add(print, stockSource, uint32(i)) })
	for i, s := range sources {
		ix.first[i] = ix.firstLike(i)
		ix.add(int32(i), s)
	}
	return ix
}

// firstLike returns the number of the first source with the same content.
func (ix *index) firstLike(i int) int32 {
	s := ix.sources[i]
	for j, o := range ix.sources[:i] {
		if o.size == s.size && o.same(&s.content) {
			return int32(j)
		}
	}
	return int32(i)
}

func (c *content) same(o *content) bool {
	if len(c.extents) != len(o.extents) {
		return false
	}
	for i, e := range c.extents {
		if f := o.extents[i]; e.at != f.at || len(e.data) != len(f.data) || commonPrefix(e.data, f.data) != len(e.data) {
			return false
		}
	}
	return true
}

func (ix *index) add(n int32, s *source) {
	for _, x := range s.needles {
		start := binary.LittleEndian.Uint64(x.text)
		ix.filter.add(start)
		ix.needles.add(mix(start), n, uint32(len(ix.sharp)))
		ix.sharp = append(ix.sharp, held{x, n})
	}
	if ix.first[n] != n {
		return // a copy is found by the first of its like
	}
	for _, a := range s.anchors {
		ix.filter.add(a.x)
		ix.blocks.add(mix(a.x), n, a.at)
	}
	shingles(s.words, func(i int, print uint64) { ix.words.add(print, n, uint32(i)) })
}
