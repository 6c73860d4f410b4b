package provenance

import (
	"bytes"
	"math"
)

// Facts is what can be said of a payload whether or not a source was found in
// it.
type Facts struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Zeros: the payload is nothing but zeros, as is the rest of a sparse file.
	// That is no evidence of any source by itself.
	Zeros bool `json:"zeros,omitempty"`
	// Form is what the payload begins as and cannot be looked into: "xz", "7z",
	// "rar", "lz4", "openssl enc", "age", "pgp", "luks", "encrypted zip"; empty if
	// nothing of the kind is recognised.
	Form string `json:"form,omitempty"`
	// Entropy is an estimate in bits for each byte, of up to 64 KiB at the
	// beginning of each MiB of the first GiB. For payloads below some hundred
	// bytes it is too low: n bytes have at most log2 n.
	Entropy float64 `json:"entropy"`
	// Opaque: 512 bytes and more of above 7.9 bits, for shorter ones above 97 % of
	// what random bytes would have: encrypted, or compressed; if nothing was
	// found in it, in a way that is not known here.
	Opaque bool `json:"opaque,omitempty"`
	// Partial: a bound was reached (depth, layers, unpacked bytes, finds), so that
	// what was not found may yet be in it.
	Partial bool `json:"partial,omitempty"`
}

// shape gathers what Facts says of the bytes.
type shape struct {
	counts [256]int64
	n      int64
	head   []byte
	form   string
}

const (
	shapeOf    = 64 << 10
	shapeEvery = 1 << 20
	shapeUpTo  = 1 << 30
	headOf     = 64
)

// add counts p, which stands at a place in the payload.
func (s *shape) add(at int64, p []byte) {
	if n := headOf - len(s.head); n > 0 {
		s.head = append(s.head, p[:min(n, len(p))]...)
	}
	for len(p) > 0 && at < shapeUpTo {
		in := at % shapeEvery
		n := min(int64(len(p)), shapeEvery-in)
		if in < shapeOf {
			n = min(int64(len(p)), shapeOf-in)
			for _, b := range p[:n] {
				s.counts[b]++
			}
			s.n += n
		}
		p, at = p[n:], at+n
	}
}

func (s *shape) tell(f *Facts) {
	if s.n == 0 {
		return
	}
	for _, k := range s.counts {
		if k > 0 {
			q := float64(k) / float64(s.n)
			f.Entropy -= q * math.Log2(q)
		}
	}
	f.Opaque = s.n >= 64 && f.Entropy >= opaqueFrom(float64(s.n))
	f.Form = formOf(s.head)
	if f.Form == "" {
		f.Form = s.form
	}
}

// opaqueFrom is the entropy from which n bytes look random. Of n random bytes
// the estimate is some 255/(2n ln 2) too low (Miller 1955) while n is well above
// 256; below, it is near log2 n less the bytes that come twice.
func opaqueFrom(n float64) float64 {
	if n >= 2048 {
		return 7.9
	}
	random := 0.0 // expected, by the Poisson law of how often a byte value comes
	mean, p := n/256, math.Exp(-n/256)
	for k := 1.0; k < 64; k++ {
		p *= mean / k
		random -= 256 * p * (k / n) * math.Log2(k/n)
	}
	return 0.97 * random
}

var forms = []struct{ magic, name string }{
	{"\xfd7zXZ\x00", "xz"},
	{"7z\xbc\xaf\x27\x1c", "7z"},
	{"Rar!\x1a\x07", "rar"},
	{"\x04\x22\x4d\x18", "lz4"},
	{"LZIP", "lzip"},
	{"\x5d\x00\x00", "lzma"},
	{"Salted__", "openssl enc"},
	{"U2FsdGVkX1", "openssl enc"},
	{"age-encryption.org/", "age"},
	{"-----BEGIN AGE ENCRYPTED FILE-----", "age"},
	{"-----BEGIN PGP MESSAGE-----", "pgp"},
	{"\x8c\x0d\x04", "pgp"},
	{"LUKS\xba\xbe", "luks"},
}

func formOf(head []byte) string {
	for _, f := range forms {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}
