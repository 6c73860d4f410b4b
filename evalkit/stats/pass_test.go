package stats

import (
	"fmt"
	"math"
	"testing"
)

// By definition: over all ways to choose k of n trials, the share with at least one good, and with all good.
func TestPassEstimatorsByEnumeration(t *testing.T) {
	for n := 1; n <= 9; n++ {
		for c := 0; c <= n; c++ {
			some, all, ways := make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)
			for set := range 1 << n {
				k, good := 0, 0
				for i := range n {
					if set>>i&1 == 1 {
						k++
						if i < c {
							good++
						}
					}
				}
				ways[k]++
				if good > 0 {
					some[k]++
				}
				if good == k {
					all[k]++
				}
			}
			for k := 1; k <= n; k++ {
				name := fmt.Sprintf("n %d, c %d, k %d", n, c, k)
				near(t, "pass@k, "+name, PassAtK(n, c, k), some[k]/ways[k], 1e-12)
				near(t, "pass^k, "+name, PassHatK(n, c, k), all[k]/ways[k], 1e-12)
			}
		}
	}
}

func TestPassEstimatorsAreUnbiased(t *testing.T) {
	const n, k, rate = 20, 4, 0.7
	at, hat := 0.0, 0.0
	for c := range n + 1 {
		at += binomial(n, c, rate) * PassAtK(n, c, k)
		hat += binomial(n, c, rate) * PassHatK(n, c, k)
	}
	near(t, "pass@k", at, 1-math.Pow(1-rate, k), 1e-12)
	near(t, "pass^k", hat, math.Pow(rate, k), 1e-12)
}

func TestPassRefusesNonsense(t *testing.T) {
	for _, c := range [][3]int{{5, 6, 1}, {5, -1, 1}, {5, 3, 0}, {5, 3, 6}, {-1, 0, 1}} {
		if a, b := PassAtK(c[0], c[1], c[2]), PassHatK(c[0], c[1], c[2]); !math.IsNaN(a) || !math.IsNaN(b) {
			t.Errorf("%v: %v, %v", c, a, b)
		}
	}
	for _, c := range [][2]float64{{-0.1, 0.5}, {0.6, 0.5}, {0.5, 1.1}, {math.NaN(), 1}} {
		if low, _ := PassHatKBounds(c[0], c[1], 2); !math.IsNaN(low) {
			t.Errorf("%v: %v", c, low)
		}
		if low, _ := PassAtKBounds(c[0], c[1], 2); !math.IsNaN(low) {
			t.Errorf("%v: %v", c, low)
		}
	}
}

func TestPassBounds(t *testing.T) {
	low, high := PassHatKBounds(0.9, 1, 8)
	near(t, "pass^8 low", low, math.Pow(0.9, 8), 1e-12)
	near(t, "pass^8 high", high, 1, 0)
	low, high = PassAtKBounds(0, 0.25, 3)
	near(t, "pass@3 low", low, 0, 0)
	near(t, "pass@3 high", high, 1-math.Pow(0.75, 3), 1e-12)
	if math.Signbit(low) {
		t.Error("pass@3 low is −0")
	}
}
