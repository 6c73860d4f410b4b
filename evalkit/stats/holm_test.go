package stats

import (
	"math"
	"slices"
	"testing"
)

func TestHolm(t *testing.T) {
	logs := func(e ...float64) []float64 {
		for i := range e {
			e[i] = math.Log(e[i])
		}
		return e
	}
	for _, c := range []struct {
		name string
		logE []float64
		want []bool
	}{
		{"none", nil, []bool{}},
		{"one, enough", logs(20.01), []bool{true}},
		{"one, not enough", logs(19.99), []bool{false}},
		{"steps down", logs(21, 61, 41), []bool{true, true, true}},
		{"stops at the first that falls short", logs(39, 61, 39), []bool{false, true, false}},
		{"the first falls short, so all do", logs(59, 59, 59), []bool{false, false, false}},
		{"beyond a float's range", []float64{5000, 1}, []bool{true, false}},
		{"NaN is no evidence but counts as a claim", []float64{math.NaN(), math.Log(30)}, []bool{false, false}},
	} {
		if got := Holm(c.logE, 0.05); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, alpha := range []float64{0, 1, -1, math.NaN()} {
		if Holm([]float64{1000}, alpha)[0] {
			t.Errorf("alpha %v shows something", alpha)
		}
	}
}
