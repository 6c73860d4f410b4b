package evalkit_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// series per simulation: enough to tell .05 from the .1 to 1 that the mistakes
// in judging give which DESIGN §5 lists.
const simulated = 200

// simulate runs series and returns how often each verdict of AtLeast(0.9) came
// out, with another assertion before it or without. All of it happens in fake
// time.
func simulate(t *testing.T, seedBase uint64, before bool, fate func(number int, r *rand.Rand) fate, opts ...evalkit.Option) map[stats.Verdict]int {
	t.Helper()
	got := map[stats.Verdict]int{}
	for i := range simulated {
		synctest.Test(t, func(t *testing.T) {
			ft := &fakeT{name: t.Name()}
			all := append([]evalkit.Option{evalkit.Seed(seedBase + uint64(i)), evalkit.LogDir(t.TempDir())}, opts...)
			trials := evalkit.Run(context.Background(), ft, &puppet{fate: fate}, situation(), all...)
			ask := func(at float64) stats.Verdict {
				a, err := trials.Decide(evalkit.Question{Text: "rate", Judge: isGood, Rule: stats.Rule{Form: stats.AtLeast, P: at}})
				if err != nil {
					t.Fatal(err)
				}
				return a.Verdict
			}
			if before {
				ask(0.85) // settled in a few dozen trials, with many more under way
			}
			got[ask(0.9)]++
			ft.end()
			if ft.Failed() {
				t.Fatal(ft.errors)
			}
		})
	}
	return got
}

// wrong demands that a wrong verdict is as rare as α says, allowing for the
// chance of the simulation itself.
func wrong(t *testing.T, what string, got map[stats.Verdict]int, v stats.Verdict) {
	t.Helper()
	rate := float64(got[v]) / simulated
	bound := stats.DefaultAlpha + 2.6*math.Sqrt(stats.DefaultAlpha*(1-stats.DefaultAlpha)/simulated)
	t.Logf("%s: wrong %q in %.3f of %d series", what, v, rate, simulated)
	if rate > bound {
		t.Errorf("%s: wrong %q in %.3f of the series, more than %.3f", what, v, rate, bound)
	}
}

func TestWrongVerdictsStayUnderAlpha(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("simulates thousands of trials")
	}
	slow := func(factor int) func(int, *rand.Rand) fate {
		return func(_ int, r *rand.Rand) fate {
			f := fate{good: r.Float64() < 0.9, takes: time.Duration(r.ExpFloat64() * float64(time.Second))}
			if !f.good {
				f.takes *= time.Duration(factor)
			}
			return f
		}
	}
	cases := []struct {
		name   string
		fate   func(int, *rand.Rand) fate
		before bool
		at     int
	}{
		{"one at a time", slow(1), false, 1},
		{"100 at a time, violators 5 times as slow", slow(5), false, 100},
		{"100 at a time, violators 20 times as slow", slow(20), false, 100},
		{"behind another matcher, violators 5 times as slow", slow(5), true, 100},
		{"behind another matcher, violators 20 times as slow", slow(20), true, 100},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := simulate(t, uint64(1000*i), c.before, c.fate, evalkit.Concurrency(c.at))
			wrong(t, c.name, got, stats.Holds)
			wrong(t, c.name, got, stats.Fails)
		})
	}
}

func TestViolatorsThatAreAlwaysLostDoNotMakeARateHold(t *testing.T) {
	t.Parallel()
	fate := func(_ int, r *rand.Rand) fate {
		good := r.Float64() < 0.8
		return fate{good: good, lost: !good}
	}
	got := simulate(t, 77, false, fate, evalkit.Concurrency(100))
	if got[stats.Holds] > simulated/20 {
		t.Errorf("%d of %d series hold, though 2 of 10 trials are lost", got[stats.Holds], simulated)
	}
	if got[stats.Unjudgeable] < simulated/2 {
		t.Errorf("the lost trials decide, so most series are unjudgeable; got %v", got)
	}
}
