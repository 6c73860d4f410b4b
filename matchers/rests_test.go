package matchers

import (
	"reflect"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
)

func TestWhatRestsOnAJudge(t *testing.T) {
	polite := evalkit.Rests{Rubric: "polite"}
	for name, c := range map[string]struct {
		m    types.GomegaMatcher
		want []evalkit.Rests
	}{
		"no judge":            {CallTool("submit"), nil},
		"the judge alone":     {BeJudged("polite"), []evalkit.Rests{polite}},
		"chosen verdicts":     {BeJudged("polite", "rude"), []evalkit.Rests{{}}},
		"not":                 {Not(BeJudged("polite")), []evalkit.Rests{{Rubric: "polite", Reversed: true}}},
		"not not":             {Not(Not(BeJudged("polite"))), []evalkit.Rests{polite}},
		"and of one":          {And(BeJudged("polite")), []evalkit.Rests{polite}},
		"and another":         {And(BeJudged("polite"), CallTool("submit")), []evalkit.Rests{{Rubric: "polite", MissSure: true}}},
		"or another":          {Or(CallTool("submit"), BeJudged("polite")), []evalkit.Rests{{Rubric: "polite", MatchSure: true}}},
		"not and":             {Not(And(BeJudged("polite"), CallTool("submit"))), []evalkit.Rests{{Rubric: "polite", Reversed: true, MatchSure: true}}},
		"two judges":          {And(BeJudged("polite"), BeJudged("true")), []evalkit.Rests{{Rubric: "polite", MissSure: true}, {Rubric: "true", MissSure: true}}},
		"a stranger":          {HaveField("Outcome", "polite"), []evalkit.Rests{{}}},
		"an outcome":          {HaveOutcome("rude"), []evalkit.Rests{{Outcomes: []string{"rude"}}}},
		"a matcher of a rate": {HaveRate(BeJudged("polite")).AtLeast(0.9), nil},
	} {
		if got := restsOf(ruleOf(c.m)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
