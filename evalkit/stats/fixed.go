package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Jeffreys is the equal-tailed Jeffreys interval of k good ones of n at confidence conf, the interval of published
// work: quantiles of Beta(k+½, n−k+½), with 0 for k = 0 and 1 for k = n (Brown, Cai and DasGupta 2001). For a number of
// trials that was fixed beforehand only: after stopping its coverage is wrong. NaN for impossible arguments.
func Jeffreys(k, n int, conf float64) (low, high float64) {
	if !possible(k, n, conf) {
		return math.NaN(), math.NaN()
	}
	tail := (1 - conf) / 2
	low, high = 0, 1
	if k > 0 {
		low = betaQuantile(tail, float64(k)+0.5, float64(n-k)+0.5)
	}
	if k < n {
		high = 1 - betaQuantile(tail, float64(n-k)+0.5, float64(k)+0.5)
	}
	return low, high
}

// ClopperPearson is the exact two-sided interval of k good ones of n at confidence conf (Clopper and Pearson 1934),
// each end at (1+conf)/2. For a number of trials that was fixed beforehand only. NaN for impossible arguments.
func ClopperPearson(k, n int, conf float64) (low, high float64) {
	if !possible(k, n, conf) {
		return math.NaN(), math.NaN()
	}
	each := (1 + conf) / 2
	return ClopperPearsonLower(k, n, each), ClopperPearsonUpper(k, n, each)
}

// ClopperPearsonLower is the exact one-sided lower bound at confidence conf: 0 for k = 0.
func ClopperPearsonLower(k, n int, conf float64) float64 {
	switch {
	case !possible(k, n, conf):
		return math.NaN()
	case k == 0:
		return 0
	}
	return betaQuantile(1-conf, float64(k), float64(n-k)+1)
}

// ClopperPearsonUpper is the exact one-sided upper bound at confidence conf: 1 for k = n.
func ClopperPearsonUpper(k, n int, conf float64) float64 {
	return 1 - ClopperPearsonLower(n-k, n, conf)
}

func possible(k, n int, conf float64) bool {
	return n >= 0 && k >= 0 && k <= n && conf > 0 && conf < 1
}

// betaQuantile is the x with I_x(a,b) = tail.
func betaQuantile(tail, a, b float64) float64 { return mathext.InvRegIncBeta(a, b, tail) }
