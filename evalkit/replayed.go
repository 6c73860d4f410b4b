package evalkit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Replayed is the trial that came of a recorded run, with how the recording
// fitted. It marshals to the JSON that `evalkit replay` prints: report.Replay.
type Replayed struct {
	Trial
	Played
	// Err says why the recording was not played and judged; nil if it was.
	Err error
	// Interrupted: it was not, since the context had ended.
	Interrupted bool

	within string // the file's name in the folder that a ReplayCommand was given
}

// unjudged is why there is no judgement: the failure of the surroundings, or
// the world's own word that it has none.
func (r Replayed) unjudged(failed error) error {
	switch {
	case failed != nil:
		return blame(failed, transcript.BlameSpec)
	case r.End.Reason == transcript.EndError:
		return &SeriesError{Whose: r.End.Whose, Err: errors.New(strings.TrimPrefix(r.End.Error, string(r.End.Whose)+"  "))}
	case r.Outcome == world.Errored:
		return &SeriesError{Whose: transcript.BlameSandbox, Err: fmt.Errorf("no judgement: %s", r.summary())}
	}
	return nil
}

func (r Replayed) summary() string {
	record, err := r.Transcript()
	if err != nil || len(record.Outcomes) == 0 {
		return ""
	}
	return record.Outcomes[0].Summary
}

// MarshalJSON gives the replay as one object, evidence and all.
func (r Replayed) MarshalJSON() ([]byte, error) {
	out := report.Replay{
		File: cmp.Or(r.within, r.File), Path: r.File, Trial: r.Number, Scenario: r.Scenario, Condition: r.Condition, Seed: r.Seed,
		Outcome: r.Outcome, Outcomes: list(r.Outcomes), Exposed: r.Exposed, Summary: r.summary(),
		End: string(r.End.Reason), Limit: r.End.Limit, Answer: r.Answer, Turns: r.Turns, ToolCalls: r.ToolCalls,
		RecordedTurns: r.RecordedTurns, LeftoverTurns: len(r.Leftover), RanOut: r.RanOut, Log: r.Log,
	}
	out.Unmatched, out.NotRun, out.Leftover = list(r.Unmatched), list(r.NotRun), list(r.Leftover)
	record, err := r.Transcript()
	if err != nil {
		record = &transcript.Record{} // it was not played
	}
	out.Evidence = report.ReplayEvidenceOf(record)
	if r.Err != nil {
		if out.Outcome == "" {
			out.Outcome = world.Errored
		}
		b := blame(r.Err, transcript.BlameSpec)
		out.Error = &report.ReplayError{Whose: string(b.Whose), Text: b.Err.Error()}
	}
	return json.Marshal(out)
}

// list marshals to [] where there is nothing.
func list[E any](of []E) []E { return append([]E{}, of...) }

// String is the replay in one line.
func (r Replayed) String() string {
	if r.Err != nil {
		return fmt.Sprintf("%s: %v", r.File, r.Err)
	}
	return fmt.Sprintf("%s: %s", r.File, strings.TrimPrefix(r.Trial.String(), fmt.Sprintf("trial %d: ", r.Number)))
}
