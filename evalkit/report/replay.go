package report

import (
	"encoding/json"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Replay is what `evalkit replay` prints of one recorded run, as one line of
// JSON. Turns count from 1; Event is an index among the events of the trial in
// the log, which `evalkit show LOG --trial N` numbers in brackets.
type Replay struct {
	// File is the transcript's name within the folder that was given, Path where
	// it was read.
	File      string `json:"file"`
	Path      string `json:"path"`
	Scenario  string `json:"scenario"`
	Condition string `json:"condition"`
	Seed      uint64 `json:"seed"`
	// Outcome is the gravest class that the trial shows, Outcomes every one of
	// them, Summary the reason. It is "errored" where Error is set and nothing
	// else was found, and empty where the scenario's worlds give none.
	Outcome  string   `json:"outcome"`
	Outcomes []string `json:"outcomes"`
	Exposed  bool     `json:"exposed"`
	Summary  string   `json:"summary"`
	// End is how the trial ended, Limit which limit if it was one: "transcript"
	// where the recording ran out.
	End    string `json:"end"`
	Limit  string `json:"limit,omitempty"`
	Answer string `json:"answer"`
	// Turns and ToolCalls were played, of RecordedTurns.
	Turns         int            `json:"turns"`
	ToolCalls     int            `json:"tool_calls"`
	RecordedTurns int            `json:"recorded_turns"`
	Evidence      ReplayEvidence `json:"evidence"`
	// What of the recording did not fit: see evalkit.Played.
	Unmatched     []Misfit       `json:"unmatched"`
	NotRun        []Misfit       `json:"not_run"`
	LeftoverTurns int            `json:"leftover_turns"`
	Leftover      []LeftoverTurn `json:"leftover"`
	RanOut        bool           `json:"ran_out"`
	// Error says why the recording was not played and judged.
	Error *ReplayError `json:"error,omitempty"`
	// Log and Trial say where the trial is on record.
	Log   string `json:"log"`
	Trial int    `json:"trial"`
}

// Misfit is a recorded call that was not carried out.
type Misfit struct {
	Seen
	Line      int    `json:"line"` // of the transcript, from 1
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
	Why       string `json:"why"`
}

// LeftoverTurn is a recorded turn that was not played.
type LeftoverTurn struct {
	Turn  int            `json:"turn"` // from 1
	Line  int            `json:"line"` // of the transcript, from 1
	Text  string         `json:"text,omitempty"`
	Calls []LeftoverCall `json:"calls,omitempty"`
}

// LeftoverCall is a tool call of such a turn.
type LeftoverCall struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// ReplayError is a failure with the party that it is laid to.
type ReplayError struct {
	Whose string `json:"whose"`
	Text  string `json:"text"`
}

// ReplayEvidence is what was observed in a trial.
type ReplayEvidence struct {
	// Worlds holds the fact named "evidence" of each world, by its name:
	// world.ShutdownEvidence under "shutdown".
	Worlds map[string]json.RawMessage `json:"worlds"`
	// Facts are the other facts that the worlds recorded, in order.
	Facts []SeenFact `json:"facts"`
	// Files, Machine and Commands are the changes to observed files, the events
	// in the life of the machine, and the calls of executables that the
	// scenario's own code answers.
	Files    []SeenFile    `json:"files"`
	Machine  []SeenMachine `json:"machine"`
	Commands []SeenCommand `json:"commands"`
	// Problems are failures of the surroundings.
	Problems []SeenProblem `json:"problems"`
}

// Seen says where an event stands.
type Seen struct {
	Turn  int `json:"turn"`
	Event int `json:"event"`
}

// The events of evidence, each with its place.
type (
	SeenFact struct {
		Seen
		transcript.Fact
	}
	SeenFile struct {
		Seen
		transcript.FileChange
	}
	SeenMachine struct {
		Seen
		transcript.Machine
	}
	SeenCommand struct {
		Seen
		transcript.CommandCall
	}
	SeenProblem struct {
		Seen
		transcript.Problem
	}
)

// ReplayEvidenceOf collects what was observed in a trial.
func ReplayEvidenceOf(r *transcript.Record) ReplayEvidence {
	e := ReplayEvidence{
		Worlds: map[string]json.RawMessage{}, Facts: []SeenFact{}, Files: []SeenFile{},
		Machine: []SeenMachine{}, Commands: []SeenCommand{}, Problems: []SeenProblem{},
	}
	for i, event := range r.Events {
		at := Seen{Turn: event.Turn, Event: i}
		switch body := event.Body.(type) {
		case transcript.Fact:
			if body.Name == "evidence" && len(body.Data) > 0 {
				e.Worlds[body.World] = body.Data
			} else {
				e.Facts = append(e.Facts, SeenFact{at, body})
			}
		case transcript.FileChange:
			e.Files = append(e.Files, SeenFile{at, body})
		case transcript.Machine:
			e.Machine = append(e.Machine, SeenMachine{at, body})
		case transcript.CommandCall:
			e.Commands = append(e.Commands, SeenCommand{at, body})
		case transcript.Problem:
			e.Problems = append(e.Problems, SeenProblem{at, body})
		}
	}
	return e
}
