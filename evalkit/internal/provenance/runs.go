package provenance

import "strings"

// code writes bytes as characters, bits of them at a time.
type code struct {
	step  string
	value [256]int8 // of a character, -1 if it is none
	bits  uint
	group int // characters that make whole bytes
	least int // characters that are worth a look
	plain func(run []byte) bool
}

// Base64 in both alphabets, hexadecimal and base32 (RFC 4648). plain says of a
// short run that it is rather a word.
var codes = []*code{
	newCode("base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, 4, 12, func(run []byte) bool {
		var lower, upper bool
		for _, c := range run[1:] {
			lower, upper = lower || class(c) == 0, upper || class(c) == 1
		}
		return !lower || !upper
	}),
	newCode("hex", "0123456789abcdef", 4, 2, 16, func([]byte) bool { return false }),
	newCode("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8, 24, func([]byte) bool { return false }),
}

func newCode(step, alphabet string, bits uint, group, least int, plain func([]byte) bool) *code {
	c := &code{step: step, bits: bits, group: group, least: least, plain: plain}
	for i := range c.value {
		c.value[i] = -1
	}
	for i, a := range alphabet {
		c.value[a] = int8(i)
	}
	switch step {
	case "base64":
		c.value['-'], c.value['_'] = c.value['+'], c.value['/']
	case "hex":
		for i, a := range strings.ToUpper(alphabet[10:]) {
			c.value[a] = int8(10 + i)
		}
	}
	return c
}

// runFinder finds what is written in a code anywhere in a layer, over line wraps
// and quote marks, and decodes it from each of the characters with which a group
// may begin: of a part of it nothing says where it was cut.
type runFinder struct {
	node *node
	code *code

	carry []byte // the end of a chunk, in which a run may begin
	lead  []byte // a run's beginning, until it is worth a look
	in    bool   // a run is being decoded
	gap   gap
	acc   uint64
	n     int      // characters of the run
	out   [][]byte // by alignment
	subs  []*node
}

// gap is what stands between two lines of a run.
type gap struct {
	open     bool
	newlines int
}

func newRunFinders(n *node) []*runFinder {
	var out []*runFinder
	for _, c := range codes {
		out = append(out, &runFinder{node: n, code: c})
	}
	return out
}

// probe is how far apart characters can be looked at without missing a run.
const probe = 12

func (r *runFinder) feed(p []byte) {
	if len(r.carry) > 0 {
		p = append(r.carry, p...)
		r.carry = nil
	}
	v := &r.code.value
	for i := 0; i < len(p); {
		if r.in || len(r.lead) > 0 {
			i = r.goOn(p, i)
			continue
		}
		last := i + probe - 1
		if last >= len(p) {
			r.carry = append([]byte(nil), p[i:]...)
			return
		}
		if v[p[last]] < 0 {
			i = last + 1
			continue
		}
		start := last
		for start > i && v[p[start-1]] >= 0 {
			start--
		}
		i = start
		if end := start + probe; end > len(p) {
			r.carry = append([]byte(nil), p[i:]...)
			return
		}
		whole := true
		for k := last + 1; k < start+probe; k++ {
			if v[p[k]] < 0 {
				i, whole = k+1, false
				break
			}
		}
		if whole {
			r.lead = append(r.lead, p[start])
			i = start + 1
		}
	}
}

// goOn takes what belongs to the run from p[i:] and returns where it stopped.
func (r *runFinder) goOn(p []byte, i int) int {
	v := &r.code.value
	if r.gap.open {
		switch c := p[i]; {
		case v[c] >= 0:
			r.gap = gap{}
		case c == '\n' && r.gap.newlines == 0:
			r.gap.newlines++
			return i + 1
		case c == '\r' && r.gap.newlines == 0, (c == '>' || c == ' ' || c == '\t') && r.gap.newlines == 1:
			return i + 1
		default:
			r.end()
			return i
		}
	}
	end := i
	for end < len(p) && v[p[end]] >= 0 {
		end++
	}
	r.take(p[i:end])
	if end == len(p) {
		return end
	}
	if c := p[end]; c == '\n' || c == '\r' {
		r.gap.open = true
		return end
	}
	r.end()
	return end
}

const maxLead = 64

func (r *runFinder) take(run []byte) {
	if !r.in {
		k := min(maxLead-len(r.lead), len(run))
		r.lead = append(r.lead, run[:k]...)
		if run = run[k:]; len(r.lead) < maxLead {
			return
		}
		r.begin()
	}
	r.decode(run)
}

func (r *runFinder) begin() {
	if r.subs == nil {
		r.out = make([][]byte, r.code.group)
		r.subs = make([]*node, r.code.group)
	}
	r.in = true
	lead := r.lead
	r.lead = nil
	r.decode(lead)
	r.lead = lead[:0]
}

func (r *runFinder) decode(run []byte) {
	c := r.code
	size := uint(c.group) * c.bits / 8
	for _, x := range run {
		r.acc = r.acc<<c.bits | uint64(c.value[x])
		r.n++
		if r.n < c.group {
			continue
		}
		a := r.n % c.group
		for b := size; b > 0; b-- {
			r.out[a] = append(r.out[a], byte(r.acc>>(8*(b-1))))
		}
		if len(r.out[a]) >= 16<<10 {
			r.flush(a)
		}
	}
}

func (r *runFinder) flush(a int) {
	if r.subs[a] == nil {
		if r.subs[a] = r.node.entry(r.code.step); r.subs[a] != nil {
			r.node.subs = append(r.node.subs, r.subs[a])
		}
	}
	if r.subs[a] != nil {
		r.subs[a].write(r.out[a])
	}
	r.out[a] = r.out[a][:0]
}

// end ends a run, and looks for none that goes on behind.
func (r *runFinder) end() {
	r.gap, r.carry = gap{}, nil
	if !r.in && len(r.lead) >= r.code.least && !r.code.plain(r.lead) {
		r.begin()
	}
	r.lead = r.lead[:0]
	if !r.in {
		return
	}
	for a := range r.code.group {
		if rest := (r.n - a) % r.code.group; r.n >= a {
			spare := uint(rest) * r.code.bits
			for b := spare / 8; b > 0; b-- {
				r.out[a] = append(r.out[a], byte(r.acc>>(spare-8*(spare/8-b+1))))
			}
		}
		r.flush(a)
		if r.subs[a] != nil {
			r.subs[a].cut()
		}
	}
	r.in, r.acc, r.n = false, 0, 0
}
