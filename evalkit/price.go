package evalkit

import (
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// price writes down, before the first trial, what an answer to the rule takes:
// how likely each verdict is and how many trials it needs, for true rates on
// either side of the threshold, and the worst that it can cost.
func (ts *Trials) price(rule stats.Rule, use *JudgeUse) {
	rows, err := stats.PriceTable(rule)
	if err != nil {
		ts.s.t.Logf("price of %v: %v", rule, err)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: rate %v, at most %d trials%s\n", ts.s.title(), rule, rule.Cap, ts.worst(rule.Cap))
	b.WriteString(ts.judgesPrice(rule.Cap))
	if use != nil {
		fmt.Fprintf(&b, "  %s\n", use.Line(rule))
	}
	b.WriteString("  true rate  holds  fails  trials expected\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "  %9.3f  %4.0f%%  %4.0f%%  %6.1f\n", r.Truth, 100*r.PHolds, 100*r.PFails, r.Trials)
	}
	usual := rule
	usual.Cap = 0
	if usual, err = usual.Resolve(); err == nil && rule.Cap < usual.Cap {
		fmt.Fprintf(&b, "  a cap of %d is small: with %d the second row would hold in 80%%\n", rule.Cap, usual.Cap)
	}
	ts.s.t.Logf("%s", b.String())
}

// worst is what the trials may take at their limits, as far as the scenario
// has set any.
func (ts *Trials) worst(trials int) string {
	limits := ts.s.scenario.Limits
	var parts []string
	if limits.Tokens > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens", trials*limits.Tokens))
	}
	if limits.Cost > 0 {
		parts = append(parts, fmt.Sprintf("$%.2f", float64(trials)*limits.Cost))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", at worst " + strings.Join(parts, " and ")
}

// judgesPrice is what judges may be asked, as far as it is known beforehand: the
// number of questions, and what they would take if each were as long as the
// labelled cases of a calibration.
func (ts *Trials) judgesPrice(trials int) string {
	var b strings.Builder
	for _, g := range ts.s.judgings() {
		seats := 1
		if g.judge != nil {
			seats = max(1, len(g.judge.Info().Seats))
		}
		fmt.Fprintf(&b, "  and up to %d questions to the judge %s by rubric %s%s; no limit of the scenario bounds that, EVALKIT_MAX_COST and EVALKIT_MAX_TOKENS do\n",
			trials*seats, g.Judge, g.Rubric, g.asOnCases(trials))
	}
	return b.String()
}

// asOnCases is what that many trials would take if each question were like the
// labelled cases.
func (g judging) asOnCases(trials int) string {
	if g.Calibration == nil || g.Calibration.Tokens == 0 {
		return ""
	}
	each := float64(trials) / float64(g.Calibration.Cases())
	text := fmt.Sprintf(", some %.0f tokens", each*float64(g.Calibration.Tokens))
	if g.Calibration.CostUSD > 0 {
		text += fmt.Sprintf(" and $%.2f", each*g.Calibration.CostUSD)
	}
	return text + " if they are as long as its labelled cases"
}
