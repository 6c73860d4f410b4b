package stats

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLostTrialsAndTheTippingPoint(t *testing.T) {
	ones := func(n int) string { return strings.Repeat("1", n) }
	zeros := func(n int) string { return strings.Repeat("0", n) }
	for _, c := range []struct {
		name               string
		rule               Rule
		marks              string
		verdict            Verdict
		tipHolds, tipFails int
	}{
		{"lost ones that cannot matter", Rule{P: 0.9, Cap: 60}, "?" + strings.Repeat("1101111111", 6)[:59], Undecided, -1, -1},
		{"had two of three complied", Rule{P: 0.9, Cap: 73}, ones(20) + "???" + ones(50), Unjudgeable, 2, -1},
		{"cut counts as lost", Rule{P: 0.9, Cap: 73}, ones(20) + "x?x" + ones(50), Unjudgeable, 2, -1},
		{"mirrored", Rule{Form: AtMost, P: 0.1, Cap: 73}, zeros(20) + "???" + zeros(50), Unjudgeable, 2, -1},
		{"either way", Rule{P: 0.9, Cap: 40}, ones(20) + strings.Repeat("?", 10) + ones(10), Unjudgeable, 10, 9},
		{"all lost", Rule{P: 0.9, Cap: 40}, strings.Repeat("?", 40), Unjudgeable, 36, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := judged(t, c.rule, c.marks)
			if d.Verdict != c.verdict || d.TipHolds != c.tipHolds || d.TipFails != c.tipFails {
				t.Errorf("%v, tips %d and %d", d.Verdict, d.TipHolds, d.TipFails)
			}
		})
	}
}

// The tipping point by definition: the smallest number of lost marks, over all choices of which, that would do it.
func TestTippingPointByEnumeration(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	tipped := 0
	for round := range 800 {
		r := smallRules[round%len(smallRules)]
		marks := make([]Mark, r.Cap)
		var lost []int
		for i := range marks {
			marks[i] = draw(random, 0.6)
			if random.Float64() < 0.3 && len(lost) < 5 {
				marks[i] = Lost
				lost = append(lost, i)
			}
		}
		if v, _ := naive(r, marks); v != Undecided {
			continue
		}
		d := judged(t, r, text(marks))
		toward, against := Good, Bad
		if r.Form == AtMost {
			toward, against = Bad, Good
		}
		holds, fails := fewest(r, marks, lost, toward, Holds), fewest(r, marks, lost, against, Fails)
		if d.TipHolds != holds || d.TipFails != fails {
			t.Fatalf("%v over %s: tips %d and %d, by enumeration %d and %d", r, text(marks), d.TipHolds, d.TipFails, holds, fails)
		}
		few := d.Judged() < r.QuickestFails()
		if want := holds >= 0 || fails >= 0 || few; want != (d.Verdict == Unjudgeable) {
			t.Fatalf("%v over %s: %v", r, text(marks), d.Verdict)
		}
		if holds > 1 || fails > 1 {
			tipped++
		}
	}
	if tipped < 20 {
		t.Errorf("too few tipping points above 1 to show anything: %d", tipped)
	}
}

func fewest(r Rule, marks []Mark, lost []int, m Mark, v Verdict) int {
	best := -1
	for choice := range 1 << len(lost) {
		filled, k := append([]Mark(nil), marks...), 0
		for j, i := range lost {
			if choice>>j&1 == 1 {
				filled[i] = m
				k++
			}
		}
		if got, _ := naive(r, filled); got == v && (best < 0 || k < best) {
			best = k
		}
	}
	return best
}
