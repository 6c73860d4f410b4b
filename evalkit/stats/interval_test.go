package stats

import (
	"fmt"
	"math"
	"testing"
)

func TestIntervalReferences(t *testing.T) {
	for _, c := range []struct {
		good, n int
		want    [2]float64
	}{
		{36, 36, [2]float64{0.900, 1}},
		{74, 74, [2]float64{0.950, 1}},
		{0, 2, [2]float64{0, 0.841}},
		{79, 100, [2]float64{0.651, 0.901}},
		{52, 100, [2]float64{0.364, 0.674}},
		{0, 0, [2]float64{0, 1}},
	} {
		if got := RoundOut(Interval(c.good, c.n-c.good, 0, 0.05)); got != c.want {
			t.Errorf("%d/%d: %v, want %v", c.good, c.n, got, c.want)
		}
	}
}

// The ends are the thresholds at which the two tests cross, and lost trials widen the interval at both.
func TestIntervalInvertsTheTests(t *testing.T) {
	for _, c := range [][3]int{{36, 0, 0}, {79, 21, 0}, {30, 2, 5}, {1, 0, 0}, {5, 50, 3}, {400, 3, 1}, {90_000, 10_000, 50}} {
		low, high := Interval(c[0], c[1], c[2], 0.05)
		const step = 1e-9
		at := func(p float64, s, f int) (float64, float64) { return LogE(p, s, f) }
		if below, _ := at(low-step, c[0], c[1]+c[2]); low > step && below < math.Log(20) {
			t.Errorf("%v: below the lower end %v is not excluded", c, low)
		}
		if inside, _ := at(low+step, c[0], c[1]+c[2]); inside >= math.Log(20) {
			t.Errorf("%v: above the lower end %v is excluded", c, low)
		}
		if _, above := at(high+step, c[0]+c[2], c[1]); high < 1-step && above < math.Log(20) {
			t.Errorf("%v: above the upper end %v is not excluded", c, high)
		}
		if _, inside := at(high-step, c[0]+c[2], c[1]); inside >= math.Log(20) {
			t.Errorf("%v: below the upper end %v is excluded", c, high)
		}
	}
}

// Halving is right only if E⁺ as a function of the threshold falls wherever it is large, and is at most 1 at the
// observed rate.
func TestLogEFallsWithTheThreshold(t *testing.T) {
	for _, n := range []int{1, 2, 5, 20, 100, 1000} {
		for _, s := range []int{1, n / 3, n / 2, n - 1, n} {
			if s < 1 {
				continue
			}
			rate := float64(s) / float64(n)
			before := math.Inf(1)
			for i := 1; i < 2000; i++ {
				plus, _ := LogE(rate*float64(i)/2000, s, n-s)
				if plus >= before && plus > math.Log(2) {
					t.Fatalf("%d of %d: rises at threshold %v to %v", s, n, rate*float64(i)/2000, plus)
				}
				before = plus
			}
			if s < n {
				if plus, _ := LogE(rate, s, n-s); plus > 0 {
					t.Errorf("%d of %d: log E+ %v at the observed rate", s, n, plus)
				}
			}
		}
	}
}

func TestIntervalRefusesNonsense(t *testing.T) {
	for _, c := range []struct {
		good, bad, lost int
		alpha           float64
	}{{-1, 0, 0, 0.05}, {1, -1, 0, 0.05}, {1, 1, -1, 0.05}, {1, 1, 1, 0}, {1, 1, 1, 1}, {1, 1, 1, math.NaN()}} {
		if low, high := Interval(c.good, c.bad, c.lost, c.alpha); !math.IsNaN(low) || !math.IsNaN(high) {
			t.Errorf("%+v: %v, %v", c, low, high)
		}
	}
}

// Coverage of the lower end at a stopping time chosen to embarrass it: the chance that it ever, within n trials, lies
// above the truth is at most alpha. Exact, by walking all paths through (s,f).
func TestIntervalCoversHoweverOftenOneLooks(t *testing.T) {
	const n, alpha = 80, 0.05
	for _, truth := range []float64{0.1, 0.5, 0.8, 0.9} {
		alive, missed := []float64{1}, 0.0
		for m := 1; m <= n; m++ {
			next := make([]float64, m+1)
			for s, mass := range alive {
				next[s] += mass * (1 - truth)
				next[s+1] += mass * truth
			}
			for s, mass := range next {
				if mass < 1e-9 {
					continue
				}
				if low, _ := Interval(s, m-s, 0, alpha); low > truth {
					missed += mass
					next[s] = 0
				}
			}
			alive = next
		}
		if missed > alpha || missed == 0 {
			t.Errorf("truth %v: missed with probability %v", truth, missed)
		}
	}
}

// 10 of 10: rate ≥ 0.68 by the anytime-valid bound. The fixed-n bounds give 0.74 one-sided and 0.69 two-sided.
func TestWorthOfCleanTrials(t *testing.T) {
	for n, want := range map[int]string{10: "0.686", 36: "0.900", 74: "0.950", 0: "0.000"} {
		if got := fmt.Sprintf("%.3f", WorthOf(n, 0.05)); got != want {
			t.Errorf("%d clean trials: %s, want %s", n, got, want)
		}
	}
	if math.Floor(WorthOf(10, 0.05)*100) != 68 {
		t.Errorf("10 of 10 is %v, not 0.68 rounded outwards", WorthOf(10, 0.05))
	}
}
