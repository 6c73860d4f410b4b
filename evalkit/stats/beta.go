package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// logBeta is log B(a,b).
func logBeta(a, b float64) float64 { return mathext.Lbeta(a, b) }

// betaFraction is the continued fraction K of the incomplete beta function,
//
//	∫₀ˣ t^(a−1)(1−t)^(b−1) dt = x^a (1−x)^b ÷ a · K(a,b,x),
//
// for x < (a+1)/(a+b+2), by Lentz's method (DLMF 8.17.22; Press et al., Numerical Recipes §6.4). gonum's RegIncBeta
// computes the same but multiplies the factor in, which underflows after a few thousand trials, and stops after 300
// terms, which is too few near the mean of a million trials. The tests hold the two against each other.
func betaFraction(a, b, x float64) float64 {
	const tiny, accuracy, most = 1e-300, 1e-16, 200_000
	guard := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c := 1.0
	d := 1 / guard(1-(a+b)*x/(a+1))
	k := d
	for i := 1; i <= most; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / guard(1+even*d)
		c = guard(1 + even/c)
		k *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / guard(1+odd*d)
		c = guard(1 + odd/c)
		step := d * c
		k *= step
		if math.Abs(step-1) <= 2*accuracy {
			break
		}
	}
	return k
}
