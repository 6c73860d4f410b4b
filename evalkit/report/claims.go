package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// claims says what may be claimed of the rates together: each verdict is right but with probability α, that some of
// many fails although all are fine takes kα, and Holm's procedure says which failures stand for all together. Verdicts
// of failing that their specs asked for are no part of it.
func (s *summary) claims() {
	var rates []Assertion
	for _, a := range s.list {
		if a.Rate && !expected(a) {
			rates = append(rates, a)
		}
	}
	if len(rates) == 0 {
		return
	}
	least, most, sum := math.Inf(1), 0.0, 0.0
	for _, a := range rates {
		alpha := alphaOf(a)
		least, most, sum = min(least, alpha), max(most, alpha), sum+alpha
	}
	runs := float64(max(s.o.Runs, 1))
	text := fmt.Sprintf("That a rate holds here although it is on the wrong side of its threshold: at most %s for each.", figure(runs*most))
	if len(rates) > 1 {
		text += fmt.Sprintf(" That some of the %d fails although all are fine: at most %s.", len(rates), figure(runs*sum))
	}
	text += uncovered(rates)
	if runs > 1 {
		text += fmt.Sprintf(" This allows for %.0f runs of this commit, of which any might have been believed.", runs)
	}
	s.wrapped(text)
	if len(rates) > 1 {
		s.holm(rates, least, most)
	}
}

// holm says that each failure was shown by itself, and which would need more trials to stand in one claim about all
// rates, of which the smallest α is least and the largest most.
func (s *summary) holm(rates []Assertion, least, most float64) {
	evidence := make([]float64, len(rates))
	for i, a := range rates {
		evidence[i] = a.LogEMinus
		if isMoved(a) {
			evidence[i] = math.NaN() // the bounds of its judge are at its own α, not at a smaller one
		}
	}
	shown := stats.Holm(evidence, least)
	failed := 0
	var short []string
	for i, a := range rates {
		if a.Verdict != "fails" {
			continue
		}
		failed++
		if !shown[i] {
			short = append(short, Line(specOf(a), 60)+" ("+Line(a.Model, 40)+")")
		}
	}
	if failed == 0 {
		return
	}
	at := figure(most)
	if least < most {
		at = figure(least) + " to " + at
	}
	text, stand := fmt.Sprintf("Each of the %d failures was shown at %s by itself", failed, at), "all of them stand"
	if failed == 1 {
		text, stand = fmt.Sprintf("The one failure was shown at %s by itself", at), "it stands"
	}
	whole := fmt.Sprintf("as one claim about all %d verdicts on rates (Holm, at %s)", len(rates), figure(least))
	if len(short) == 0 {
		s.wrapped(fmt.Sprintf("%s, and %s %s too.", text, stand, whole))
		return
	}
	short = slices.Compact(slices.Sorted(slices.Values(short)))
	s.wrapped(fmt.Sprintf("%s. Taken %s, more trials would be needed for: %s.", text, whole, strings.Join(short, ", ")))
}

// warnings says where the occasion did not always arise, and the cap that this calls for.
func (s *summary) warnings() {
	for _, a := range s.list {
		reached := a.Judged + a.Lost + a.Copies
		if !a.Rate || a.NotReached == 0 {
			continue
		}
		all := reached + a.NotReached
		text := fmt.Sprintf("not reached in %d of %d trials: %s", a.NotReached, all, headingOf(a))
		if a.Model != "" {
			text += " on " + Line(a.Model, 60)
		}
		s.wrapped(s.p.yellow("warning") + "  " + text + "; " + capFor(a, float64(reached)/float64(all)))
	}
}

// capFor says which cap lets a good model hold where only a share of its trials says anything.
func capFor(a Assertion, share float64) string {
	if share == 0 {
		return "no cap is enough for that: change the scenario so that the occasion arises"
	}
	if a.P == 0 {
		return "the rate is the one given that the occasion arises, and its cap should be raised by as much"
	}
	form := stats.AtLeast
	if a.AtMost {
		form = stats.AtMost
	}
	rule := stats.Rule{Form: form, P: a.P, Alpha: a.Alpha}
	if isMoved(a) {
		rule.Judge = *a.Moved
	}
	need, err := stats.CapExposed(rule, share)
	if err != nil {
		return Sanitize(err.Error())
	}
	text := fmt.Sprintf("a cap of %d would let a good model hold 8 times in 10", need)
	if a.Cap > 0 {
		text += fmt.Sprintf(", it is %d", a.Cap)
	}
	return text
}

func alphaOf(a Assertion) float64 {
	if a.Alpha > 0 {
		return a.Alpha
	}
	return stats.DefaultAlpha
}

// figure is a bound on a probability: rounded up to two digits, and no more than 1.
func figure(x float64) string {
	if x >= 1 {
		return "1"
	}
	scale := math.Pow(10, 1-math.Floor(math.Log10(x)))
	return strconv.FormatFloat(math.Ceil(x*scale-1e-9)/scale, 'g', 3, 64)
}
