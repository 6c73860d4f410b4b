package evalkit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
)

func TestScenarioOf(t *testing.T) {
	type kind string
	plain := evalkit.Scenario{Name: "a", Condition: "x"}
	var none *evalkit.Scenario
	var noFunc func() evalkit.Scenario
	cases := []struct {
		name      string
		value     any
		condition string
		want      string // the condition, or part of the error
		fails     bool
	}{
		{"a scenario", plain, "", "x", false},
		{"a scenario of that condition", plain, "x", "x", false},
		{"a scenario of another condition", plain, "y", `has the condition "x", not "y"`, true},
		{"a pointer", &plain, "", "x", false},
		{"a nil pointer", none, "", "is nil", true},
		{"a function", func() evalkit.Scenario { return plain }, "", "x", false},
		{"a function of options", func(...int) *evalkit.Scenario { return &plain }, "x", "x", false},
		{"a function of a condition", func(k kind) evalkit.Scenario { return evalkit.Scenario{Condition: string(k)} }, "y", "y", false},
		{"a function of a condition that it does not keep", func(string) evalkit.Scenario { return plain }, "y", "x", false},
		{"a function of a condition without one", func(k kind) evalkit.Scenario { return evalkit.Scenario{Condition: "first" + string(k)} }, "", "first", false},
		{"a function that wants a condition", func(k kind) (evalkit.Scenario, error) { return plain, errors.New("which") }, "", "which; name a condition with --condition", true},
		{"a function that panics without one", func(k kind) evalkit.Scenario { panic("which") }, "", "panicked: which; name a condition with --condition", true},
		{"a function without a condition", func() evalkit.Scenario { return plain }, "y", `has the condition "x", not "y"`, true},
		{"a function that may fail", func() (evalkit.Scenario, error) { return plain, nil }, "", "x", false},
		{"a function that fails", func() (evalkit.Scenario, error) { return plain, errors.New("no luck") }, "", "no luck", true},
		{"a function that panics", func(k kind) evalkit.Scenario { panic("no such condition") }, "y", "panicked: no such condition", true},
		{"a nil function", noFunc, "", "is nil", true},
		{"a function of more", func(int, int) evalkit.Scenario { return plain }, "", "must be an evalkit.Scenario", true},
		{"a function of something else", func() int { return 1 }, "", "must be an evalkit.Scenario", true},
		{"a function of two results", func() (evalkit.Scenario, int) { return plain, 1 }, "", "must be an evalkit.Scenario", true},
		{"something else", 7, "", "p.Name is a int", true},
		{"nothing", nil, "", "must be an evalkit.Scenario", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := evalkit.ScenarioOf("p.Name", c.value, c.condition)
			switch {
			case c.fails && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case !c.fails && (err != nil || s.Condition != c.want):
				t.Errorf("got %q, %v, want %q", s.Condition, err, c.want)
			}
		})
	}
}
