package stats

import "math"

// PassAtK is the unbiased estimate, from c good ones of n, of the chance that at least one of k trials is good:
// 1 − C(n−c,k)/C(n,k) (Chen et al. 2021, "Evaluating large language models trained on code"). n must have been fixed
// beforehand; after stopping use PassAtKBounds. NaN unless 0 ≤ c ≤ n and 1 ≤ k ≤ n.
func PassAtK(n, c, k int) float64 { return 1 - choose(n, n-c, k) }

// PassHatK is the unbiased estimate of the chance that all of k trials are good, pass^k: C(c,k)/C(n,k) (Yao et al.
// 2024, τ-bench). n must have been fixed beforehand; after stopping use PassHatKBounds. NaN as for PassAtK.
func PassHatK(n, c, k int) float64 { return choose(n, c, k) }

// choose is C(m,k)/C(n,k), factor by factor, so that nothing overflows.
func choose(n, m, k int) float64 {
	if m < 0 || m > n || k < 1 || k > n {
		return math.NaN()
	}
	ratio := 1.0
	for i := range k {
		if m-i <= 0 {
			return 0
		}
		ratio *= float64(m-i) / float64(n-i)
	}
	return ratio
}

// PassHatKBounds turns bounds of a rate, such as Interval's, into bounds of pass^k: [low^k, high^k]. They hold after
// stopping too, for independent trials of one rate. NaN for bounds outside 0 ≤ low ≤ high ≤ 1 or k < 1.
func PassHatKBounds(low, high float64, k int) (float64, float64) {
	if !(0 <= low && low <= high && high <= 1) || k < 1 {
		return math.NaN(), math.NaN()
	}
	return math.Pow(low, float64(k)), math.Pow(high, float64(k))
}

// PassAtKBounds is the same for pass@k: [1−(1−low)^k, 1−(1−high)^k].
func PassAtKBounds(low, high float64, k int) (float64, float64) {
	if !(0 <= low && low <= high && high <= 1) || k < 1 {
		return math.NaN(), math.NaN()
	}
	miss := func(rate float64) float64 { return 0 - math.Expm1(float64(k)*math.Log1p(-rate)) }
	return miss(low), miss(high)
}
