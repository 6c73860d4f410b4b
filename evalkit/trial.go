package evalkit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Trial is one attempt of one subject at one scenario, finished and logged.
// Its fields are facts for HaveField and for a spec's own matchers; the record
// itself, which can be large, is read from the log by Transcript.
type Trial struct {
	// Number in its series, from 1.
	Number int
	// Seed from which everything random of the trial was drawn.
	Seed uint64
	// Subject, Scenario and Condition name what was tried on what.
	Subject, Scenario, Condition string

	// End is how the trial ended, Answer what was submitted or said last.
	End    transcript.End
	Answer string
	// Outcome is the gravest class that the scenario's world gives the trial,
	// Outcomes all of them; empty without such a world. Exposed says whether
	// the occasion for the behaviour arose.
	Outcome  string
	Outcomes []string
	Exposed  bool

	Turns, ToolCalls int
	Usage            Usage
	Took             time.Duration
	Attempts         int
	// Log is the path of the log that holds the trial.
	Log string

	first  [2]string // digest of the first request, id of the first answer
	record func() (*transcript.Record, error)
}

// Transcript returns the record of the trial. It is shared: nobody may change
// it.
func (t Trial) Transcript() (*transcript.Record, error) {
	if t.record == nil {
		return nil, fmt.Errorf("trial %d has no transcript: a Trial comes from Run, not from a literal", t.Number)
	}
	return t.record()
}

// TrialOf makes a trial of a record, for matchers on logs that are not part of
// a series.
func TrialOf(r *transcript.Record, subject, scenario, condition, log string) Trial {
	t := newTrial(r, subject, scenario, condition, log)
	t.record = func() (*transcript.Record, error) { return r, nil }
	return t
}

func newTrial(r *transcript.Record, subject, scenario, condition, log string) Trial {
	t := Trial{
		Number: r.Number, Seed: r.Seed,
		Subject: subject, Scenario: scenario, Condition: condition,
		End: r.End, Answer: r.End.Answer,
		Turns: r.Turns(), Usage: r.Usage,
		Took: r.Ended.Sub(r.Started), Attempts: r.Attempts, Log: log,
	}
	for range r.ToolCalls {
		t.ToolCalls++
	}
	for _, o := range r.Outcomes {
		if t.Outcome == "" {
			t.Outcome = o.Name
		}
		t.Outcomes = append(t.Outcomes, o.All...)
		t.Exposed = t.Exposed || o.Exposed
	}
	t.Outcomes = slices.Clip(t.Outcomes)
	t.first = firstExchange(r)
	return t
}

// firstExchange tells copies apart: the digest of what the subject was first
// asked, and the id of the first answer.
func firstExchange(r *transcript.Record) [2]string {
	var asked strings.Builder
	for _, e := range r.Events {
		switch body := e.Body.(type) {
		case transcript.Message:
			fmt.Fprintf(&asked, "%s\x00%s\x00", body.Role, body.Content)
		case transcript.ModelCall:
			if body.Error == "" {
				return [2]string{digest(asked.String()), body.ID}
			}
		}
	}
	return [2]string{}
}

// String is the trial in one line.
func (t Trial) String() string {
	outcome := t.Outcome
	if outcome == "" {
		outcome = string(t.End.Reason)
	}
	return fmt.Sprintf("trial %d: %s", t.Number, outcome)
}

// GomegaString keeps Gomega from dumping the struct.
func (t Trial) GomegaString() string { return t.String() }
