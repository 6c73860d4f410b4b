package stats

import "slices"

// atCap is the decision where the cap is reached, nothing is pending and nothing has crossed.
func (s *Sequence) atCap() Decision {
	d := s.describe(Undecided, s.at, s.prefix)
	toward, against := Good, Bad
	if s.rule.Form == AtMost {
		toward, against = Bad, Good
	}
	d.TipHolds = s.tip(toward, Holds)
	d.TipFails = s.tip(against, Fails)
	// The quickest disproof takes one trial at least, so that a series without a judgement is among these.
	if d.TipHolds >= 0 || d.TipFails >= 0 || d.Judged() < s.rule.QuickestFails() {
		d.Verdict = Unjudgeable
	}
	return d
}

// tip is the smallest number of lost trials which, had they been m, would have led to v; −1 if all of them would not.
// The earliest ones do most, since the evidence is then there at every later index, and the more the better: halving
// finds the number.
func (s *Sequence) tip(m Mark, v Verdict) int {
	leads := func(k int) bool {
		got, _ := crossing(s.boundary, s.rule.Form, &tally{}, fillLost(s.marks, k, m))
		return got == v
	}
	low, high := 0, s.prefix.lost
	if high == 0 || !leads(high) {
		return -1
	}
	for low+1 < high {
		if middle := (low + high) / 2; leads(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// fillLost is a copy of marks with the first k lost ones replaced by m.
func fillLost(marks []Mark, k int, m Mark) []Mark {
	filled := slices.Clone(marks)
	for i := range filled {
		if k == 0 {
			break
		}
		if filled[i] == Lost || filled[i] == Cut {
			filled[i] = m
			k--
		}
	}
	return filled
}
