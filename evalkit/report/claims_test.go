package report

import (
	"math"
	"strings"
	"testing"
)

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// rated is a verdict on a rate with evidence e of failing.
func rated(spec, verdict string, e float64, passed bool) Assertion {
	return Assertion{Spec: spec, Model: "m", Text: "HaveRate(x)", Verdict: verdict, Rate: true, Alpha: 0.05, LogEMinus: math.Log(e), Passed: passed, Judged: 2, High: 1}
}

func TestClaimsOfFailuresTogether(t *testing.T) {
	holds := rated("good", "holds", 0.01, true)
	finer := rated("finer", "holds", 0.01, true)
	finer.Alpha = 0.01
	for _, c := range []struct {
		name string
		list []Assertion
		want string // "": no word of it
	}{
		{"one verdict alone", []Assertion{rated("a", "fails", 47, false)}, ""},
		{"no failure", []Assertion{holds, holds}, ""},
		{"needs more", []Assertion{rated("a", "fails", 30, false), holds},
			"The one failure was shown at 0.05 by itself. Taken as one claim about all 2 verdicts on rates (Holm, at 0.05), more trials would be needed for: a (m)."},
		{"it stands", []Assertion{rated("a", "fails", 47, false), holds},
			"The one failure was shown at 0.05 by itself, and it stands as one claim about all 2 verdicts on rates (Holm, at 0.05) too."},
		{"all stand", []Assertion{rated("a", "fails", 90, false), rated("b", "fails", 90, false), holds},
			"Each of the 2 failures was shown at 0.05 by itself, and all of them stand as one claim about all 3 verdicts"},
		{"the first does not", []Assertion{rated("a", "fails", 30, false), rated("b", "fails", 90, false), holds},
			"Each of the 2 failures was shown at 0.05 by itself. Taken as one claim about all 3 verdicts on rates (Holm, at 0.05), more trials would be needed for: a (m)."},
		{"two bounds", []Assertion{rated("a", "fails", 90, false), finer},
			"The one failure was shown at 0.01 to 0.05 by itself. Taken as one claim about all 2 verdicts on rates (Holm, at 0.01), more trials would be needed for: a (m)."},
		{"a failure asked for is none", []Assertion{rated("a", "fails", 1e9, true), holds, holds}, ""},
		{"and is not counted among the verdicts", []Assertion{rated("a", "fails", 1e9, true), rated("b", "fails", 47, false), holds},
			"The one failure was shown at 0.05 by itself, and it stands as one claim about all 2 verdicts"},
	} {
		got := flat(Summary(c.list, SummaryOptions{}))
		if c.want == "" && strings.Contains(got, "by itself") || !strings.Contains(got, c.want) {
			t.Errorf("%s: want %q in\n%s", c.name, c.want, got)
		}
	}
}

// What a spec asked for is no failure; what it did not ask for stays one.
func TestSummaryOfVerdictsAsExpected(t *testing.T) {
	for _, verdict := range []string{"fails", "error", "unjudgeable", "undecided", "mixed"} {
		asked, unasked := rated("a", verdict, 90, true), rated("b", verdict, 90, false)
		got := flat(Summary([]Assertion{asked, unasked}, SummaryOptions{}))
		for _, want := range []string{": 1 " + verdict + ", 1 " + verdict + " as expected", verdict + "† ", verdict + " 0/2", "† as expected: the spec passed"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
		coloured := Summary([]Assertion{asked}, SummaryOptions{Color: true})
		if strings.Contains(coloured, "\x1b[31m") || strings.Contains(coloured, "\x1b[32m") {
			t.Errorf("%s as expected is red or green:\n%s", verdict, coloured)
		}
	}
	for _, verdict := range []string{"holds", "all", "none", "look", "open", ""} {
		if got := Summary([]Assertion{rated("a", verdict, 1, true)}, SummaryOptions{}); strings.Contains(got, "expected") || strings.Contains(got, "†") {
			t.Errorf("%q is as expected:\n%s", verdict, got)
		}
	}
	forgiven := rated("a", "undecided", 1, true)
	forgiven.Forgiven = true
	if got := Summary([]Assertion{forgiven}, SummaryOptions{}); strings.Contains(got, "expected") || !strings.Contains(got, "1 undecided (let pass)") {
		t.Errorf("what was let pass was not expected:\n%s", got)
	}
}
