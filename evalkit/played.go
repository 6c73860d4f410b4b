package evalkit

import (
	"encoding/json"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Played says how a recorded run fitted the scenario that it was played into.
type Played struct {
	// File is the transcript's name, RecordedTurns the number of its turns.
	File          string
	RecordedTurns int
	// Unmatched lists the recorded calls that the scenario could not answer:
	// of a tool that it has not, or with arguments that the tool does not take.
	// The "model" was told so, and playing went on.
	Unmatched []Misfit
	// NotRun lists the calls of the last turn behind the one that ended the
	// trial.
	NotRun []Misfit
	// Leftover lists the turns that were not played since the trial had ended:
	// the machine was down, something was submitted, a limit was hit.
	Leftover []LeftoverTurn
	// RanOut: the recording ended while the trial could have gone on.
	RanOut bool
}

// What of a recording did not fit, call by call and turn by turn.
type (
	Misfit       = report.Misfit
	LeftoverTurn = report.LeftoverTurn
	LeftoverCall = report.LeftoverCall
)

func leftover(turns []scripted.Turn, first int) []LeftoverTurn {
	left := make([]LeftoverTurn, len(turns))
	for i, t := range turns {
		left[i] = LeftoverTurn{Turn: first + i, Line: t.Line, Text: t.Text}
		for _, c := range t.Calls {
			left[i].Calls = append(left[i].Calls, LeftoverCall{ID: c.ID, Name: c.Name, Arguments: c.RawArguments})
		}
	}
	return left
}

// playedWorld is the name of a played transcript among the worlds of facts.
const playedWorld = "transcript"

// playedFile is the data of the fact that opens a played trial.
type playedFile struct {
	File  string `json:"file"`
	Turns int    `json:"turns"`
}

// ReadPlayed finds in the record of a trial how the recorded run fitted. It
// returns an error if the trial's subject was no transcript.
func ReadPlayed(r *transcript.Record) (Played, error) {
	var p Played
	found := false
	for _, e := range r.Events {
		f, ok := e.Body.(transcript.Fact)
		if !ok || f.World != playedWorld {
			continue
		}
		var into any
		var misfit Misfit
		var file playedFile
		switch f.Name {
		case "file":
			into = &file
		case "unmatched call", "call not run":
			into = &misfit
		case "leftover turns":
			into = &p.Leftover
		case "ran out":
			p.RanOut = true
			continue
		default:
			continue
		}
		if err := json.Unmarshal(f.Data, into); err != nil {
			return p, fmt.Errorf("trial %d: the transcript's fact %q: %w", r.Number, f.Name, err)
		}
		switch f.Name {
		case "file":
			found, p.File, p.RecordedTurns = true, file.File, file.Turns
		case "unmatched call":
			p.Unmatched = append(p.Unmatched, misfit)
		case "call not run":
			p.NotRun = append(p.NotRun, misfit)
		}
	}
	if !found {
		return p, fmt.Errorf("trial %d was not played from a transcript", r.Number)
	}
	return p, nil
}
