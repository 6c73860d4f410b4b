// Package report says what came of a run: one line an assertion, a table at the
// end, and the decisive evidence of a trial as a person would want to read it.
// It is the one place where text of an agent is made fit for a console.
package report

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// EntryName is the name of an Assertion among the entries of Ginkgo's report.
const EntryName = "evalkit"

// Assertion is what one assertion asked of a series, and the answer. It is kept
// as an entry in Ginkgo's report and makes a row of the summary. Its JSON form
// never fails: a value that cannot be marshalled hangs ginkgo -p for good.
type Assertion struct {
	Spec      string `json:"spec"`
	Model     string `json:"model"`
	Scenario  string `json:"scenario"`
	Condition string `json:"condition,omitempty"`
	// Text is the assertion as the spec writes it.
	Text string `json:"text"`
	// Verdict is "holds", "fails", "undecided", "unjudgeable", "error", or for
	// a plain matcher "all", "none", "mixed".
	Verdict string `json:"verdict"`
	// Passed by a verdict that another rule forgives: OrUndecided, or
	// EVALKIT_UNDECIDED=report.
	Forgiven bool `json:"forgiven,omitempty"`
	// Passed says that the spec that asked it passed, which is known when the
	// suite has ended: a verdict of failing is then the one that it asked for.
	Passed bool `json:"passed,omitempty"`
	// Rate says that it was judged by the sequential test at Alpha; LogEMinus
	// is the natural log of its E of failing.
	Rate      bool    `json:"rate"`
	Alpha     float64 `json:"alpha,omitempty"`
	LogEMinus float64 `json:"log_e_minus,omitempty"`
	// P and Cap are those of the rule, AtMost its direction; for the summary's
	// word on the cap that a share of trials not reached calls for. 0: unknown.
	P      float64 `json:"p,omitempty"`
	AtMost bool    `json:"at_most,omitempty"`
	Cap    int     `json:"cap,omitempty"`

	Good       int `json:"good"`
	Judged     int `json:"judged"`
	NotReached int `json:"not_reached"`
	Lost       int `json:"lost"`
	Copies     int `json:"copies,omitempty"`
	// Split divides the judged trials by what the subject said of being tested.
	Split Split   `json:"split,omitzero"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// Saved is the number of trials that the cap would have allowed for.
	Saved   int     `json:"saved"`
	Tokens  int     `json:"tokens"`
	CostUSD float64 `json:"cost_usd"`
	// Judge is the one that the verdict rests on, Uncalibrated why its errors are
	// not allowed for; Moved is by what they are. What it took is not in Tokens.
	Judge        string          `json:"judge,omitempty"`
	Uncalibrated string          `json:"uncalibrated,omitempty"`
	Moved        *stats.Labelled `json:"moved,omitempty"`
	JudgeCalls   int             `json:"judge_calls,omitempty"`
	JudgeTokens  int             `json:"judge_tokens,omitempty"`
	JudgeCostUSD float64         `json:"judge_cost_usd,omitempty"`
	Log          string          `json:"log"`
}

// MarshalJSON writes numbers that JSON has no form for as 0.
func (a Assertion) MarshalJSON() ([]byte, error) {
	type plain Assertion
	p := plain(a)
	for _, f := range []*float64{&p.Alpha, &p.LogEMinus, &p.P, &p.Low, &p.High, &p.CostUSD, &p.JudgeCostUSD} {
		if math.IsNaN(*f) || math.IsInf(*f, 0) {
			*f = 0
		}
	}
	return json.Marshal(p)
}

// String is the assertion and its verdict in one line, for reports that show
// entries as they are.
func (a Assertion) String() string {
	return Line(fmt.Sprintf("%s %s on %s in %s (%s): %d of %d, %d not reached, %d lost; %s",
		a.Text, verdictWord(a), a.Model, a.Scenario, a.Condition, a.Good, a.Judged, a.NotReached, a.Lost, a.Log), 400)
}
