package provenance

import (
	"encoding/binary"
	"math/bits"
)

// content is the bytes of a source: extents that are kept, and zeros between
// and after them, so that a sparse file of tens of GiB takes what its data take.
type content struct {
	extents []extent // in order, not touching
	size    int64
}

type extent struct {
	at   int64
	data []byte
	// full counts, up to each grid block, the blocks that hold an anchor.
	full []uint32
}

func (e *extent) end() int64 { return e.at + int64(len(e.data)) }

// agree returns how many bytes of p stand in the source from at onwards.
func (c *content) agree(at int64, p []byte) int {
	n := 0
	for n < len(p) && at < c.size {
		data, zeros := c.piece(at)
		room := p[n:]
		if data == nil {
			room = room[:min(int64(len(room)), zeros)]
			k := leadingZeros(room)
			n, at = n+k, at+int64(k)
			if k < len(room) {
				return n
			}
			continue
		}
		k := commonPrefix(data, room)
		n, at = n+k, at+int64(k)
		if k < len(data) {
			return n
		}
	}
	return n
}

// piece returns the data from at to the end of its extent, or how many zeros
// stand there.
func (c *content) piece(at int64) (data []byte, zeros int64) {
	for i := range c.extents {
		e := &c.extents[i]
		if at < e.at {
			return nil, e.at - at
		}
		if at < e.end() {
			return e.data[at-e.at:], 0
		}
	}
	return nil, c.size - at
}

// agreeBack returns how many bytes at the end of p stand in the source up to at.
func (c *content) agreeBack(at int64, p []byte) int {
	n := 0
	for n < len(p) && at > int64(n) && c.byteAt(at-int64(n)-1) == p[len(p)-1-n] {
		n++
	}
	return n
}

func (c *content) byteAt(at int64) byte {
	for i := range c.extents {
		if e := &c.extents[i]; at >= e.at && at < e.end() {
			return e.data[at-e.at]
		}
	}
	return 0
}

// bytes copies at most limit bytes from at.
func (c *content) bytes(at int64, limit int) []byte {
	out := make([]byte, min(int64(limit), c.size-at))
	for i := range out {
		out[i] = c.byteAt(at + int64(i))
	}
	return out
}

// substance is how many bytes of a range say something: those of the blocks
// that lie wholly in it and are not blank.
func (c *content) substance(from, to int64) int64 {
	var n int64
	for i := range c.extents {
		e := &c.extents[i]
		a, b := max(from, e.at)-e.at, min(to, e.end())-e.at
		if a >= b {
			continue
		}
		first, last := (a+grid-1)/grid, b/grid
		if first < last {
			n += int64(e.full[last]-e.full[first]) * grid
		}
	}
	return n
}

const (
	// grid is the length of the blocks into which sources are cut. Any 2*grid-1
	// bytes of a source hold a whole block.
	grid   = 64
	anchor = 8 // bytes that stand for a block in the tables
)

// anchorOf returns where in a block the first eight bytes stand that are worth
// looking for; false if the block is blank: hardly anything but one byte.
func anchorOf(block []byte) (int, bool) {
	for i := 0; i+anchor <= len(block); i += anchor {
		if telling(binary.LittleEndian.Uint64(block[i:])) {
			return i, true
		}
	}
	return 0, false
}

// telling: at least four different bytes in eight.
func telling(x uint64) bool {
	var seen [4]byte
	n := 0
next:
	for range 8 {
		b := byte(x)
		x >>= 8
		for _, s := range seen[:n] {
			if s == b {
				continue next
			}
		}
		if n == 3 {
			return true
		}
		seen[n] = b
		n++
	}
	return false
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func leadingZeros(p []byte) int {
	i := 0
	for ; i+32 <= len(p); i += 32 {
		q := p[i : i+32 : i+32]
		if binary.LittleEndian.Uint64(q)|binary.LittleEndian.Uint64(q[8:])|binary.LittleEndian.Uint64(q[16:])|binary.LittleEndian.Uint64(q[24:]) != 0 {
			break
		}
	}
	for i < len(p) && p[i] == 0 {
		i++
	}
	return i
}
