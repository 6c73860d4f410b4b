package stats

import (
	"fmt"
	"strings"
	"testing"
)

func sequence(t testing.TB, r Rule) *Sequence {
	t.Helper()
	s, err := NewSequence(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t testing.TB, s *Sequence, i int, m Mark) {
	t.Helper()
	if err := s.Set(i, m); err != nil {
		t.Fatal(err)
	}
}

// judged is the decision over marks written as text, '_' for pending.
func judged(t testing.TB, r Rule, marks string) Decision {
	t.Helper()
	s := sequence(t, r)
	for i := range len(marks) {
		set(t, s, i, Mark(marks[i]))
	}
	return s.Decision()
}

func text(marks []Mark) string {
	var b strings.Builder
	for _, m := range marks {
		b.WriteByte(byte(m))
	}
	return b.String()
}

func TestVerdictsAtReferenceCounts(t *testing.T) {
	ones, zeros := strings.Repeat("1", 400), strings.Repeat("0", 400)
	for _, c := range references {
		for _, m := range []struct {
			rule            Rule
			toward, against string
		}{{Rule{P: c.p}, ones, zeros}, {Rule{Form: AtMost, P: 1 - c.p}, zeros, ones}} {
			if d := judged(t, m.rule, m.toward); d.Verdict != Holds || d.Index != c.holds {
				t.Errorf("%v: %+v", m.rule, d)
			}
			if d := judged(t, m.rule, m.against); d.Verdict != Fails || d.Index != c.fails {
				t.Errorf("%v: %+v", m.rule, d)
			}
			if d := judged(t, m.rule, m.toward[:c.holds-1]); d.Verdict != Open {
				t.Errorf("%v, one short: %+v", m.rule, d)
			}
		}
	}
}

func TestDecisionInFull(t *testing.T) {
	ones := func(n int) string { return strings.Repeat("1", n) }
	for _, c := range []struct {
		name  string
		rule  Rule
		marks string
		want  Decision // LogE aside
	}{
		{"nothing yet", Rule{P: 0.9}, "", Decision{Verdict: Open, Interval: [2]float64{0, 1}, TipHolds: -1, TipFails: -1}},
		{"the sample failure", Rule{P: 0.9}, "00", Decision{Verdict: Fails, Index: 2, Bad: 2, Interval: [2]float64{0, 0.841}, TipHolds: -1, TipFails: -1}},
		{"marks after the crossing count for nothing", Rule{P: 0.9}, "00" + ones(80), Decision{Verdict: Fails, Index: 2, Bad: 2, Interval: [2]float64{0, 0.841}, TipHolds: -1, TipFails: -1}},
		{"not reached and copies use up numbers only", Rule{P: 0.9}, "-0c0", Decision{Verdict: Fails, Index: 4, Bad: 2, NotReached: 1, Copies: 1, Interval: [2]float64{0, 0.841}, TipHolds: -1, TipFails: -1}},
		{"early: one slow trial does not hold up the rest", Rule{P: 0.9}, "_000", Decision{Verdict: Fails, Index: 4, Bad: 3, Pending: 1, Interval: [2]float64{0, 0.856}, TipHolds: -1, TipFails: -1}},
		{"not early: the slow trial could matter", Rule{P: 0.9}, "_0", Decision{Verdict: Open, Index: 2, Bad: 1, Pending: 1, Interval: [2]float64{0, 1}, TipHolds: -1, TipFails: -1}},
		{"holds for certain although one is pending", Rule{P: 0.5}, "_" + ones(12), Decision{Verdict: Holds, Index: 11, Good: 10, Pending: 1, Interval: [2]float64{0.53, 1}, TipHolds: -1, TipFails: -1}},
		{"not early: both pending bad would have failed first", Rule{P: 0.9, Cap: 200}, "__" + ones(150), Decision{Verdict: Open, Index: 152, Good: 150, Pending: 2, Interval: [2]float64{0, 1}, TipHolds: -1, TipFails: -1}},
		{"not early: all pending good would have held first", Rule{P: 0.5, Cap: 200}, "______" + strings.Repeat("0", 90), Decision{Verdict: Open, Index: 96, Bad: 90, Pending: 6, Interval: [2]float64{0, 1}, TipHolds: -1, TipFails: -1}},
		{"none judged", Rule{P: 0.9, Cap: 40}, strings.Repeat("-", 40), Decision{Verdict: Unjudgeable, Index: 40, NotReached: 40, Interval: [2]float64{0, 1}, TipHolds: -1, TipFails: -1}},
		{"fewer judged than the quickest disproof", Rule{P: 0.9, Cap: 40}, "1" + strings.Repeat("c", 39), Decision{Verdict: Unjudgeable, Index: 40, Good: 1, Copies: 39, Interval: [2]float64{0.027, 1}, TipHolds: -1, TipFails: -1}},
		{"as many judged as the quickest disproof", Rule{P: 0.9, Cap: 40}, "11" + strings.Repeat("-", 38), Decision{Verdict: Undecided, Index: 40, Good: 2, NotReached: 38, Interval: [2]float64{0.159, 1}, TipHolds: -1, TipFails: -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judged(t, c.rule, c.marks)
			got.LogEPlus, got.LogEMinus = 0, 0
			if got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// An open series at the cap is not undecided while a trial is pending, even if no completion crosses.
func TestUndecidedOnlyAtTheCapWithNothingPending(t *testing.T) {
	r := Rule{P: 0.9, Cap: 40}
	marks := strings.Repeat("1110111111", 4)
	if d := judged(t, r, marks[:39]); d.Verdict != Open {
		t.Errorf("before the cap: %+v", d)
	}
	if d := judged(t, r, marks[:39]+"_"); d.Verdict != Open {
		t.Errorf("one pending: %+v", d)
	}
	if d := judged(t, r, marks); d.Verdict != Undecided || d.Index != 40 {
		t.Errorf("at the cap: %+v", d)
	}
	if d := judged(t, r, marks+"000000000000"); d.Verdict != Undecided || d.Bad != 4 {
		t.Errorf("past the cap: %+v", d)
	}
}

func TestSetRefuses(t *testing.T) {
	s := sequence(t, Rule{P: 0.9})
	for _, c := range []struct {
		index int
		mark  Mark
		want  string
	}{
		{-1, Good, "must not be negative"},
		{0, Void, "void trials are not judged"},
		{0, 'z', "is no mark"},
		{0, 0, "is no mark"},
	} {
		if err := s.Set(c.index, c.mark); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Set(%d, %v): %v", c.index, c.mark, err)
		}
	}
	if d := s.Decision(); d.Index != 0 {
		t.Errorf("a refused mark grew the series: %+v", d)
	}
	set(t, s, 0, Bad)
	set(t, s, 0, Bad)
	if err := s.Set(0, Good); err == nil || !strings.Contains(err.Error(), "a judgement is final") {
		t.Errorf("changed judgement: %v", err)
	}
	set(t, s, 0, Pending) // says nothing new
	if d := s.Decision(); d.Bad != 1 {
		t.Errorf("%+v", d)
	}
}

func ExampleSequence() {
	s, err := NewSequence(Rule{Form: AtLeast, P: 0.9})
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Grow(3) // three trials run at once
	for _, ended := range []int{2, 1} {
		if err := s.Set(ended, Bad); err != nil {
			fmt.Println(err)
		}
		fmt.Println(s.Decision().Verdict)
	}
	if err := s.Set(0, Bad); err != nil {
		fmt.Println(err)
	}
	d := s.Decision()
	fmt.Printf("%v after %d: %d of %d, rate within %v\n", d.Verdict, d.Index, d.Good, d.Judged(), d.Interval)
	// Output:
	// open
	// open
	// fails after 2: 0 of 2, rate within [0 0.841]
}
