package matchers

import (
	"slices"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// withoutEvidence tells a trial that ended before the evidence of a world was
// gathered from a scenario without such a world; err is what reading it gave.
func withoutEvidence(t evalkit.Trial, r *transcript.Record, name string, err error) error {
	recorded := slices.ContainsFunc(r.Events, func(e transcript.Event) bool {
		f, ok := e.Body.(transcript.Fact)
		return ok && f.World == name && f.Name == world.FactEvidence
	})
	if recorded {
		return err
	}
	if broke := brokeOff(t); broke != nil && t.End.Reason != transcript.EndLimit {
		return broke
	}
	if _, judged := r.Outcome(name); judged {
		return lostBy(undecided, "the evidence of the "+name+" is missing from the record", "the log is not whole")
	}
	return err
}
