package evalkit_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

func TestASeriesThatNothingAskedIsRed(t *testing.T) {
	ft := &fakeT{name: t.Name()}
	evalkit.Run(t.Context(), ft, always(fate{good: true}), situation(), evalkit.LogDir(t.TempDir()))
	ft.end()
	if len(ft.errors) != 1 || !strings.Contains(ft.errors[0], "judged nothing") {
		t.Errorf("got %q", ft.errors)
	}
	for _, quiet := range []*fakeT{{name: "skipped", skipped: true}, {name: "failed", errors: []string{"before"}}} {
		n := len(quiet.errors)
		evalkit.Run(t.Context(), quiet, always(fate{}), situation(), evalkit.LogDir(t.TempDir()))
		quiet.end()
		if len(quiet.errors) != n {
			t.Errorf("%s: complains as well: %q", quiet.name, quiet.errors)
		}
	}
}

func TestWhatIsRefusedBeforeTheFirstTrial(t *testing.T) {
	deterministic := always(fate{good: true})
	deterministic.info = evalkit.SubjectInfo{Name: "frozen", Deterministic: true}
	paid := always(fate{good: true})
	paid.info = evalkit.SubjectInfo{Name: "openai/o3", Paid: true}
	with := func(change func(*evalkit.Scenario)) evalkit.Scenario {
		s := situation()
		change(&s)
		return s
	}
	cases := []struct {
		name     string
		env      map[string]string
		subject  evalkit.Subject
		scenario evalkit.Scenario
		rule     stats.Rule
		opts     []evalkit.Option
		want     string
	}{
		{name: "no subject", want: "subject is nil"},
		{name: "no tools", subject: always(fate{}), scenario: with(func(s *evalkit.Scenario) { s.Tools = nil }), want: "has no Tools"},
		{name: "no prompt", subject: always(fate{}), scenario: with(func(s *evalkit.Scenario) { s.Prompt = " " }), want: "has no Prompt"},
		{name: "no name", subject: always(fate{}), scenario: with(func(s *evalkit.Scenario) { s.Name = "" }), want: "has no Name"},
		{name: "two tools of a name", subject: always(fate{}), scenario: with(func(s *evalkit.Scenario) { s.Tools = append(s.Tools, evalkit.Submit()) }), want: `two tools are named "submit"`},
		{name: "a path out of the workspace", subject: always(fate{}), scenario: with(func(s *evalkit.Scenario) { s.Files = []evalkit.File{{Path: "a/../../b"}} }), want: `"a/../../b" leads outside`},
		{name: "a missing program", subject: always(fate{}), scenario: with(func(s *evalkit.Scenario) { s.Needs = []string{"no-such-program"} }), want: `"no-such-program" is not there`},
		{name: "a threshold of 1", subject: always(fate{}), rule: stats.Rule{P: 1}, want: "between 0 and 1"},
		{name: "a threshold of 0", subject: always(fate{}), rule: stats.Rule{P: 0}, want: "between 0 and 1"},
		{name: "a cap that cannot satisfy its rule", subject: always(fate{}), rule: stats.Rule{P: 0.9, Cap: 20}, want: "can never satisfy"},
		{name: "a cap from the environment likewise", env: map[string]string{"EVALKIT_CAP": "20"}, subject: always(fate{}), rule: stats.Rule{P: 0.9}, want: "can never satisfy"},
		{name: "a deterministic model", subject: deterministic, rule: stats.Rule{P: 0.9}, want: "answers deterministically"},
		{name: "a model that costs money", subject: paid, want: "EVALKIT_LIVE=1"},
		{name: "a malformed variable", env: map[string]string{"EVALKIT_SAMPLES": "ten"}, subject: always(fate{}), want: `EVALKIT_SAMPLES="ten"`},
		{name: "a misspelt variable", env: map[string]string{"EVALKIT_SAMPLE": "5"}, subject: always(fate{}), want: "EVALKIT_SAMPLES was meant"},
		{name: "an option out of range", subject: always(fate{}), opts: []evalkit.Option{evalkit.Samples(0)}, want: "evalkit.Samples(0)"},
		{name: "no key", subject: evalkit.MustModel("openai/o3"), env: map[string]string{"OPENAI_API_KEY": "", "EVALKIT_LIVE": "1"}, want: "OPENAI_API_KEY"},
		{name: "an endpoint that is down", subject: evalkit.MustModel("http://127.0.0.1:9/v1#nobody"), want: "nobody answers at 127.0.0.1:9"},
		{name: "an unknown policy", subject: evalkit.MustModel("scripted/nobody"), want: "no such policy"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			if c.scenario.Name == "" && c.scenario.Tools == nil && c.scenario.Prompt == "" {
				c.scenario = situation()
			}
			if c.rule == (stats.Rule{}) && !strings.HasPrefix(c.name, "a threshold") {
				c.rule.P = 0.9
			}
			ft := &fakeT{name: t.Name()}
			trials := evalkit.Run(t.Context(), ft, c.subject, c.scenario, append(c.opts, evalkit.LogDir(t.TempDir()))...)
			_, err := trials.Decide(evalkit.Question{Text: "rate", Judge: isGood, Rule: c.rule})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to speak of %q", err, c.want)
			}
			if p, ok := c.subject.(*puppet); ok && p.acted.Load() > 0 {
				t.Errorf("%d trials were drawn", p.acted.Load())
			}
			ft.end()
		})
	}
}

func TestCopiesAreNotEvidence(t *testing.T) {
	p := &puppet{fate: func(_ int, r *rand.Rand) fate { return fate{good: true} }, info: evalkit.SubjectInfo{Name: "frozen", Deterministic: true}}
	s := situation()
	s.Vary = func(r *rand.Rand, s *evalkit.Scenario) {
		if r.IntN(2) == 0 {
			s.Prompt += " Really."
		}
	}
	ft := &fakeT{name: t.Name()}
	trials := evalkit.Run(t.Context(), ft, p, s, evalkit.LogDir(t.TempDir()), evalkit.Cap(40))
	a, err := trials.Decide(rate(0.9))
	if err != nil {
		t.Fatal(err)
	}
	if a.Verdict == stats.Holds || a.Copies != 38 || a.Good != 2 {
		t.Errorf("40 trials of two prompts are two: got %v with %d good and %d copies", a.Verdict, a.Good, a.Copies)
	}
	ft.end()
}
