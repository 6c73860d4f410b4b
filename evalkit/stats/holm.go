package stats

import (
	"math"
	"slices"
)

// Holm says which of several e-values, given as natural logs, are shown together at error bound alpha: whatever their
// dependence, the chance that any true null hypothesis is among them is at most alpha. It is Holm's step-down procedure
// (1979) on the p-values 1/E, which Ville's inequality makes valid at any stopping time: the largest E must reach k/α,
// the next (k−1)/α, and so on, until one falls short. NaN falls short; an alpha outside (0,1) shows nothing.
func Holm(logE []float64, alpha float64) []bool {
	shown := make([]bool, len(logE))
	if !(alpha > 0 && alpha < 1) {
		return shown
	}
	order := make([]int, 0, len(logE))
	for i := range logE {
		if !math.IsNaN(logE[i]) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case logE[a] > logE[b]:
			return -1
		case logE[a] < logE[b]:
			return 1
		}
		return a - b
	})
	for step, i := range order {
		if logE[i] < math.Log(float64(len(logE)-step)/alpha) {
			break
		}
		shown[i] = true
	}
	return shown
}
