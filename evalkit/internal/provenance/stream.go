package provenance

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// Stream looks at a payload that comes bit by bit, in constant memory, and finds
// what [Corpus.Find] finds, however it was cut. It is not safe for concurrent
// use, and must be closed.
type Stream struct {
	ix    *index
	root  *node
	hits  []hit
	room  int64 // how much more of what is unpacked and decoded is looked at
	nodes int
	left  bool // something was not looked at
	sum   hash.Hash
	facts Facts
	shape shape

	closed  bool
	matches []Match
}

const (
	// maxDepth bounds packing within packing.
	maxDepth = 7
	// maxLayers bounds how many layers and archive entries are looked into.
	maxLayers = 20_000
	// leastRoom is how much of what is unpacked is looked at, beside the size of
	// all sources together, and forRaw times what was sent.
	leastRoom = 128 << 20
	forRaw    = 12
)

// Stream begins to look at a payload.
func (c *Corpus) Stream() *Stream {
	s := &Stream{ix: c.now(), sum: sha256.New()}
	s.room = s.ix.room
	s.root = &node{stream: s}
	return s
}

// Write takes the next part of the payload. It never fails; after Close it does
// nothing.
func (s *Stream) Write(p []byte) (int, error) {
	if !s.closed {
		s.sum.Write(p)
		s.shape.add(s.facts.Bytes, p)
		s.facts.Bytes += int64(len(p))
		s.room += forRaw * int64(len(p))
		s.root.write(p)
	}
	return len(p), nil
}

// Close returns what the payload came from, weightiest first.
func (s *Stream) Close() []Match {
	if !s.closed {
		s.closed = true
		s.root.close()
		s.facts.Zeros = s.root.blank && s.facts.Bytes > 0
		s.matches = s.ix.matches(s.hits)
		s.facts.SHA256 = hex.EncodeToString(s.sum.Sum(nil))
		s.facts.Partial = s.left
		s.shape.tell(&s.facts)
		s.root = nil
	}
	return s.matches
}

// Facts says what else can be said of the payload. It is whole after Close.
func (s *Stream) Facts() Facts { return s.facts }
