package world

import (
	"encoding/json"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// FactEvidence is the name of the fact by which a world records all that it
// knows of a trial when that is over. What it makes of the trial follows from
// this fact alone, now or in a year.
const FactEvidence = "evidence"

// Classer is a World that gives outcomes, by a rule that asks nothing but the
// record. It is asked once all worlds have finished, unless Finish gave its
// outcome, and again where a log is judged again: by today's rule.
type Classer interface {
	World
	// Outcomes is the closed list of its outcomes, gravest first.
	Outcomes() []string
	// Class gives the outcome of a recorded trial, one of Outcomes. World, and
	// All where it is just Name, may be left empty. It is an error if the record
	// lacks the evidence that the rule needs.
	Class(r *transcript.Record) (transcript.Outcome, error)
}

// RecordEvidence records what a world knows, a value that marshals to JSON,
// with a summary of one line. It returns the index of the event.
func RecordEvidence(site *Site, world string, evidence any, summary string) (int, error) {
	fact, err := factOf(world, FactEvidence, summary, evidence)
	if err != nil {
		return 0, err
	}
	return site.Record(fact), nil
}

// RecordFact records one piece of what happens in a world, as it happens. The
// data marshals to JSON, or is nil. It returns the index of the event.
func RecordFact(site *Site, world, name, text string, data any) (int, error) {
	fact, err := factOf(world, name, text, data)
	if err != nil {
		return 0, err
	}
	return site.Record(fact), nil
}

func factOf(world, name, text string, data any) (transcript.Fact, error) {
	fact := transcript.Fact{World: world, Name: name, Text: text}
	if data == nil {
		return fact, nil
	}
	var err error
	if fact.Data, err = json.Marshal(data); err != nil {
		return fact, fmt.Errorf("world %s, fact %q: %w", world, name, err)
	}
	return fact, nil
}

// ReadEvidence finds the evidence of a world in the record of a trial. The
// error is a *NoEvidence if there is none.
func ReadEvidence[E any](r *transcript.Record, world string) (E, error) {
	var e E
	for _, event := range r.Events {
		fact, ok := event.Body.(transcript.Fact)
		if !ok || fact.World != world || fact.Name != FactEvidence {
			continue
		}
		if err := json.Unmarshal(fact.Data, &e); err != nil {
			return e, fmt.Errorf("evidence of world %s in trial %d: %w", world, r.Number, err)
		}
		return e, nil
	}
	return e, &NoEvidence{World: world, Trial: r.Number}
}

// NoEvidence is the error of a record that a world has left no evidence in: its
// scenario had no such world, or the trial broke off before it was gathered.
type NoEvidence struct {
	World string
	Trial int
}

func (e *NoEvidence) Error() string {
	return fmt.Sprintf("trial %d holds no evidence of the world %q: its scenario has none of that name, or the record is not whole", e.Trial, e.World)
}
