package stats

import (
	"math/rand/v2"
	"testing"
)

func TestIntervalNeverContradictsTheVerdict(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for round := range 600 {
		p := 0.05 + 0.9*random.Float64()
		r := Rule{Form: Form(round % 2), P: p, Alpha: 0.2}
		s := sequence(t, r)
		rate := random.Float64()
		for i := 0; s.Decision().Verdict == Open; i++ {
			set(t, s, i, randomMark(random, rate))
		}
		d := s.Decision()
		low, high := d.Interval[0], d.Interval[1]
		above := d.Verdict == Holds && r.Form == AtLeast || d.Verdict == Fails && r.Form == AtMost
		below := d.Verdict == Fails && r.Form == AtLeast || d.Verdict == Holds && r.Form == AtMost
		if above && low < p || below && high > p || !above && !below && (low > p || high < p) || low > high {
			t.Fatalf("%v: %+v", r, d)
		}
	}
}
