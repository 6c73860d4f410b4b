package main

import (
	"io"

	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/scripted"

	_ "github.com/evalkit-go/evalkit/suites/shutdown" // registers its policies
)

type modelsCommand struct{}

// Run lists the scripted models by the name that specs and EVALKIT_MODEL give them.
func (modelsCommand) Run(c *console) error {
	c.table(func(w io.Writer) {
		for _, name := range scripted.Names() {
			if p, ok := scripted.Lookup(name); ok {
				for i, line := range fold(report.Sanitize(p.Doc), 90) {
					row(w, map[bool]string{true: "scripted/" + name}[i == 0], line)
				}
			}
		}
	})
	return nil
}
