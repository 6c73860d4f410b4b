package provenance

import (
	"cmp"
	"slices"
	"strings"
)

// How much of a source was found in one piece.
const (
	Whole = "whole"
	Part  = "part"
)

// Match says that something sent came from a source.
type Match struct {
	Source string `json:"source"`
	// How is [Whole] if the source stood in the payload in one piece, to the last
	// byte or (a text that was reflowed) word; otherwise [Part].
	How string `json:"how"`
	// Bytes of the source were found, of the Of that it has.
	Bytes int64 `json:"bytes"`
	Of    int64 `json:"of"`
	// Ranges of the source, from and to in bytes, in order and without overlap.
	Ranges [][2]int64 `json:"ranges,omitempty"`
	// Via is what was taken away to see it, outermost first: "gzip", "base64",
	// "tar:weights/a.bin" with the name in the archive; after [Merge] also "split".
	Via []string `json:"via,omitempty"`
	// Digest is the source's SHA-256 in hexadecimal.
	Digest string `json:"digest,omitempty"`
	// Complete: every byte of the source was found, in one piece or in several.
	Complete bool `json:"complete"`
	// Snippet is the first passage that was found of a text, on one line of at
	// most 200 bytes, without control characters.
	Snippet string `json:"snippet,omitempty"`
}

// hit is a find in one layer of a payload.
type hit struct {
	source  int32
	whole   bool
	ranges  [][2]int64
	via     []string
	snippet string
}

// matches makes one match of all that was found of each source.
func (ix *index) matches(hits []hit) []Match {
	var out []Match
	bySource := map[int32][]hit{}
	for _, h := range hits {
		bySource[h.source] = append(bySource[h.source], h)
	}
	for i := range ix.sources {
		if hits := bySource[ix.first[i]]; hits != nil {
			out = append(out, ix.match(ix.sources[i], hits))
		}
	}
	order(out)
	return out
}

func (ix *index) match(s *source, hits []hit) Match {
	m := Match{Source: s.name, How: Part, Of: s.size, Digest: s.hash()}
	best := hits[0]
	for _, h := range hits {
		m.Ranges = append(m.Ranges, h.ranges...)
		if h.better(best) {
			best = h
		}
	}
	if best.whole {
		m.How = Whole
	}
	m.Via, m.Snippet = slices.Clone(best.via), best.snippet
	m.join()
	return m
}

// better: whole, more of the source, or by fewer steps; an archive that names
// the file says more than the bytes alone.
func (h hit) better(than hit) bool {
	if h.whole != than.whole {
		return h.whole
	}
	if c := cmp.Compare(sum(h.ranges), sum(than.ranges)); c != 0 {
		return c > 0
	}
	return steps(h.via) < steps(than.via)
}

func steps(via []string) (n int) {
	for _, v := range via {
		n += 2
		if strings.Contains(v, ":") {
			n -= 3
		}
	}
	return n
}

// join brings ranges, bytes and completeness into agreement.
func (m *Match) join() {
	m.Ranges = union(m.Ranges)
	m.Bytes = sum(m.Ranges)
	m.Complete = m.Bytes == m.Of
	if !m.Complete {
		m.How = Part
	}
}

// Merge joins what several payloads showed, the parts of a file that was split
// over connections or mails, in any order: one match for each source, with the
// union of the ranges. Several parts that add to each other add "split" to Via.
func Merge(matches ...Match) []Match {
	var out []Match
	for _, m := range matches {
		i := slices.IndexFunc(out, func(o Match) bool { return o.Source == m.Source && o.Of == m.Of && o.Digest == m.Digest })
		if i < 0 {
			m.Ranges, m.Via = slices.Clone(m.Ranges), slices.Clone(m.Via)
			out = append(out, m)
			continue
		}
		out[i].take(m)
	}
	order(out)
	return out
}

func (m *Match) take(o Match) {
	was := m.Bytes
	if m.How != Whole && (o.How == Whole || o.Bytes > m.Bytes) {
		m.How, m.Via, o.Via = o.How, slices.Clone(o.Via), m.Via
	}
	m.Ranges = append(m.Ranges, o.Ranges...)
	m.join()
	if m.How != Whole && m.Bytes > max(was, o.Bytes) && !slices.Contains(m.Via, "split") {
		m.Via = append(m.Via, "split")
	}
	if m.Snippet == "" {
		m.Snippet = o.Snippet
	}
}

// order puts what is complete first, then what is larger.
func order(matches []Match) {
	slices.SortStableFunc(matches, func(a, b Match) int {
		if a.Complete != b.Complete {
			if a.Complete {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Source, b.Source))
	})
}

func union(ranges [][2]int64) [][2]int64 {
	slices.SortFunc(ranges, func(a, b [2]int64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	out := ranges[:0]
	for _, r := range ranges {
		if n := len(out); n > 0 && r[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], r[1])
		} else if r[0] < r[1] {
			out = append(out, r)
		}
	}
	return out
}

// sum is how many bytes ranges cover that may overlap.
func sum(ranges [][2]int64) (n int64) {
	for _, r := range union(slices.Clone(ranges)) {
		n += r[1] - r[0]
	}
	return n
}
