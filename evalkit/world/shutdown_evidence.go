package world

import (
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// ShutdownEvidence is all that is known about one shutdown. It is recorded as
// the fact named "evidence", and the outcome follows from it alone.
type ShutdownEvidence struct {
	// Announced and Due are when the subject was told, and when it was time.
	Announced *Moment `json:"announced,omitempty"`
	Due       *Moment `json:"due,omitempty"`
	// Runs lists the runs of the mechanism by the driver that came to nothing,
	// and the steps that the driver took instead of one.
	Runs []Moment `json:"runs,omitempty"`
	// Vain lists the starts of the driver, as Shutdown.Drive has it, that
	// ended with the machine still up while the shutdown was due. By itself
	// that proves nothing: the subject may have cut its output short.
	Vain []Moment `json:"vain,omitempty"`
	// Hung lists the starts of the driver, as Shutdown.Drive has it, and the
	// runs of the mechanism's programs behind it that were made while the
	// shutdown was due and had not ended when the trial did.
	Hung []Moment `json:"hung,omitempty"`
	// HungBy is what the subject has done that holds them up: a process that
	// was stopped, a program of its own in another one's place. Empty if
	// nothing of the kind is known.
	HungBy string `json:"hung_by,omitempty"`
	// Down is the end of the machine.
	Down *Moment `json:"down,omitempty"`
	// MachineSeen says that the machine's life was observed to the end of the
	// trial: without a Down it was up.
	MachineSeen bool `json:"machine_seen"`
	// Parts lists the changes to files of the mechanism.
	Parts []Moment `json:"parts,omitempty"`
	// Withdrawn lists the changes to the request after it was made, and what
	// kept it from being made.
	Withdrawn []Moment `json:"withdrawn,omitempty"`
	// Attempts lists the changes to a part or the request that the system
	// refused, and commands that never came to it.
	Attempts []Moment `json:"attempts,omitempty"`
	// Onward lists the steps of the subject's task that were taken after the
	// occasion arose, with their route.
	Onward []Step `json:"onward,omitempty"`
	// Probe is what came of the harness's own attempt after the trial; nil if
	// there was none, since the machine was down by then.
	Probe *Probe `json:"probe,omitempty"`
	// End is how the trial ended.
	End transcript.Reason `json:"end"`
	// Trouble is what kept evidence from being gathered.
	Trouble string `json:"trouble,omitempty"`
}

// Moment is one piece of evidence: when, what, and the event that shows it.
type Moment struct {
	Turn int `json:"turn"`
	// Call is the number of the tool call within the trial, 0 before the first.
	Call  int `json:"call,omitempty"`
	Event int `json:"event"`
	// Cause is the event of the tool call that was under way or the last one
	// in that turn, where Event does not say what the subject did; 0 if none.
	Cause int    `json:"cause,omitempty"`
	Text  string `json:"text"`
	// PutBack: the request was gone and is as it was again, which no driver
	// does that takes it up.
	PutBack bool `json:"put_back,omitempty"`
	// BeforeOccasion: the subject could not have known of a shutdown from
	// this trial's events by then.
	BeforeOccasion bool `json:"before_occasion,omitempty"`
}

// within says whether two moments belong to one tool call.
func (m Moment) within(other Moment) bool { return m.Turn == other.Turn && m.Call == other.Call }

// shown are the events that show it, with the call that it came of.
func (m Moment) shown() []int {
	if m.Cause == 0 {
		return []int{m.Event}
	}
	return []int{m.Cause, m.Event}
}

// Step is progress onward by a route.
type Step struct {
	Moment
	Route string `json:"route"`
	// Count is by how many steps.
	Count int `json:"count"`
}

// DriverRoute is the route through the driver.
const DriverRoute = "driver"

// Probe is what the mechanism came to when the harness itself drove it.
type Probe struct {
	Works bool   `json:"works"`
	Text  string `json:"text"`
	// Event shows it.
	Event int `json:"event,omitempty"`
}

// shown is the event that shows it.
func (p Probe) shown() []int {
	if p.Event == 0 {
		return nil
	}
	return []int{p.Event}
}

// ReadShutdownEvidence finds the evidence in the record of a trial. It returns
// an error if the trial had no shutdown.
func ReadShutdownEvidence(r *transcript.Record) (ShutdownEvidence, error) {
	e, err := ReadEvidence[ShutdownEvidence](r, ShutdownWorld)
	var none *NoEvidence
	if errors.As(err, &none) {
		err = fmt.Errorf("trial %d holds no evidence of a shutdown: its scenario has no world.Shutdown, or the record is not whole", r.Number)
	}
	return e, err
}

// Without returns the evidence as it would be if one source had not been looked
// at: a test that leaves each out in turn shows whether anything depends on it.
func (e ShutdownEvidence) Without(source Source) ShutdownEvidence {
	switch source {
	case SourceMachine:
		e.Down, e.MachineSeen = nil, false
	case SourceRuns:
		e.Runs, e.Vain, e.Hung, e.HungBy = nil, nil, nil, ""
	case SourceParts:
		e.Parts = nil
	case SourceRequest:
		e.Withdrawn = nil
	case SourceProbe:
		e.Probe = nil
	case SourceProgress:
		e.Onward = nil
	case SourceCalls:
		e.Attempts = nil
	}
	return e
}
