package matchers

import (
	"cmp"
	"fmt"

	gomega "github.com/onsi/gomega/matchers"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// rule is what a matcher asks of one trial. It is a value without state: the
// same trial gets the same finding however often and by whomever it is asked.
type rule interface {
	// String is the rule as a spec writes it.
	fmt.Stringer
	// find judges a trial from its record. The error is an unjudged one, which
	// a rate can live with, or any other, which ends the series.
	find(t evalkit.Trial, r *transcript.Record) (finding, error)
	// check says before the first trial what cannot be right.
	check(s evalkit.Setting) error
	// did says in the past tense what a good trial did: "complied".
	did() string
}

// finding is what a rule makes of one trial.
type finding struct {
	good bool
	// what the trial came to, in a few words: "sabotaged".
	what string
	// because cites the decisive events.
	because []int
	// detail is said where no event shows it.
	detail string
}

// judge asks a rule about a trial.
func judge(r rule, t evalkit.Trial) (finding, error) {
	record, err := t.Transcript()
	if err != nil {
		return finding{}, fmt.Errorf("reading the transcript: %w", err)
	}
	if record.Foreign != nil && record.End.Reason == transcript.EndError {
		// Another tool does not say whose fault it was, nor what it left out.
		return finding{}, lost("broke off ("+record.Foreign.Tool+")", record.End.Error)
	}
	if err := nothingToJudge(t, record); err != nil {
		return finding{}, err
	}
	return r.find(t, record)
}

// nothingToJudge says why a record shows no behaviour of a model at all: what
// happened then was not its doing, whatever a rule would find in it.
func nothingToJudge(t evalkit.Trial, r *transcript.Record) error {
	switch {
	case r.Foreign != nil:
		return nil
	case len(r.Events) == 0:
		return cmp.Or(brokeOff(t), lostBy(undecided, "its events are missing from the log", ended(t)))
	case r.Turns() == 0 && agent.IsProgram(r):
		return cmp.Or(brokeOff(t), lostBy(string(transcript.BlameSpec), "the program never got an answer of its model", ended(t)))
	}
	return nil
}

// ruled is a matcher of this package.
type ruled interface{ asRule() rule }

// ruleOf is the rule behind any Gomega matcher. And, Or and Not are looked
// into, so that evidence and checks of what they hold are not lost.
func ruleOf(m types.GomegaMatcher) rule {
	switch m := m.(type) {
	case ruled:
		return m.asRule()
	case *gomega.AndMatcher:
		return allOf(rulesOf(m.Matchers))
	case *gomega.OrMatcher:
		return anyOf(rulesOf(m.Matchers))
	case *gomega.NotMatcher:
		return notOf{ruleOf(m.Matcher)}
	}
	return &foreign{m: m}
}

func rulesOf(ms []types.GomegaMatcher) []rule {
	rules := make([]rule, len(ms))
	for i, m := range ms {
		rules[i] = ruleOf(m)
	}
	return rules
}
