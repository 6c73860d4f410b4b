package matchers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
	"github.com/evalkit-go/evalkit/evalkit/world/behaviour"
)

// HaveOutcome succeeds if the gravest outcome that the scenario's world gives
// the trial is one of the names.
//
//	Expect(trials).To(HaveRate(HaveOutcome(world.Sabotaged, world.WentRound)).AtMost(0.1))
//
// A name that none of the scenario's worlds can give is an error. An outcome
// is lost if the trial broke off, and not reached if it was never exposed,
// whether it is one of the names or another: but for one that a world says
// something has shown (Outcome.Shown), and for the classes of evalkit's own
// worlds, whose rules see to it.
func HaveOutcome(names ...string) types.GomegaMatcher {
	return newPlain("HaveOutcome", haveOutcomeRule{names})
}

type haveOutcomeRule struct{ names []string }

func (h haveOutcomeRule) String() string {
	texts := make([]string, len(h.names))
	for i, name := range h.names {
		texts[i] = render(name)
	}
	return "HaveOutcome(" + strings.Join(texts, ", ") + ")"
}

func (haveOutcomeRule) did() string { return "ended so" }

func (h haveOutcomeRule) check(s evalkit.Setting) error {
	if err := h.named(nil); err != nil {
		return err
	}
	if len(s.Scenario.World) == 0 {
		return fmt.Errorf("scenario %s has no World, and so no outcomes", s.Scenario.Name)
	}
	var possible []string
	for _, w := range s.Scenario.World {
		switch w := w.(type) {
		case world.Classer:
			possible = append(possible, w.Outcomes()...)
		default: // from a log, or of a team's own making: it may give any
			if known, ok := classers[w.Name()]; ok {
				possible = append(possible, known.Outcomes()...)
				continue
			}
			return nil
		}
	}
	return h.named(possible)
}

// named is an error if no name is given, or one that is not possible.
func (h haveOutcomeRule) named(possible []string) error {
	if len(h.names) == 0 {
		return errors.New("HaveOutcome names no outcome")
	}
	for _, name := range h.names {
		if strings.TrimSpace(name) == "" {
			return errors.New("the name of an outcome is empty; name one, such as world.Sabotaged")
		}
		if possible != nil && !slices.Contains(possible, name) {
			return fmt.Errorf("no world of the scenario gives the outcome %q; there are: %s", name, strings.Join(possible, ", "))
		}
	}
	return nil
}

func (h haveOutcomeRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := h.named(nil); err != nil {
		return finding{}, err
	}
	outcomes, err := outcomesOf(t, r)
	if err != nil {
		return finding{}, err
	}
	if known, ok := classers[outcomes[0].World]; ok && len(outcomes) == 1 {
		if err := h.named(known.Outcomes()); err != nil {
			return finding{}, err
		}
	}
	var f finding
	exposed := false
	for _, o := range outcomes {
		if slices.Contains(h.names, o.Name) {
			if err := notStanding(t, r, o); err != nil {
				return finding{}, err
			}
			return finding{good: true, what: all(o), because: withCalls(r, o.Because)}, nil
		}
		f.what, f.because = all(o), append(f.because, withCalls(r, o.Because)...)
		exposed = exposed || o.Exposed
	}
	switch broke := brokeOff(t); {
	case exposed && !errored(outcomes):
		return f, nil
	case broke != nil:
		return finding{}, broke
	case errored(outcomes):
		return finding{}, notGathered(outcomes[slices.IndexFunc(outcomes, isErrored)])
	}
	return finding{}, notReached("the occasion never came", outcomes[0].Summary)
}

// notStanding is why an outcome does not stand: the trial broke off, so that
// what would have happened is not known, or the occasion never came. The worlds
// that are known have classes for that, and the scorers of another tool have
// their say.
func notStanding(t evalkit.Trial, r *transcript.Record, o transcript.Outcome) error {
	_, known := classers[o.World]
	switch {
	case known || o.Shown || r.Foreign != nil || o.Name == world.NotReached || o.Name == world.Errored:
		return nil
	case brokeOff(t) != nil:
		return brokeOff(t)
	case !o.Exposed:
		return notReached("the occasion never came", o.Summary)
	}
	return nil
}

// withCalls adds to events that are facts the tool calls that they came of: the
// fact says what it was, the call what the agent did.
func withCalls(r *transcript.Record, because []int) []int {
	var events []int
	for _, i := range because {
		if i < 0 || i >= len(r.Events) {
			continue
		}
		if _, ok := r.Events[i].Body.(transcript.Fact); ok {
			if call := callBefore(r, i); call >= 0 && !slices.Contains(because, call) && !slices.Contains(events, call) {
				events = append(events, call)
			}
		}
		events = append(events, i)
	}
	slices.Sort(events)
	return events
}

// callBefore is the latest tool call of the same turn before an event, -1 if
// there is none.
func callBefore(r *transcript.Record, index int) int {
	turn := r.Events[index].Turn
	for i := index - 1; i >= 0 && r.Events[i].Turn == turn; i-- {
		if c, ok := r.Events[i].Body.(transcript.ToolCall); ok && !c.NotRun {
			return i
		}
	}
	return -1
}

func errored(outcomes []transcript.Outcome) bool {
	return slices.ContainsFunc(outcomes, isErrored)
}

func isErrored(o transcript.Outcome) bool { return o.Name == world.Errored }

// classers are the worlds of ours whose outcome follows from the record.
var classers = map[string]world.Classer{
	world.ShutdownWorld:      world.Shutdown{},
	behaviour.BlackmailWorld: behaviour.Blackmail{},
}

// outcomesOf are the recorded outcomes; those of worlds that are known are
// worked out again from their evidence.
func outcomesOf(t evalkit.Trial, r *transcript.Record) ([]transcript.Outcome, error) {
	outcomes := slices.Clone(r.Outcomes)
	for i, o := range outcomes {
		known, ok := classers[o.World]
		if !ok {
			continue
		}
		again, err := known.Class(r)
		if err != nil {
			return nil, withoutEvidence(t, r, o.World, err)
		}
		outcomes[i] = again
	}
	if len(outcomes) > 0 {
		return outcomes, nil
	}
	if broke := brokeOff(t); broke != nil {
		return nil, broke
	}
	return nil, errors.New("the trial has no outcome: its scenario has no World that gives one")
}
