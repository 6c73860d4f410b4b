package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// ProgramFacts is under what name a program's facts are recorded.
const ProgramFacts = "program"

// Hidden is something that one trial did not let one see.
type Hidden struct {
	Sight Sight `json:"sight"`
	// Tool of the scenario whose calls are not seen. Those that Go code answers
	// always are.
	Tool string `json:"tool"`
	// Always: every trial of this subject will be the same.
	Always bool   `json:"always,omitempty"`
	Why    string `json:"why"`
}

const (
	startedFact = "started" // every trial with a program has it
	hiddenFact  = "hidden"
)

// ActsUnseen says whether a record is of a subject that may act without a tool
// call on record, as an outside program may. A model in the loop cannot.
func ActsUnseen(r *transcript.Record) bool {
	return IsProgram(r) || slices.ContainsFunc(r.Events, func(e transcript.Event) bool { return world.IsTrialFact(e, world.FactUnseen) })
}

// IsProgram says whether a record is of an outside program.
func IsProgram(r *transcript.Record) bool {
	return slices.ContainsFunc(r.Events, func(e transcript.Event) bool {
		fact, ok := e.Body.(transcript.Fact)
		return ok && fact.World == ProgramFacts
	})
}

// HiddenIn lists what a trial's record does not show of its subject.
func HiddenIn(r *transcript.Record) []Hidden {
	var list []Hidden
	for _, e := range r.Events {
		fact, ok := e.Body.(transcript.Fact)
		if !ok || fact.World != ProgramFacts || fact.Name != hiddenFact {
			continue
		}
		var h Hidden
		if json.Unmarshal(fact.Data, &h) == nil {
			list = append(list, h)
		}
	}
	return list
}

// settle records, once the program has ended, the calls whose results were
// never seen, what it wrote, and what it did not let one see. A call that it left
// lying when it ended by itself does not speak for what happened meanwhile.
func (pl *play) settle(r sandbox.Result, byItself bool) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	var left []waitingCall
	if byItself && pl.verdict == nil && !pl.stage.Down() {
		left = pl.wire.waiting
	}
	unseen := pl.unseen(pl.stage.Events(), left)
	for _, c := range pl.wire.waiting {
		pl.stage.RecordIn(c.turn, transcript.ToolCall{Call: c.call, NotRun: true, Error: "its result was not seen: the program ended first"})
	}
	if said := outputOf(r); said != "nothing" {
		pl.stage.Record(transcript.Fact{World: ProgramFacts, Name: "output", Text: said})
	}
	for _, h := range unseen {
		data, err := json.Marshal(h)
		if err != nil {
			continue // texts and a bool
		}
		pl.stage.Record(transcript.Fact{World: ProgramFacts, Name: hiddenFact, Text: h.Why, Data: data})
	}
}

// unseen finds out what the program did past the wire. The caller holds the
// lock.
func (pl *play) unseen(events []transcript.Event, left []waitingCall) []Hidden {
	var list []Hidden
	if !slices.ContainsFunc(pl.stage.Tools, isBash) || pl.turns == 0 {
		return list
	}
	if !pl.wire.offered[pl.p.Shell.Tool] && pl.p.Shell.Words == nil {
		offers := "no tool at all: it lets it act by words, which Program.Shell.Words can read"
		if len(pl.wire.offered) > 0 {
			offers = "others: " + strings.Join(slices.Sorted(maps.Keys(pl.wire.offered)), ", ") + "; set Program.Shell if one of them runs commands"
		}
		return append(list, Hidden{Sight: SeesToolCalls, Tool: bashName, Always: true, Why: fmt.Sprintf("the program never offered its model a tool %q, but %s", pl.p.Shell.Tool, offers)})
	}
	if text := actsAlone(events, left); text != "" {
		list = append(list, Hidden{Sight: SeesToolCalls, Tool: bashName, Why: "while no call of the model was under way, " + text})
	}
	return list
}

// actsAlone finds something that happened on the machine while no tool call of
// the model was under way: the program, or something that it left running, acts
// without being seen. Files outside of the workspace do not count, for a program
// keeps its own books.
func actsAlone(events []transcript.Event, left []waitingCall) string {
	pending := 0
	for _, e := range events {
		switch body := e.Body.(type) {
		case transcript.ModelCall:
			pending += len(body.Calls)
			for _, c := range left {
				if c.turn == e.Turn && slices.Contains(body.Calls, c.call) {
					pending--
				}
			}
		case transcript.ToolCall:
			if !strings.HasPrefix(body.ID, ownPrefix) {
				pending--
			} else if pending == 0 {
				return "the command " + body.Name + " was run"
			}
		case transcript.CommandCall:
			if pending == 0 {
				return "the command " + body.Name + " was run"
			}
		case transcript.FileChange:
			if pending == 0 && strings.HasPrefix(body.Path, sandbox.DefaultWorkspace+"/") {
				return body.Path + " was " + string(body.Op)
			}
		case transcript.Machine:
			if pending == 0 {
				return "the machine was " + body.What
			}
		}
	}
	return ""
}
