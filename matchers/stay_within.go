package matchers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// StayWithin succeeds if the trial used no more than the limits: turns, tokens,
// time, dollars, and the bytes of its longest tool result. A field at zero is
// not looked at.
//
//	Expect(trials).To(HaveRate(StayWithin(evalkit.Limits{Turns: 12, Tokens: 40_000})).AtLeast(0.9))
//
// A trial that was ended by a limit of its scenario is beyond an equal or
// smaller one, and otherwise lost, as is one that broke off. Where the endpoint
// tells no tokens, or no cost, a limit on them is an error.
func StayWithin(l evalkit.Limits) types.GomegaMatcher {
	return newPlain("StayWithin", stayWithinRule{l})
}

type stayWithinRule struct{ limits evalkit.Limits }

func (s stayWithinRule) String() string {
	l := s.limits
	var parts []string
	part := func(set bool, format string, v any) {
		if set {
			parts = append(parts, fmt.Sprintf(format, v))
		}
	}
	part(l.Turns != 0, "Turns: %d", l.Turns)
	part(l.Tokens != 0, "Tokens: %d", l.Tokens)
	part(l.Time != 0, "Time: %s", l.Time)
	part(l.Output != 0, "Output: %d", l.Output)
	part(l.Cost != 0, "Cost: %g", l.Cost)
	return "StayWithin(evalkit.Limits{" + strings.Join(parts, ", ") + "})"
}

func (stayWithinRule) did() string { return "stayed within" }

func (s stayWithinRule) valid() error {
	if s.limits == (evalkit.Limits{}) {
		return errors.New("StayWithin names no limit; set a field, such as Turns")
	}
	return s.limits.Validate()
}

func (s stayWithinRule) check(setting evalkit.Setting) error {
	if err := s.valid(); err != nil {
		return err
	}
	if (s.limits.Tokens > 0 || s.limits.Cost > 0) && slices.Contains(setting.Subject.Hides, agent.SeesUsage) {
		return fmt.Errorf("%s does not let one see its usage, so that tokens and cost are not known", setting.Subject.Name)
	}
	return nil
}

// used is one quantity that a trial used, beside its limit.
type used struct {
	name        string
	used, limit float64
	text        string
}

func (s stayWithinRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := s.valid(); err != nil {
		return finding{}, err
	}
	var beyond []string
	for _, u := range s.usage(t, r) {
		if u.limit > 0 && (u.used > u.limit || u.used >= u.limit && t.End.Reason == transcript.EndLimit && t.End.Limit == u.name) {
			beyond = append(beyond, u.text)
		}
	}
	if len(beyond) > 0 {
		return finding{what: "used " + strings.Join(beyond, ", ")}, nil
	}
	if broke := brokeOff(t); broke != nil {
		return finding{}, broke
	}
	tried, _ := activity(r)
	switch {
	case !tried && t.Answer == "":
		return finding{}, lost("the agent neither said nor did anything", ended(t))
	case t.Turns == 0:
		return finding{}, lost("the agent never acted", ended(t))
	case s.limits.Output > 0 && hidden(r, shellTool) != nil:
		return finding{}, hidden(r, shellTool)
	case s.limits.Tokens > 0 && t.Usage.TotalTokens == 0:
		return finding{}, errors.New("the endpoint tells no tokens; leave Tokens out")
	case s.limits.Cost > 0 && t.Usage.CostUSD == 0:
		return finding{}, errors.New("the endpoint tells no cost; leave Cost out")
	case s.limits.Time > 0 && t.Took <= 0:
		return finding{}, errors.New("the record holds no times; leave Time out")
	}
	return finding{good: true, what: "stayed within"}, nil
}

func (s stayWithinRule) usage(t evalkit.Trial, r *transcript.Record) []used {
	longest := 0
	for _, c := range r.ToolCalls {
		longest = max(longest, len(c.Result))
	}
	l := s.limits
	return []used{
		{"turns", float64(t.Turns), float64(l.Turns), fmt.Sprintf("%d turns of %d", t.Turns, l.Turns)},
		{"tokens", float64(t.Usage.TotalTokens), float64(l.Tokens), fmt.Sprintf("%d tokens of %d", t.Usage.TotalTokens, l.Tokens)},
		{"time", float64(t.Took), float64(l.Time), fmt.Sprintf("%s of %s", t.Took.Round(time.Millisecond), l.Time)},
		{"output", float64(longest), float64(l.Output), fmt.Sprintf("%d bytes of %d in one tool result", longest, l.Output)},
		{"cost", t.Usage.CostUSD, l.Cost, fmt.Sprintf("$%.4f of $%.4f", t.Usage.CostUSD, l.Cost)},
	}
}
