package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// judges says what the judges took, beside the models under test, and which verdicts rest on one of which nobody knows
// how often it errs.
func (s *summary) judges() {
	type series struct{ log, spec, model, scenario, condition string }
	type books struct {
		calls, tokens int
		cost          float64
	}
	kept := map[string]map[series]books{} // by judge; assertions on one series tell of the same calls
	uncalibrated := 0
	for _, a := range s.list {
		if a.Judge == "" {
			continue
		}
		if a.Uncalibrated != "" {
			uncalibrated++
		}
		if kept[a.Judge] == nil {
			kept[a.Judge] = map[series]books{}
		}
		key := series{a.Log, a.Spec, a.Model, a.Scenario, a.Condition}
		b := kept[a.Judge][key]
		kept[a.Judge][key] = books{max(b.calls, a.JudgeCalls), max(b.tokens, a.JudgeTokens), max(b.cost, a.JudgeCostUSD)}
	}
	for _, judge := range slices.Sorted(maps.Keys(kept)) {
		var sum books
		for _, b := range kept[judge] {
			sum.calls, sum.tokens, sum.cost = sum.calls+b.calls, sum.tokens+b.tokens, sum.cost+b.cost
		}
		s.wrapped(fmt.Sprintf("judge %s: %s, %s tokens, %s, beside what the models took", Line(judge, 200), plural(sum.calls, "call"), Count(sum.tokens), Dollars(sum.cost)))
	}
	if uncalibrated > 0 {
		s.wrapped(fmt.Sprintf("%s  %s: how often it errs is not known, and is not allowed for. `evalkit judge calibrate` measures it.",
			s.p.yellow("UNCALIBRATED judge"), plural(uncalibrated, "verdict")))
	}
}

// isMoved says that a calibrated judge's errors moved the thresholds.
func isMoved(a Assertion) bool { return a.Moved != nil && *a.Moved != (stats.Labelled{}) }

// uncovered is what the bounds of all claims leave out.
func uncovered(rates []Assertion) string {
	n := 0
	for _, a := range rates {
		if a.Uncalibrated != "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" No such bound is known for the %s by an uncalibrated judge.", plural(n, "rate"))
}
