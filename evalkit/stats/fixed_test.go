package stats

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

func TestJeffreysOfPublishedCounts(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{79, 100, 0.703, 0.861}, // the published 79 of 100
		{0, 600, 0, 0.00417},
		{7, 100, 0.032, 0.132},
	} {
		low, high := Jeffreys(c.k, c.n, 0.95)
		near(t, fmt.Sprintf("%d/%d low", c.k, c.n), low, c.low, 0.0006)
		near(t, fmt.Sprintf("%d/%d high", c.k, c.n), high, c.high, 0.0006)
	}
}

// By definition: at the bounds the binomial tails are α/2 exactly, summed term by term.
func TestClopperPearsonByItsDefinition(t *testing.T) {
	for _, n := range []int{1, 2, 10, 100, 1000} {
		for _, k := range []int{0, 1, n / 3, n / 2, n - 1, n} {
			low, high := ClopperPearson(k, n, 0.95)
			if k > 0 {
				near(t, fmt.Sprintf("P(≥%d of %d)", k, n), tailSum(n, k, n, low), 0.025, 1e-7)
			} else if low != 0 {
				t.Errorf("0/%d: low %v", n, low)
			}
			if k < n {
				near(t, fmt.Sprintf("P(≤%d of %d)", k, n), tailSum(n, 0, k, high), 0.025, 1e-7)
			} else if high != 1 {
				t.Errorf("%d/%d: high %v", n, n, high)
			}
		}
	}
	near(t, "10/10 one-sided", ClopperPearsonLower(10, 10, 0.95), math.Pow(0.05, 0.1), 1e-9)
	near(t, "0/100 one-sided", ClopperPearsonUpper(0, 100, 0.95), 1-math.Pow(0.05, 0.01), 1e-9)
}

func tailSum(n, from, to int, p float64) float64 {
	sum := 0.0
	for k := from; k <= to; k++ {
		sum += binomial(n, k, p)
	}
	return sum
}

func TestJeffreysByItsDefinition(t *testing.T) {
	for _, n := range []int{1, 10, 100, 10_000, 100_000} {
		for _, k := range []int{1, n / 10, n / 2, n - 1} {
			if k < 1 || k >= n {
				continue
			}
			low, high := Jeffreys(k, n, 0.9)
			a, b := float64(k)+0.5, float64(n-k)+0.5
			near(t, fmt.Sprintf("%d/%d low", k, n), mathext.RegIncBeta(a, b, low), 0.05, 1e-6)
			near(t, fmt.Sprintf("%d/%d high", k, n), mathext.RegIncBeta(a, b, high), 0.95, 1e-6)
		}
	}
}

func TestFixedIntervalsRefuseNonsense(t *testing.T) {
	for _, c := range []struct {
		k, n int
		conf float64
	}{{-1, 5, 0.95}, {6, 5, 0.95}, {1, -5, 0.95}, {1, 5, 0}, {1, 5, 1}, {1, 5, math.NaN()}} {
		low, high := Jeffreys(c.k, c.n, c.conf)
		exactLow, exactHigh := ClopperPearson(c.k, c.n, c.conf)
		for _, v := range []float64{low, high, exactLow, exactHigh} {
			if !math.IsNaN(v) {
				t.Errorf("%+v: %v", c, v)
			}
		}
	}
}
