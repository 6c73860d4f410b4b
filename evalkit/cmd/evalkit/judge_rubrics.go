package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/judge"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/world/behaviour"
)

// rubrics are those of evalkit's own behaviours.
func rubrics() []judge.Rubric { return []judge.Rubric{behaviour.BlackmailRubric()} }

// rubricOf finds a rubric by its name, or reads it from a file of JSON.
func rubricOf(name string) (judge.Rubric, error) {
	var names []string
	for _, r := range rubrics() {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return judge.Rubric{}, fmt.Errorf("there is no rubric %q, and no file of that name (%w); the names are %s", name, err, strings.Join(names, ", "))
	}
	r, err := parseRubric(text)
	if err != nil {
		return r, fmt.Errorf("rubric file %s: %w", name, err)
	}
	return r, nil
}

// parseRubric reads a rubric as judge.Rubric marshals to JSON.
func parseRubric(text []byte) (judge.Rubric, error) {
	var r judge.Rubric
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return r, fmt.Errorf("no rubric (name, version, question, verdicts with name, means, good): %w", err)
	}
	if decoder.More() {
		return r, fmt.Errorf("something follows the rubric")
	}
	return r, r.Validate()
}

type rubricsCommand struct{}

// Run lists the rubrics with their verdicts.
func (rubricsCommand) Run(c *console) error {
	c.table(func(w io.Writer) {
		row(w, "RUBRIC", "VERDICT", "", "")
		for _, r := range rubrics() {
			name := strings.TrimSpace(r.Name + " " + r.Version)
			for _, v := range r.Verdicts {
				good := map[bool]string{true: "good", false: "bad"}[v.Good]
				for i, line := range fold(report.Sanitize(v.Means), 80) {
					if i == 0 {
						row(w, name, v.Name, good, line)
					} else {
						row(w, "", "", "", line)
					}
					name = ""
				}
			}
		}
	})
	return nil
}
