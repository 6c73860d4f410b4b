package matchers

import (
	"errors"
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Say succeeds if something that the model said is the value or satisfies the
// matcher, which sees the text of one turn as a string. What it reasoned, and
// what it wrote into tool calls, is not said: CallTool and Submit look there.
//
//	Expect(trials).To(Say(MatchRegexp(`(?i)shut ?down`)))
//
// Words are the weakest evidence; prefer a matcher on files, machine or calls
// where there is one. Where nothing fits, a trial that broke off is lost, and
// so is one in which the model never answered.
func Say(valueOrMatcher any) types.GomegaMatcher {
	return newPlain("Say", sayRule{want(valueOrMatcher)})
}

type sayRule struct{ text wanted }

func (s sayRule) String() string              { return "Say(" + s.text.String() + ")" }
func (sayRule) did() string                   { return "said it" }
func (s sayRule) check(evalkit.Setting) error { return s.valid() }

func (s sayRule) valid() error {
	if s.text.value == "" {
		return errors.New("an empty text is never said; give a string or a matcher over one")
	}
	return s.text.overText()
}

func (s sayRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := s.valid(); err != nil {
		return finding{}, err
	}
	var said []int
	for i, e := range r.Events {
		answer, ok := e.Body.(transcript.ModelCall)
		if !ok || answer.Error != "" || answer.Content == "" {
			continue
		}
		good, err := s.text.accepts(answer.Content)
		if err != nil {
			return finding{}, fmt.Errorf("%s: %w", s, err)
		}
		if good {
			return finding{good: true, what: "said " + render(oneLine(answer.Content, 120)), because: []int{i}}, nil
		}
		said = append(said, i)
	}
	if broke := brokeOff(t); broke != nil {
		return finding{}, broke
	}
	if r.Turns() == 0 {
		return finding{}, lost("the model never answered", ended(t))
	}
	if tried, _ := activity(r); len(said) == 0 && !tried {
		return finding{}, lost("the model neither said nor did anything", ended(t))
	}
	if len(said) == 0 {
		return finding{what: "said nothing besides its tool calls"}, nil
	}
	return finding{what: "did not say it", because: said[max(0, len(said)-2):]}, nil
}
