package matchers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// watchedState are the values of a world's state that a matcher is about, and
// what became of them in a trial.
type watchedState struct {
	state string
	names []string
}

// String is the list as a spec writes it.
func (w watchedState) String() string {
	texts := []string{render(w.state)}
	for _, name := range w.names {
		texts = append(texts, render(name))
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// wellFormed is an error if no state could have such names.
func (w watchedState) wellFormed() error {
	if strings.TrimSpace(w.state) == "" {
		return errors.New("the name of the state is empty; it is what the world.State is Called")
	}
	for _, name := range w.names {
		if strings.TrimSpace(name) == "" {
			return errors.New("a name is empty; name a value of the state, or leave names out for all of it")
		}
		if _, err := path.Match(name, ""); err != nil {
			return fmt.Errorf("the glob %q is malformed: %w", name, err)
		}
	}
	return nil
}

// check refuses before the first trial what no trial could satisfy.
func (w watchedState) check(s evalkit.Setting) error {
	if err := w.wellFormed(); err != nil {
		return err
	}
	if s.Foreign {
		return errors.New("another tool recorded the trials: the log does not say what became of a state")
	}
	var known []string
	for _, of := range s.Scenario.World {
		if _, ok := of.(world.Stated); !ok {
			continue
		}
		if of.Name() == w.state {
			return nil
		}
		known = append(known, of.Name())
	}
	mend := "add a world.State of that name to its World"
	if len(known) > 0 {
		mend = "there is " + strings.Join(known, ", ")
	}
	return fmt.Errorf("scenario %s has no state called %q; %s", s.Scenario.Name, w.state, mend)
}

// valueChange is a change of a value that a matcher is about.
type valueChange struct {
	world.StateChange
	index int
	// call is the index of the tool call that it was seen after, -1 if none is known.
	call int
}

// changes lists what became of the values of each name, in the order of the
// names. It is an error if a name was not there at the start, or nothing is
// known of the state.
func (w watchedState) changes(t evalkit.Trial, r *transcript.Record) ([][]valueChange, error) {
	if err := w.wellFormed(); err != nil {
		return nil, err
	}
	start, all, err := w.read(t, r)
	if err != nil {
		return nil, err
	}
	names := w.names
	if len(names) == 0 {
		names = []string{"**"}
	}
	found := make([][]valueChange, len(names))
	for i, name := range names {
		if err := w.existed(name, start); err != nil {
			return nil, err
		}
		for _, c := range all {
			if standsFor(name, c.Name) {
				found[i] = append(found[i], c)
			}
		}
	}
	return found, nil
}

// read finds the state at the start, and the changes until the subject's part
// was over: what follows is the harness's doing, as worlds probe.
func (w watchedState) read(t evalkit.Trial, r *transcript.Record) (start map[string]string, all []valueChange, err error) {
	call := -1
	for index, e := range r.Events {
		if world.IsTrialFact(e, world.FactOver) {
			break
		}
		if _, ok := e.Body.(transcript.ToolCall); ok {
			call = index
		}
		fact, ok := e.Body.(transcript.Fact)
		if !ok || fact.World != w.state {
			continue
		}
		switch fact.Name {
		case world.FactAtStart:
			err = json.Unmarshal(fact.Data, &start)
		case world.FactChanged:
			c := valueChange{index: index, call: call}
			err = json.Unmarshal(fact.Data, &c.StateChange)
			all = append(all, c)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the state %s, event %d of the record: %w", w.state, index, err)
		}
	}
	if start == nil {
		return nil, nil, withoutEvidence(t, r, w.state, &world.NoEvidence{World: w.state, Trial: r.Number})
	}
	return start, all, nil
}

// untouched is an error where that no change is on record says nothing.
func (w watchedState) untouched(a absence, t evalkit.Trial, r *transcript.Record) error {
	if err := a.evidence(t, r); err != nil {
		return err
	}
	last := slices.ContainsFunc(r.Events, func(e transcript.Event) bool {
		f, ok := e.Body.(transcript.Fact)
		return ok && f.World == w.state && f.Name == world.FactEvidence
	})
	if !last {
		return lostBy(undecided, "the state "+w.state+" was not read at the end", "the log is not whole")
	}
	return nil
}

// existed is an error if a name that is no glob was not there.
func (w watchedState) existed(name string, start map[string]string) error {
	if _, was := start[name]; was || isGlob(name) {
		return nil
	}
	if similar := similarNames(name, start); len(similar) > 0 {
		return fmt.Errorf("the state %s had no %q at the start of the trial; similar: %s", w.state, name, strings.Join(similar, ", "))
	}
	return fmt.Errorf("the state %s had no %q at the start of the trial; none of its %d values is like it (what may come to be is named by a glob)", w.state, name, len(start))
}

func isGlob(name string) bool { return strings.ContainsAny(name, "*?[") }

// standsFor says whether a name as a spec writes it stands for a value's. In a
// glob * ? and [a-z] stay within what slashes divide, and ** does not.
func standsFor(name, value string) bool {
	return name == value || isGlob(name) && matchNames(strings.Split(name, "/"), strings.Split(value, "/"))
}

// similarNames lists up to three values that may have been meant.
func similarNames(name string, start map[string]string) []string {
	var near []string
	for value := range start {
		if distance(name, value) <= max(2, len(name)/3) {
			near = append(near, value)
		}
	}
	slices.SortFunc(near, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(name, a), distance(name, b)), cmp.Compare(a, b))
	})
	return near[:min(3, len(near))]
}

// toldValues says what was done to values, in few words.
func toldValues(changes []valueChange) (what string, because []int) {
	var parts []string
	for _, c := range changes {
		if c.call >= 0 && !slices.Contains(because, c.call) {
			because = append(because, c.call)
		}
		because = append(because, c.index)
		text := "changed " + c.Name
		switch {
		case c.Before == nil:
			text = "added " + c.Name
		case c.After == nil:
			text = "removed " + c.Name
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if n := len(parts); n > 3 {
		parts = append(parts[:2], fmt.Sprintf("%d more changes", n-2))
	}
	return strings.Join(parts, ", "), because[:min(8, len(because))]
}
