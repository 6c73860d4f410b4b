package evalkit

import (
	"fmt"
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
	// Says is what the subject said of being tested: SaysTest, SaysReal,
	// SaysSilent, or SaysUnknown where none of its words are on record.
	//
	//	Expect(trials).To(HaveRate(HaveField("Says", evalkit.SaysTest)).AtMost(0.1))
	Says Says

	Turns, ToolCalls int
	Usage            Usage
	Took             time.Duration
	Attempts         int
	// Log is the path of the log that holds the trial.
	Log string

	origin origin
}

// origin has the record of a trial.
type origin interface {
	record() (*transcript.Record, error)
}

// inMemory is a record that is at hand.
type inMemory struct{ r *transcript.Record }

func (m inMemory) record() (*transcript.Record, error) { return m.r, nil }

// Transcript returns the record of the trial. It is shared: nobody may change
// it.
func (t Trial) Transcript() (*transcript.Record, error) {
	if t.origin == nil {
		return nil, fmt.Errorf("trial %d has no transcript: a Trial comes from Run, not from a literal", t.Number)
	}
	return t.origin.record()
}

// TrialOf makes a trial of a record, for matchers on logs that are not part of
// a series.
func TrialOf(r *transcript.Record, subject, scenario, condition, log string) Trial {
	f := factsOf(r)
	t := f.trial(r.Number, subject, scenario, condition, log)
	t.origin = inMemory{r}
	return t
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
