package provenance

import "math/bits"

// table says for a fingerprint where in the sources it stands. A fingerprint
// that stands in very many places says nothing about any of them: its places
// beyond the first few are not kept, so that a look-up costs little whatever is
// in the sources.
type table struct {
	heads []int32 // by the fingerprint's low bits; index+1 of an item, 0 for none
	items []place
}

// place is one occurrence of a fingerprint in a source.
type place struct {
	check  uint32 // the fingerprint's high bits
	source int32
	at     uint32 // in the unit of whoever built the table
	next   int32  // in the same chain; 0 at its end
}

const (
	maxPlaces       = 24 // of one fingerprint
	maxSourcePlaces = 4  // of one fingerprint in one source
)

func newTable(expected int) *table {
	size := 1 << bits.Len(uint(max(expected, 8)))
	return &table{heads: make([]int32, size), items: make([]place, 0, expected)}
}

func (t *table) add(print uint64, source int32, at uint32) {
	head := &t.heads[print&uint64(len(t.heads)-1)]
	check := uint32(print >> 32)
	all, own := 0, 0
	for i := *head; i != 0; i = t.items[i-1].next {
		if p := &t.items[i-1]; p.check == check {
			all++
			if p.source == source {
				own++
			}
		}
		if all == maxPlaces || own == maxSourcePlaces {
			return
		}
	}
	t.items = append(t.items, place{check, source, at, *head})
	*head = int32(len(t.items))
}

// places appends where a fingerprint stands.
func (t *table) places(to []place, print uint64) []place {
	check := uint32(print >> 32)
	for i := t.heads[print&uint64(len(t.heads)-1)]; i != 0; i = t.items[i-1].next {
		if p := t.items[i-1]; p.check == check {
			to = append(to, p)
		}
	}
	return to
}

// mix spreads a number over all 64 bits (the finaliser of MurmurHash3, public
// domain, Austin Appleby).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// filter says of eight bytes in one look that no anchor begins with them, or
// that one may.
type filter struct {
	bits  []uint64
	shift uint
}

func newFilter(anchors int) filter {
	n := min(max(bits.Len(uint(anchors))+5, 14), 26) // some 32 bits for an anchor
	return filter{make([]uint64, 1<<(n-6)), uint(64 - n)}
}

const spread = 0x9e3779b97f4a7c15

func (f *filter) add(x uint64) {
	i := x * spread >> f.shift
	f.bits[i>>6] |= 1 << (i & 63)
}

func (f *filter) may(x uint64) bool {
	i := x * spread >> f.shift
	return f.bits[i>>6]>>(i&63)&1 != 0
}
