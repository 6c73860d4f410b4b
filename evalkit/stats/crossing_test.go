package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// naive is the rule as the design states it, from scratch at every index and without the boundary: E by LogE against
// the threshold itself, for AtMost by the other of the two. Undecided stands for no crossing.
func naive(r Rule, marks []Mark) (Verdict, int) {
	for n := 1; n <= min(len(marks), r.Cap); n++ {
		good, bad, lost := 0, 0, 0
		for _, m := range marks[:n] {
			switch m {
			case Good:
				good++
			case Bad:
				bad++
			case Lost, Cut:
				lost++
			}
		}
		above, _ := LogE(r.P, good, bad+lost)
		_, below := LogE(r.P, good+lost, bad)
		holds, fails := above, below
		if r.Form == AtMost {
			holds, fails = below, above
		}
		switch needed := math.Log(1 / r.Alpha); {
		case holds >= needed:
			return Holds, n
		case fails >= needed:
			return Fails, n
		}
	}
	return Undecided, min(len(marks), r.Cap)
}

var allMarks = []Mark{Good, Bad, NotReached, Lost, Copy, Cut}

func randomMark(random *rand.Rand, rate float64) Mark {
	if random.Float64() < 0.2 {
		return allMarks[random.IntN(len(allMarks))]
	}
	return draw(random, rate)
}

var smallRules = []Rule{
	{Form: AtLeast, P: 0.5, Alpha: 0.3, Cap: 14}, {Form: AtMost, P: 0.5, Alpha: 0.3, Cap: 14},
	{Form: AtLeast, P: 0.7, Alpha: 0.4, Cap: 20}, {Form: AtMost, P: 0.2, Alpha: 0.4, Cap: 20},
	{Form: AtLeast, P: 0.3, Alpha: 0.45, Cap: 12}, {Form: AtLeast, P: 0.6, Alpha: 0.05, Cap: 30},
}

// The early decision against its definition: every completion of the pending marks, by every mark there is, is judged
// from scratch. There is a verdict exactly if all of them give the same one, and its index is the latest of theirs.
func TestEarlyDecisionAgainstEveryCompletion(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	seen := map[Verdict]int{}
	for round := range 1200 {
		r := smallRules[round%len(smallRules)]
		marks := make([]Mark, 1+random.IntN(r.Cap+2))
		rate := []float64{0.02, 0.3, 0.7, 0.98}[random.IntN(4)]
		for i := range marks {
			marks[i] = randomMark(random, rate)
		}
		var pending []int
		for range 1 + random.IntN(4) {
			i := random.IntN(len(marks))
			if marks[i] != Pending && i < r.Cap {
				marks[i] = Pending
				pending = append(pending, i)
			}
		}
		s := sequence(t, r)
		for i, m := range marks {
			set(t, s, i, m)
		}
		got := s.Decision()
		want, index := unanimous(r, marks, pending)
		if len(pending) == 0 {
			continue
		}
		if got.Verdict != want || want != Open && got.Index != index {
			t.Fatalf("%v over %s: %v at %d, every completion %v at %d", r, text(marks), got.Verdict, got.Index, want, index)
		}
		if got.Verdict != Open && got.Pending > 0 {
			seen[got.Verdict]++
		}
	}
	if seen[Holds] < 10 || seen[Fails] < 10 {
		t.Errorf("too few early verdicts to show anything: %v", seen)
	}
}

// Pending trials at the start may have decided the other way before the later ones had their say.
func TestEarlyDecisionBehindAPendingStart(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 18))
	blocked := 0
	for round := range 60 {
		r := []Rule{{P: 0.7, Alpha: 0.45, Cap: 40}, {Form: AtMost, P: 0.3, Alpha: 0.45, Cap: 40}, {P: 0.3, Alpha: 0.45, Cap: 40}}[round%3]
		marks := make([]Mark, 10+random.IntN(30))
		rate := []float64{0.03, 0.97}[random.IntN(2)]
		for i := range marks {
			marks[i] = draw(random, rate)
		}
		pending := []int{0, 1, 2}[:1+random.IntN(3)]
		for _, i := range pending {
			marks[i] = Pending
		}
		got := judged(t, r, text(marks))
		want, index := unanimous(r, marks, pending)
		if got.Verdict != want || want != Open && got.Index != index {
			t.Fatalf("%v over %s: %v at %d, every completion %v at %d", r, text(marks), got.Verdict, got.Index, want, index)
		}
		against := Bad
		if r.Form == AtMost {
			against = Good
		}
		if worst, _ := naive(r, []Mark(strings.ReplaceAll(text(marks), "_", string(against)))); want == Open && worst != Undecided {
			blocked++
		}
	}
	if blocked < 5 {
		t.Errorf("too few that a crossing before the last one blocks: %d", blocked)
	}
}

func unanimous(r Rule, marks []Mark, pending []int) (Verdict, int) {
	filled := append([]Mark(nil), marks...)
	verdict, index, first, same := Open, 0, true, true
	var fill func(k int)
	fill = func(k int) {
		if k < len(pending) {
			for _, m := range allMarks[:5] { // Cut counts as Lost
				filled[pending[k]] = m
				fill(k + 1)
			}
			return
		}
		v, n := naive(r, filled)
		index = max(index, n)
		same = same && (first || v == verdict)
		verdict, first = v, false
	}
	fill(0)
	if !same || verdict == Undecided {
		return Open, 0
	}
	return verdict, index
}

// Trials end in any order; whatever the order, the verdict is the one that the marks by number give, it never changes
// once said, and it is never said before its time.
func TestAnyOrderGivesTheVerdictByNumber(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	rules := append([]Rule{{P: 0.9, Alpha: 0.05, Cap: 86}, {Form: AtMost, P: 0.1, Alpha: 0.05, Cap: 86}}, smallRules...)
	for round := range 2000 {
		r := rules[round%len(rules)]
		marks := make([]Mark, r.Cap)
		rate := []float64{0.02, 0.3, 0.9, 0.995}[random.IntN(4)]
		for i := range marks {
			marks[i] = randomMark(random, rate)
		}
		want, index := naive(r, marks)
		s := sequence(t, r)
		s.Grow(r.Cap)
		var said *Decision
		for _, i := range random.Perm(r.Cap) {
			set(t, s, i, marks[i])
			d := s.Decision()
			if said != nil && d != *said {
				t.Fatalf("%v: %+v became %+v", r, *said, d)
			}
			if d.Verdict != Open {
				said = &d
			}
		}
		got := s.Decision()
		switch {
		case want == Undecided && (got.Verdict == Undecided || got.Verdict == Unjudgeable) && got.Index == r.Cap:
		case want == got.Verdict && got.Index >= index && (got.Pending > 0 || got.Index == index):
		default:
			t.Fatalf("%v over %s: %v at %d, by number %v at %d", r, text(marks), got.Verdict, got.Index, want, index)
		}
	}
}
