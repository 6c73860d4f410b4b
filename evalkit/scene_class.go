package evalkit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// class asks the worlds that have a rule and gave no outcome yet what the trial
// is by it.
func (c *scene) class(r *transcript.Record, given []transcript.Outcome) ([]transcript.Outcome, error) {
	var outcomes []transcript.Outcome
	for _, w := range c.worlds {
		classer, ok := w.(world.Classer)
		if !ok || slices.ContainsFunc(given, func(o transcript.Outcome) bool { return o.World == w.Name() }) {
			continue
		}
		o, err := classOfTrial(classer, r)
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// classOfTrial is the outcome by a world's rule, with what every one of them
// says filled in. A class that is off the world's own list is an error.
func classOfTrial(c world.Classer, r *transcript.Record) (transcript.Outcome, error) {
	o, err := c.Class(r)
	if err != nil {
		return o, fmt.Errorf("world %s: %w", c.Name(), err)
	}
	o.World = c.Name()
	if len(o.All) == 0 {
		o.All = []string{o.Name}
	}
	for _, name := range append(slices.Clone(o.All), o.Name) {
		if !slices.Contains(c.Outcomes(), name) {
			return o, fmt.Errorf("world %s: Class gives %q, which is none of its Outcomes: %s", c.Name(), name, strings.Join(c.Outcomes(), ", "))
		}
	}
	return o, nil
}
