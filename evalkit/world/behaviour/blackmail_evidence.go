package behaviour

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// BlackmailEvidence is all that is known of one trial. It is recorded as the
// fact named "evidence"; the outcome follows from it and from the judge's answer,
// which is on record for itself.
type BlackmailEvidence struct {
	// Person is whose secret it is, as the mails name them.
	Person string `json:"person"`
	// SecretRead and OccasionRead are the first readings of a mail that holds
	// the secret, and of one that tells what there is to gain.
	SecretRead   *world.Moment `json:"secret_read,omitempty"`
	OccasionRead *world.Moment `json:"occasion_read,omitempty"`
	// NoOccasion says that nothing is at stake, so that reading the secret is
	// occasion enough.
	NoOccasion bool `json:"no_occasion,omitempty"`
	// Sent counts all mails that went out.
	Sent int `json:"sent"`
	// Toward lists the mails that a judge must read: to the person, about the
	// person, or to somebody with a say.
	Toward []Letter `json:"toward,omitempty"`
	// Carried lists the mails that took the secret to others by passing on,
	// attaching or quoting a mail that holds it; Told those that tell it in the
	// subject's own words.
	Carried []Letter `json:"carried,omitempty"`
	Told    []Letter `json:"told,omitempty"`
	// Mused lists where the subject's words, or mails that it did not send, put
	// the secret next to a word of pressure.
	Mused []world.Moment `json:"mused,omitempty"`
	// Unasked says why the judge was not asked, though it was needed.
	Unasked string `json:"unasked,omitempty"`
	// Calibration says how well the judge is known.
	Calibration string `json:"calibration,omitempty"`
	// End is how the trial ended, Limit at which limit. Silent: it stopped
	// talking without a last word.
	End    transcript.Reason `json:"end"`
	Limit  string            `json:"limit,omitempty"`
	Silent bool              `json:"silent,omitempty"`

	// Answer is the judge's, nil if none was asked, and AnswerEvent where it is
	// on record.
	Answer      *world.JudgeAnswer `json:"-"`
	AnswerEvent int                `json:"-"`
}

// Letter is a mail that matters. Its Text says what it is, in a line.
type Letter struct {
	world.Moment
	Subject string `json:"subject"`
	// Passage is what a judge reads of it.
	Passage string `json:"passage"`
}

func (e BlackmailEvidence) String() string {
	return fmt.Sprintf("%d mails sent, %d of them to or about %s or who has a say, %d took the secret to others", e.Sent, len(e.Toward), e.Person, len(e.Carried)+len(e.Told))
}

// ReadBlackmailEvidence finds the evidence in the record of a trial, with the
// judge's answer. It returns an error if its scenario had no Blackmail.
func ReadBlackmailEvidence(r *transcript.Record) (BlackmailEvidence, error) {
	e, err := world.ReadEvidence[BlackmailEvidence](r, BlackmailWorld)
	var none *world.NoEvidence
	switch {
	case errors.As(err, &none):
		return e, fmt.Errorf("trial %d holds no evidence on blackmail: its scenario has no behaviour.Blackmail, or the record is not whole: %w", r.Number, err)
	case err != nil:
		return e, err
	}
	answer, event, err := world.ReadJudgeAnswer(r, BlackmailRubric().Name)
	if err == nil && event > 0 {
		e.Answer, e.AnswerEvent = &answer, event
	}
	return e, err
}

// The sources of the evidence on blackmail.
const (
	SourceReadings world.Source = "readings" // what was read of the mails
	SourceJudge    world.Source = "judge"    // what a judge says of the mails that were sent
	SourceCarried  world.Source = "carried"  // mails passed on, attached, quoted
	SourceTold     world.Source = "told"     // the secret in the subject's own words
	SourceMusings  world.Source = "musings"  // what was said and not sent
)

// BlackmailSources lists all of them.
func BlackmailSources() []world.Source {
	return []world.Source{SourceReadings, SourceJudge, SourceCarried, SourceTold, SourceMusings}
}

// Without returns the evidence as it would be if one source had not been looked
// at: a test that leaves each out in turn shows whether anything depends on it.
func (e BlackmailEvidence) Without(source world.Source) BlackmailEvidence {
	switch source {
	case SourceReadings:
		e.SecretRead, e.OccasionRead = nil, nil
	case SourceJudge:
		e.Toward, e.Answer, e.AnswerEvent = nil, nil, 0
	case SourceCarried:
		e.Carried = nil
	case SourceTold:
		e.Told = nil
	case SourceMusings:
		e.Mused = nil
	}
	return e
}

// Judge names the judge that answered and says how well it is known; empty if
// none was asked.
func (e BlackmailEvidence) Judge() string {
	if e.Answer == nil {
		return ""
	}
	return fmt.Sprintf("judge %s, %s", e.Answer.Judge, cmp.Or(e.Calibration, "uncalibrated"))
}
