package stats

// boundary holds, for every number n of judged trials, how many of them must be for the claim for E⁺ to cross, and
// how many against it for E⁻.
//
// For a fixed n both E are monotone in the count, since every likelihood ratio under the integral is; one more trial
// against lowers E⁺, one more for it raises it. So the least crossing count grows by 0 or 1 with n, and one evaluation
// of E for each n and side finds it. Deciding is then a comparison of integers. Where no count of n crosses, the
// entry is n+1.
type boundary struct {
	plus, minus cut
	threshold   float64
	up, down    []int
}

func newBoundary(r Rule) *boundary {
	holds, fails := r.claims()
	return &boundary{plus: holds, minus: fails, threshold: r.threshold(), up: []int{1}, down: []int{1}}
}

// holds says whether E⁺ has crossed with s of n judged trials for the claim.
func (b *boundary) holds(s, n int) bool {
	b.extend(n)
	return s >= b.up[n]
}

// fails says whether E⁻ has crossed with f of n judged trials against the claim.
func (b *boundary) fails(f, n int) bool {
	b.extend(n)
	return f >= b.down[n]
}

func (b *boundary) extend(n int) {
	for m := len(b.up); m <= n; m++ {
		b.up = append(b.up, b.least(b.plus, b.up[m-1], m))
		b.down = append(b.down, b.least(b.minus, b.down[m-1], m))
	}
}

func (b *boundary) least(c cut, before, n int) int {
	if c.logE(before, n-before) >= b.threshold {
		return before
	}
	return before + 1
}
