package provenance

import (
	"io"
	"slices"
	"sync"
)

// Corpus is what is known: the sources that something sent may have come from.
// The zero value is an empty one. It is safe for concurrent use; a source that
// is added is found by what is begun afterwards.
//
// What is computed of a source alone is computed once, when it is added, and
// shared by clones: one corpus of what all trials have in common, and a clone
// for each trial to which its own is added.
type Corpus struct {
	mu      sync.Mutex
	sources []*source
	index   *index // of sources; nil if it must be built
}

// Add adds a text or a file under its name. body is kept and must not be
// changed afterwards. Names should differ: they are all that a [Match] says of
// its source.
func (c *Corpus) Add(name string, kind Kind, body []byte) {
	content := content{size: int64(len(body))}
	if len(body) > 0 {
		content.extents = []extent{{data: body}}
	}
	c.add(newSource(name, kind, content, ""))
}

// AddSized adds a binary file of which only the head has data, and the rest up
// to size are zeros, as in a sparse file of tens of GiB. Nothing of that size is
// made. digest is its SHA-256 in hexadecimal, for [Match.Digest]; if empty it is
// computed when the file is first found, which takes a second for each GiB or
// two.
func (c *Corpus) AddSized(name string, head []byte, size int64, digest string) {
	head = head[:min(int64(len(head)), size)]
	content := content{size: max(size, 0)}
	if len(head) > 0 {
		content.extents = []extent{{data: head}}
	}
	c.add(newSource(name, Binary, content, digest))
}

// AddReader adds a binary file that is read from r to its end. Stretches of
// zeros are not kept: it takes the memory of the rest.
func (c *Corpus) AddReader(name string, r io.Reader) error {
	content, digest, err := readSparse(r)
	if err != nil {
		return err
	}
	c.add(newSource(name, Binary, content, digest))
	return nil
}

func (c *Corpus) add(s *source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sources, c.index = append(c.sources, s), nil
}

// Clone returns a corpus of the same sources to which others can be added.
func (c *Corpus) Clone() *Corpus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Corpus{sources: slices.Clip(c.sources), index: c.index}
}

func (c *Corpus) now() *index {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil {
		c.index = newIndex(c.sources)
	}
	return c.index
}

// Find returns which sources a payload came from, wholly or in part, weightiest
// first; none if nothing shows that it came from any.
func (c *Corpus) Find(payload []byte) []Match {
	s := c.Stream()
	_, _ = s.Write(payload) // never fails
	return s.Close()
}

// Blind returns the names of the sources that would not be recognised though
// they were sent whole and as they are: too small, or without anything of their
// own. Who rests a judgement on such a one would never see it.
func (c *Corpus) Blind() []string {
	ix := c.now()
	var out []string
	for i, s := range ix.sources {
		if s.size > maxTextSource || s.needsNoLook() {
			continue
		}
		if !slices.ContainsFunc(c.Find(s.bytes(0, int(s.size))), func(m Match) bool { return m.Source == s.name && m.Complete }) {
			out = append(out, ix.sources[i].name)
		}
	}
	return out
}

// needsNoLook: it has something in its bytes that is enough by itself.
func (s *source) needsNoLook() bool { return len(s.anchors) > 0 }
