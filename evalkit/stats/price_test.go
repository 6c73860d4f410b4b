package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestPriceReferences(t *testing.T) {
	unsaid := math.NaN()
	for _, c := range []struct {
		rule                 Rule
		truth                float64
		holds, fails, trials float64 // as the design rounds them
	}{
		{Rule{P: 0.9, Cap: 100}, 0.99, 0.96, unsaid, 48},
		{Rule{P: 0.9, Cap: 100}, 0.98, 0.80, unsaid, 60},
		{Rule{P: 0.9, Cap: 100}, 0.95, 0.28, unsaid, unsaid},
		{Rule{P: 0.9, Cap: 100}, 0.79, unsaid, 0.63, unsaid},
		{Rule{P: 0.95, Cap: 100}, 0.99, 0.48, unsaid, unsaid},
		{Rule{P: 0.9, Cap: 5000}, 0.21, 0, 1, 3.24},
	} {
		mirrored := Rule{Form: AtMost, P: 1 - c.rule.P, Cap: c.rule.Cap}
		for _, side := range []struct {
			rule  Rule
			truth float64
		}{{c.rule, c.truth}, {mirrored, 1 - c.truth}} {
			t.Run(fmt.Sprintf("%v at %.2f", side.rule, side.truth), func(t *testing.T) {
				row, err := Price(side.rule, side.truth)
				if err != nil {
					t.Fatal(err)
				}
				rounded(t, "P(holds)", row.PHolds, c.holds, 100)
				rounded(t, "P(fails)", row.PFails, c.fails, 100)
				if c.trials == 3.24 {
					rounded(t, "trials", row.Trials, c.trials, 100)
				} else {
					rounded(t, "trials", row.Trials, c.trials, 1)
				}
				near(t, "sum", row.PHolds+row.PFails+row.PUndecided, 1, 1e-12)
			})
		}
	}
}

func rounded(t *testing.T, what string, got, want, parts float64) {
	t.Helper()
	if !math.IsNaN(want) && math.Round(got*parts)/parts != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// The exact chance of ever crossing at the threshold itself, over 3000 trials: what Ville bounds by alpha.
func TestChanceOfEverCrossingAtTheThreshold(t *testing.T) {
	for _, c := range []struct{ p, up, down float64 }{{0.5, 0.036, 0.036}, {0.9, 0.045, 0.025}, {0.95, 0.044, 0.018}} {
		up, down := everCrossing(c.p, 3000)
		rounded(t, fmt.Sprintf("E+ at %v", c.p), up, c.up, 1000)
		rounded(t, fmt.Sprintf("E- at %v", c.p), down, c.down, 1000)
		row, err := Price(Rule{P: c.p, Cap: 3000}, c.p)
		if err != nil || row.PHolds > up || row.PFails > down {
			t.Errorf("first crossings %+v, %v, above single ones %v, %v", row, err, up, down)
		}
	}
}

// everCrossing lets each E cross alone, the other not stopping it: plain dynamic programming over all counts.
func everCrossing(p float64, n int) (up, down float64) {
	threshold := math.Log(20)
	one := func(crossed func(s, f int) bool) (ever float64) {
		alive := []float64{1} // by successes
		for m := 1; m <= n; m++ {
			next := make([]float64, m+1)
			for s, mass := range alive {
				next[s] += mass * (1 - p)
				next[s+1] += mass * p
			}
			for s, mass := range next {
				// E is asked only near the boundary of this n: elsewhere there is no mass to speak of, or it is far off.
				if mass > 1e-12 && crossed(s, m-s) {
					ever += mass
					next[s] = 0
				}
			}
			alive = next
		}
		return ever
	}
	up = one(func(s, f int) bool { plus, _ := LogE(p, s, f); return plus >= threshold })
	down = one(func(s, f int) bool { _, minus := LogE(p, s, f); return minus >= threshold })
	return up, down
}

// Half exposed: 80 % power becomes 46 %.
func TestHalfExposed(t *testing.T) {
	row, err := PriceExposed(Rule{P: 0.9}, 0.98, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	rounded(t, "power at half exposure", row.PHolds, 0.46, 100)
	whole, err := Price(Rule{P: 0.9}, 0.98)
	if err != nil {
		t.Fatal(err)
	}
	rounded(t, "power at whole exposure", whole.PHolds, 0.80, 100)

	n, err := CapExposed(Rule{P: 0.9}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for at, enough := range map[int]bool{n: true, n - 1: false} {
		row, err := PriceExposed(Rule{P: 0.9, Cap: at}, 0.98, 0.5)
		if err != nil || (row.PHolds >= 0.8) != enough {
			t.Errorf("cap %d: %+v, %v", at, row, err)
		}
	}
	if n, err := CapExposed(Rule{P: 0.9}, 1); err != nil || n != 86 {
		t.Errorf("all exposed: %d, %v", n, err)
	}
	for _, share := range []float64{0, -1, 1.1, math.NaN(), 1e-9} {
		if n, err := CapExposed(Rule{P: 0.9}, share); err == nil {
			t.Errorf("share %v: %d", share, n)
		}
	}
}

// The closed form for partly exposed trials against a plain walk over (drawn, judged, against).
func TestExposedAgainstPlainEnumeration(t *testing.T) {
	r := Rule{P: 0.5, Alpha: 0.2, Cap: 25}
	const truth, share = 0.7, 0.35
	b := newBoundary(r)
	type state struct{ s, f int }
	alive := map[state]float64{{}: 1}
	var want Row
	for range r.Cap {
		next := map[state]float64{}
		for at, mass := range alive {
			want.Trials += mass
			next[at] += mass * (1 - share)
			next[state{at.s + 1, at.f}] += mass * share * truth
			next[state{at.s, at.f + 1}] += mass * share * (1 - truth)
		}
		for at, mass := range next {
			switch n := at.s + at.f; {
			case b.holds(at.s, n):
				want.PHolds += mass
				delete(next, at)
			case b.fails(at.f, n):
				want.PFails += mass
				delete(next, at)
			}
		}
		alive = next
	}
	got, err := PriceExposed(r, truth, share)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "holds", got.PHolds, want.PHolds, 1e-12)
	near(t, "fails", got.PFails, want.PFails, 1e-12)
	near(t, "trials", got.Trials, want.Trials, 1e-12)
}

func TestPriceTable(t *testing.T) {
	rows, err := PriceTable(Rule{P: 0.9})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for i, truth := range []float64{0.99, 0.98, 0.8} {
		near(t, "truth", rows[i].Truth, truth, 1e-12)
	}
	mirrored, err := PriceTable(Rule{Form: AtMost, P: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		near(t, "mirrored truth", mirrored[i].Truth, 1-rows[i].Truth, 1e-12)
		near(t, "mirrored holds", mirrored[i].PHolds, rows[i].PHolds, 1e-9)
		near(t, "mirrored trials", mirrored[i].Trials, rows[i].Trials, 1e-9)
	}
	low, err := PriceTable(Rule{P: 0.1})
	if err != nil || low[2].Truth != 0 || low[2].PFails != 1 {
		t.Errorf("a bad rate below 0 is 0: %+v, %v", low, err)
	}
	for _, truth := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := Price(Rule{P: 0.9}, truth); err == nil {
			t.Errorf("truth %v accepted", truth)
		}
	}
}

// The dynamic programme and the Sequence that it prices are two pieces of code: they must say the same.
func TestPriceIsWhatSequencesDo(t *testing.T) {
	r, err := Rule{P: 0.9}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	const runs, truth = 4000, 0.96
	random := rand.New(rand.NewPCG(1, 2))
	holds, trials := 0, 0
	for range runs {
		s := sequence(t, r)
		for i := 0; s.Decision().Verdict == Open; i++ {
			set(t, s, i, draw(random, truth))
		}
		trials += s.Decision().Index
		if s.Decision().Verdict == Holds {
			holds++
		}
	}
	row := price(r, truth, 1)
	near(t, "P(holds)", float64(holds)/runs, row.PHolds, 4*0.5/math.Sqrt(runs))
	near(t, "trials", float64(trials)/runs, row.Trials, 0.04)
}

func draw(random *rand.Rand, rate float64) Mark {
	if random.Float64() < rate {
		return Good
	}
	return Bad
}
