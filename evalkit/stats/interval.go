package stats

import "math"

// Interval is the anytime-valid interval of the rate of good trials: its ends invert the two tests of doc.go, the
// lower with lost trials as bad, the upper with lost trials as good. Each end has confidence 1−alpha however often
// one looked before, both together 1−2·alpha. It is [0,1] for no trials, NaN for an alpha outside (0,1) or negative
// counts, and not rounded; RoundOut does that.
func Interval(good, bad, lost int, alpha float64) (low, high float64) {
	if good < 0 || bad < 0 || lost < 0 || !(alpha > 0 && alpha < 1) {
		return math.NaN(), math.NaN()
	}
	threshold := -math.Log(alpha)
	return lowerEnd(good, bad+lost, threshold), 1 - lowerEnd(bad, good+lost, threshold)
}

// lowerEnd is the largest p, to 1e-15, such that every threshold up to p is rejected in favour of a higher rate.
// E⁺ is at most 1 where the threshold is the observed rate, without bound towards 0, and falls in between wherever it
// is above 1/α (a test checks that), so halving finds the one crossing. It keeps the rejected side: outwards.
func lowerEnd(s, f int, threshold float64) float64 {
	if s == 0 {
		return 0
	}
	rejected := func(p float64) bool { return newCut(p, 1-p).logE(s, f) >= threshold }
	low, high := 0.0, float64(s)/float64(s+f)
	for high-low > 1e-15 {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			break
		}
		if rejected(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// RoundOut rounds an interval to three decimals, away from its middle.
func RoundOut(low, high float64) [2]float64 {
	return [2]float64{math.Floor(low*1000) / 1000, math.Ceil(high*1000) / 1000}
}

// WorthOf is the rate that n good trials of n show at confidence 1−alpha: the lower end of the anytime-valid
// Interval, since the trials may have been looked at one by one. (The fixed-n bound of Clopper and Pearson,
// alpha^(1/n), is higher and wrong after stopping.)
func WorthOf(n int, alpha float64) float64 {
	low, _ := Interval(n, 0, 0, alpha)
	return low
}
