package provenance

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// scanner looks for the bytes of sources in one layer of a payload that comes
// in chunks. Every eight bytes are looked up; what they lead to is compared with
// the source itself, backwards and onwards, so that what it finds is equal byte
// for byte.
type scanner struct {
	ix   *index
	buf  []byte
	base int64 // where in the layer buf begins
	next int   // the first place in buf that was not looked at

	open   []run
	claims []claim
	found  map[uint32]bool // needles
	full   bool            // there were more claims than are kept
	at     []place
}

// run is a claim that may still grow, or that covers what is to be looked at.
type run struct {
	claim
	live bool // it reaches the end of what has come
}

const (
	history = 4 << 10 // how far a find is followed backwards
	maxOpen = 32      // runs over one place
)

// scan looks at a chunk. final: nothing that belongs to it follows.
func (s *scanner) scan(chunk []byte, final bool) {
	if drop := s.next - history; drop > 0 {
		s.buf = append(s.buf[:0], s.buf[drop:]...)
		s.base += int64(drop)
		s.next -= drop
	}
	had := len(s.buf)
	s.buf = append(s.buf, chunk...)
	s.grow(chunk, s.base+int64(had))
	limit := len(s.buf) - maxNeedle
	if final {
		limit = len(s.buf) - anchor + 1
	}
	s.look(limit)
	if final {
		for _, r := range s.open {
			s.keep(r)
		}
		s.open = s.open[:0]
		s.base += int64(len(s.buf))
		s.buf, s.next = s.buf[:0], 0
	}
}

// grow carries live runs on into a chunk that begins at from.
func (s *scanner) grow(chunk []byte, from int64) {
	for i := range s.open {
		r := &s.open[i]
		if r.live {
			n := s.ix.sources[r.source].agree(r.at+from-r.from, chunk)
			r.to += int64(n)
			r.live = n == len(chunk)
		}
	}
}

func (s *scanner) look(limit int) {
	buf, i := s.buf, s.next
	f := &s.ix.filter
	for i < limit {
		x := binary.LittleEndian.Uint64(buf[i:])
		if x == 0 {
			i += max(leadingZeros(buf[i:])-anchor+1, 1)
			continue
		}
		if f.may(x) {
			s.follow(i, mix(x))
		}
		i++
	}
	s.next = max(s.next, min(i, max(limit, 0)))
}

// follow looks at what an anchor at buf[i] leads to.
func (s *scanner) follow(i int, print uint64) {
	at := s.base + int64(i)
	s.at = s.ix.needles.places(s.at[:0], print)
	for _, p := range s.at {
		if n := s.ix.sharp[p.at]; bytes.HasPrefix(s.buf[i:], n.text) {
			if s.found == nil {
				s.found = map[uint32]bool{}
			}
			s.found[p.at] = true
		}
	}
	s.at = s.ix.blocks.places(s.at[:0], print)
	for _, p := range s.at {
		s.begin(i, at, p.source, int64(p.at)*anchor)
	}
}

// begin opens a run where buf[i] may be a source's byte at inSource.
func (s *scanner) begin(i int, at int64, source int32, inSource int64) {
	s.open = slices.DeleteFunc(s.open, func(r run) bool {
		over := !r.live && r.to <= at
		if over {
			s.keep(r)
		}
		return over
	})
	for _, r := range s.open {
		if r.source == source && r.from-r.at == at-inSource {
			return
		}
	}
	if len(s.open) == maxOpen {
		return
	}
	src := s.ix.sources[source]
	n := src.agree(inSource, s.buf[i:])
	if n < anchor {
		return
	}
	back := src.agreeBack(inSource, s.buf[max(0, i-history):i])
	s.open = append(s.open, run{
		claim: claim{source: source, from: at - int64(back), to: at + int64(n), at: inSource - int64(back)},
		live:  n == len(s.buf)-i,
	})
}

// keep makes a claim of a run that is over, if it holds a block of its source.
func (s *scanner) keep(r run) {
	src := s.ix.sources[r.source]
	if src.substance(r.at, r.at+r.to-r.from) == 0 {
		return
	}
	if len(s.claims) == maxClaims {
		s.full = true
		return
	}
	s.claims = append(s.claims, r.claim)
}

// hits says which of the claims are evidence: a whole source; a part that no
// other source has, from its source's need on; or four fifths of a source that
// at most two others share, a copy with changes.
func (s *scanner) hits() []hit {
	shares := settle(s.claims, func(c claim, from, to int64) int64 {
		return s.ix.sources[c.source].substance(c.at+from-c.from, c.at+to-c.from)
	})
	type tally struct {
		hit
		share
	}
	var tallies []tally
	for i, c := range s.claims {
		n := slices.IndexFunc(tallies, func(t tally) bool { return t.source == c.source })
		if n < 0 {
			n = len(tallies)
			tallies = append(tallies, tally{hit: hit{source: c.source}})
		}
		t, src := &tallies[n], s.ix.sources[c.source]
		t.ranges = append(t.ranges, [2]int64{c.at, c.at + c.to - c.from})
		t.whole = t.whole || c.to-c.from == src.size
		t.sole += shares[i].sole
		t.few += shares[i].few
	}
	var out []hit
	for _, t := range tallies {
		src := s.ix.sources[t.source]
		if t.whole || t.sole >= src.need || 5*t.few >= 4*src.substance(0, src.size) {
			if src.kind == Text {
				t.snippet = snippet(src.bytes(t.ranges[0][0], 4*maxSnippet))
			}
			out = append(out, t.hit)
		}
	}
	return append(out, s.needleHits()...)
}

// needleHits are the needles that at most three sources have.
func (s *scanner) needleHits() []hit {
	var out []hit
	for n := range s.found {
		x := s.ix.sharp[n]
		src := s.ix.sources[x.source]
		owners := map[int32]bool{}
		for o := range s.found {
			if bytes.Equal(s.ix.sharp[o].text, x.text) {
				owners[s.ix.first[s.ix.sharp[o].source]] = true
			}
		}
		if len(owners) > fewOthers+1 && src.kind != Secret {
			continue
		}
		h := hit{source: s.ix.first[x.source], ranges: [][2]int64{{x.at, x.at + int64(len(x.text))}}}
		if x.whole {
			h.whole, h.ranges[0] = true, [2]int64{0, src.size}
		}
		if src.kind != Binary {
			h.snippet = snippet(x.text)
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b hit) int { return compareHits(a, b) })
	return out
}
