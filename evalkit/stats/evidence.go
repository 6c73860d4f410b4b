package stats

import "math"

// LogE returns the natural logarithms of the two e-processes of doc.go §2 after s successes and f failures:
// plus speaks for "the rate is above p0", minus for "the rate is below p0". Both are 0 before the first trial.
// It is NaN where p0 is outside (0,1) or a count is negative. The error is below 1e-8 for counts up to a million.
func LogE(p0 float64, s, f int) (plus, minus float64) {
	if !(p0 > 0 && p0 < 1) || s < 0 || f < 0 {
		return math.NaN(), math.NaN()
	}
	above := newCut(p0, 1-p0)
	below := above.mirror()
	return above.logE(s, f), below.logE(f, s)
}

// cut is a threshold p with q = 1−p, kept apart so that neither loses its digits near 0 or 1: the mirror image of a
// threshold of 1e-9 is a cut with q = 1e-9, not 1−0.999999999.
type cut struct {
	p, q       float64
	logP, logQ float64
	logWeight  float64 // log of π·W, W the share of Beta(½,½) that lies above p
}

func newCut(p, q float64) cut {
	c := cut{p: p, q: q, logP: math.Log(p), logQ: math.Log(q)}
	if p > 0.5 { // the smaller of the two is the exact one
		c.logP = math.Log1p(-q)
	} else {
		c.logQ = math.Log1p(-p)
	}
	// 1 − I_p(½,½) = (2/π)·asin √q, and B(½,½) = π.
	c.logWeight = math.Log(2 * math.Asin(math.Sqrt(q)))
	return c
}

// mirror is the same threshold with success and failure exchanged.
func (c cut) mirror() cut {
	m := cut{p: c.q, q: c.p, logP: c.logQ, logQ: c.logP}
	m.logWeight = math.Log(2 * math.Asin(math.Sqrt(m.q)))
	return m
}

// logE is log E⁺ against rates ≤ p after s successes and f failures.
//
// The integral over (p,1] is an upper tail of the beta function. Where that tail is the small one, its continued
// fraction has p^s(1−p)^f as a factor, which the denominator takes away exactly: nothing underflows and nothing
// cancels. Where it is the large one, it is the whole less the lower tail.
func (c cut) logE(s, f int) float64 {
	a, b := float64(s)+0.5, float64(f)+0.5
	if c.q < (b+1)/(a+b+2) {
		return 0.5*(c.logP+c.logQ) - math.Log(b) + math.Log(betaFraction(b, a, c.q)) - c.logWeight
	}
	whole := logBeta(a, b)
	lower := a*c.logP + b*c.logQ - math.Log(a) + math.Log(betaFraction(a, b, c.p)) - whole
	return whole + math.Log1p(-math.Exp(lower)) - float64(s)*c.logP - float64(f)*c.logQ - c.logWeight
}
