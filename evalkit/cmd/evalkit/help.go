package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/evalkit-go/evalkit/evalkit"
)

type helpCommand struct {
	Topic []string `arg:"" optional:"" help:"A command, or environment."`
}

// Run shows the program's help or that of a topic.
func (h *helpCommand) Run(c *console, parser *kong.Kong) error {
	if slices.Equal(h.Topic, []string{"environment"}) {
		environment(c)
		return nil
	}
	return usage(parser, h.Topic)
}

// usage prints the help of a command, which is given by its words; without any, that of the program.
func usage(parser *kong.Kong, words []string) error {
	trace, err := kong.Trace(parser, words)
	if err != nil {
		return fmt.Errorf("help: %w", err)
	}
	if trace.Error != nil {
		return fmt.Errorf("there is no help on %q; `go tool evalkit help` lists the commands, `go tool evalkit help environment` the variables",
			strings.Join(words, " "))
	}
	return trace.PrintUsage(false)
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

// Run shows the version.
func (versionCommand) Run(c *console) error {
	c.printf("%s\n", version())
	return nil
}

// version is the module's version, the commit it was built from, and Go's.
func version() string {
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
	return fmt.Sprintf("evalkit %s%s %s %s/%s", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
