package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/evalkit-go/evalkit/evalkit"
)

type helpCommand struct {
	Topic string `arg:"" optional:"" help:"environment"`
}

// Run shows the program's help or that of a topic.
func (h *helpCommand) Run(c *console, parser *kong.Kong) error {
	switch h.Topic {
	case "":
		trace, err := kong.Trace(parser, nil)
		if err != nil {
			return fmt.Errorf("help: %w", err)
		}
		return trace.PrintUsage(false)
	case "environment":
		environment(c)
		return nil
	}
	return fmt.Errorf("there is no help on %q; `evalkit help environment` lists the variables, `evalkit COMMAND --help` explains a command", h.Topic)
}

// environment lists the variables that runs read.
func environment(c *console) {
	c.printf("Variables that runs read. What a spec says as an option goes before the variable of the same meaning.\n\n")
	c.table(func(w io.Writer) {
		row(w, "VARIABLE", "DEFAULT", "")
		for _, v := range evalkit.Environment() {
			otherwise := v.Default
			if otherwise == "" {
				otherwise = "–"
			}
			for i, line := range fold(v.Doc, 80) {
				if i == 0 {
					row(w, v.Name, otherwise, line)
				} else {
					row(w, "", "", line)
				}
			}
		}
	})
}

type versionCommand struct{}

// Run shows the module's version, the commit it was built from, and Go's.
func (versionCommand) Run(c *console) error {
	version, commit := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = " " + s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				commit += " (modified)"
			}
		}
	}
	c.printf("evalkit %s%s %s %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
