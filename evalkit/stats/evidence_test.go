package stats

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// quadrature is log E⁺ by its definition: with q = sin²θ the Jeffreys density is flat in θ, so E⁺ is the mean
// likelihood ratio over the angles above the threshold's. Simpson's rule over where the ratio is not negligible,
// largest term taken out.
func quadrature(p0 float64, s, f int) float64 {
	const parts = 20_000
	from, to := math.Asin(math.Sqrt(p0)), math.Pi/2
	logRatio := func(theta float64) float64 {
		l := 0.0
		if s > 0 {
			l += float64(s) * (2*math.Log(math.Sin(theta)) - math.Log(p0))
		}
		if f > 0 {
			l += float64(f) * (2*math.Log(math.Cos(theta)) - math.Log1p(-p0))
		}
		return l
	}
	top := from // of the ratio, which rises to it and falls after it
	if s+f > 0 {
		top = max(from, math.Asin(math.Sqrt(float64(s)/float64(s+f))))
	}
	edge := func(far float64) float64 {
		near := top
		for range 200 {
			if middle := (near + far) / 2; logRatio(middle) > logRatio(top)-50 {
				near = middle
			} else {
				far = middle
			}
		}
		return far
	}
	low, high := edge(from), edge(to)
	sum := 0.0
	for i := range parts + 1 {
		weight := 2.0 + 2*float64(i%2)
		if i == 0 || i == parts {
			weight = 1
		}
		l := logRatio(low + (high-low)*float64(i)/parts)
		sum += weight * math.Exp(l-logRatio(top))
	}
	return logRatio(top) + math.Log(sum*(high-low)/(3*parts*(to-from)))
}

func TestLogEIsItsDefinition(t *testing.T) {
	for _, c := range []struct {
		p0   float64
		s, f int
	}{
		{0.5, 0, 0}, {0.5, 6, 0}, {0.9, 36, 0}, {0.9, 0, 2}, {0.9, 79, 21}, {0.9, 10, 200}, {0.99, 377, 0},
		{0.1, 3, 40}, {0.01, 0, 500}, {1e-6, 1, 3}, {1 - 1e-6, 2, 1}, {0.9, 900_000, 100_000}, {0.9, 901_500, 98_500},
		{0.9, 1_000_000, 0}, {0.5, 499_000, 501_000}, {1e-5, 30, 999_970},
	} {
		t.Run(fmt.Sprintf("%v_%d_%d", c.p0, c.s, c.f), func(t *testing.T) {
			plus, minus := LogE(c.p0, c.s, c.f)
			near(t, "plus", plus, quadrature(c.p0, c.s, c.f), 1e-7)
			near(t, "minus", minus, quadrature(1-c.p0, c.f, c.s), 1e-7)
		})
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Where the regularised function does not underflow, gonum's is a second opinion.
func TestLogEAgreesWithGonum(t *testing.T) {
	for _, p0 := range []float64{0.05, 0.5, 0.8, 0.9, 0.99} {
		for n := 0; n <= 120; n += 3 {
			for s := 0; s <= n; s++ {
				a, b := float64(s)+0.5, float64(n-s)+0.5
				upper := mathext.RegIncBeta(b, a, 1-p0)
				if upper < 1e-200 {
					continue
				}
				want := math.Log(upper) + mathext.Lbeta(a, b) - math.Log(math.Pi*mathext.RegIncBeta(0.5, 0.5, 1-p0)) -
					float64(s)*math.Log(p0) - float64(n-s)*math.Log1p(-p0)
				got, _ := LogE(p0, s, n-s)
				near(t, fmt.Sprintf("p0 %v, %d of %d", p0, s, n), got, want, 1e-9)
			}
		}
	}
}

// The property that everything rests on: at the threshold the mean of E is 1 after any number of trials, on the wrong
// side of it at most 1.
func TestLogEIsAnEProcess(t *testing.T) {
	for _, p0 := range []float64{0.05, 0.5, 0.9, 0.99} {
		for _, n := range []int{1, 2, 7, 50, 300} {
			mean := func(rate float64) (plus, minus float64) {
				for s := range n + 1 {
					lp, lm := LogE(p0, s, n-s)
					share := logBinomial(n, s, rate)
					plus += math.Exp(share + lp)
					minus += math.Exp(share + lm)
				}
				return plus, minus
			}
			plus, minus := mean(p0)
			near(t, fmt.Sprintf("mean of E+ at %v after %d", p0, n), plus, 1, 1e-9)
			near(t, fmt.Sprintf("mean of E- at %v after %d", p0, n), minus, 1, 1e-9)
			if plus, _ := mean(p0 * 0.9); plus > 1 {
				t.Errorf("mean of E+ below %v after %d: %v", p0, n, plus)
			}
			if _, minus := mean(p0 + (1-p0)*0.1); minus > 1 {
				t.Errorf("mean of E- above %v after %d: %v", p0, n, minus)
			}
		}
	}
}

func TestLogEIsMonotone(t *testing.T) {
	for _, p0 := range []float64{1e-9, 0.1, 0.5, 0.9, 1 - 1e-9} {
		for s := 0; s <= 60; s += 3 {
			for f := 0; f <= 60; f += 3 {
				plus, minus := LogE(p0, s, f)
				morePlus, lessMinus := LogE(p0, s+1, f)
				lessPlus, moreMinus := LogE(p0, s, f+1)
				if morePlus <= plus || lessPlus >= plus || moreMinus <= minus || lessMinus >= minus {
					t.Fatalf("p0 %v, %d good, %d bad: not monotone", p0, s, f)
				}
			}
		}
	}
}

func TestLogEIsFiniteFarOut(t *testing.T) {
	const million = 1_000_000
	for _, p0 := range []float64{math.SmallestNonzeroFloat64, 1e-300, 1e-12, 0.3, 0.999999, 1 - 1e-15} {
		for _, c := range [][2]int{{0, 0}, {million, 0}, {0, million}, {million, million}, {million, 1}, {1, million}} {
			plus, minus := LogE(p0, c[0], c[1])
			if math.IsNaN(plus+minus) || math.IsInf(plus, 0) || math.IsInf(minus, 0) {
				t.Errorf("p0 %v, %v: %v, %v", p0, c, plus, minus)
			}
		}
	}
}

func TestLogERefusesNonsense(t *testing.T) {
	for _, p0 := range []float64{0, 1, -1, 2, math.NaN(), math.Inf(1)} {
		if plus, minus := LogE(p0, 1, 1); !math.IsNaN(plus) || !math.IsNaN(minus) {
			t.Errorf("p0 %v: %v, %v", p0, plus, minus)
		}
	}
	if plus, _ := LogE(0.5, -1, 0); !math.IsNaN(plus) {
		t.Errorf("negative count: %v", plus)
	}
}

// The evidence of the design's sample failure: 0 of 2 against 0.9.
func TestLogEOfTheSampleFailure(t *testing.T) {
	_, minus := LogE(0.9, 0, 2)
	near(t, "evidence", math.Exp(minus), 47, 0.01)
}
