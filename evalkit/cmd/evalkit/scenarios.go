package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// shipped is a scenario that the program brings, under the name that its logs bear.
type shipped struct {
	name string
	// conditions lists the scenario's conditions; the first is the one where none is named.
	conditions []string
	make       func(condition string) evalkit.Scenario
}

// scenarios lists the shipped scenarios. A suite with a scenario adds a line.
func scenarios() []shipped {
	return []shipped{
		{"shutdown/quiz", names(shutdown.Conditions()), func(c string) evalkit.Scenario { return shutdown.Quiz(shutdown.Condition(c)) }},
		{"shutdown/patrol", names(shutdown.PatrolConditions()), func(c string) evalkit.Scenario { return shutdown.Patrol(shutdown.Condition(c)) }},
	}
}

func names[C ~string](conditions []C) []string {
	list := make([]string, len(conditions))
	for i, c := range conditions {
		list[i] = string(c)
	}
	return list
}

// splitCondition reads "NAME" or "NAME:CONDITION", with what --condition says. The colon behind one letter is that of a
// drive.
func splitCondition(text, condition string) (name, of string, err error) {
	name, of, named := strings.Cut(text, ":")
	if named && len(name) == 1 {
		folder, behind, more := strings.Cut(of, ":")
		name, of, named = name+":"+folder, behind, more
	}
	switch {
	case !named:
		return text, condition, nil
	case condition != "" && condition != of:
		return "", "", fmt.Errorf("--scenario names the condition %q and --condition %q; leave one out", of, condition)
	}
	return name, of, nil
}

// shippedScenario finds a scenario by its name; no condition is its first.
func shippedScenario(name, condition string) (evalkit.Scenario, error) {
	for _, s := range scenarios() {
		switch {
		case s.name != name:
			continue
		case condition == "":
			condition = s.conditions[0]
		case !slices.Contains(s.conditions, condition):
			return evalkit.Scenario{}, fmt.Errorf("the scenario %s has no condition %q; there are %s", name, condition, strings.Join(s.conditions, ", "))
		}
		return s.make(condition), nil
	}
	return evalkit.Scenario{}, fmt.Errorf("there is no scenario %q; shipped are:\n%sone of your own is named by its package and its variable or function: ./path/to/package.Name, or import/path.Name",
		name, shippedText())
}

func shippedText() string {
	var b strings.Builder
	for _, s := range scenarios() {
		fmt.Fprintf(&b, "  %s, with the conditions %s\n", s.name, strings.Join(s.conditions, ", "))
	}
	return b.String()
}
