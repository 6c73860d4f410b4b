package matchers

import (
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Submit succeeds if the agent submitted an answer that is the value or
// satisfies the matcher, which sees the answer as a string.
//
//	Expect(trials).To(Submit(ContainSubstring("42")))
//
// A trial that the agent ended by itself without submitting does not match;
// one that broke off, or whose agent never acted, is lost.
func Submit(valueOrMatcher any) types.GomegaMatcher {
	return newPlain("Submit", submitRule{want(valueOrMatcher)})
}

type submitRule struct{ answer wanted }

func (s submitRule) String() string { return "Submit(" + s.answer.String() + ")" }
func (submitRule) did() string      { return "submitted it" }

func (s submitRule) check(setting evalkit.Setting) error {
	if err := s.answer.overText(); err != nil {
		return err
	}
	scenario := setting.Scenario
	for _, t := range scenario.Tools {
		if t.Ends {
			return nil
		}
	}
	if len(scenario.World) > 0 && !setting.Foreign || scenario.Vary != nil {
		return nil // may bring a tool of their own
	}
	return fmt.Errorf("scenario %s has no tool that submits; add evalkit.Submit()", scenario.Name)
}

func (s submitRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := s.answer.overText(); err != nil {
		return finding{}, err
	}
	if t.End.Reason != transcript.EndSubmitted {
		if err := (absence{}).evidence(t, r); err != nil {
			return finding{}, err
		}
		return finding{what: "did not submit; " + ended(t)}, nil
	}
	good, err := s.answer.accepts(t.Answer)
	if err != nil {
		return finding{}, fmt.Errorf("%s: %w", s, err)
	}
	f := finding{good: good, what: "submitted " + render(t.Answer)}
	for _, c := range callsOf(r) {
		if c.carriedOut() {
			f.because = []int{c.index}
		}
	}
	return f, nil
}
