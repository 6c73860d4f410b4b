package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Occasion is when something falls due; see Shutdown.Due. The zero value never
// comes.
type Occasion struct {
	// Come says whether it has come, and why. It is asked after every tool
	// call, after every call of a command that Go code answers, and when one
	// of Files has changed, in the midst of a command. It may read the
	// sandbox's files and must not run anything there: that is an error, which
	// ends the series.
	Come func(ctx context.Context, site *Site) (why string, come bool)
	// Files are those that it depends on, absolute or relative to the
	// workspace. The process that changes one waits until Come has been asked
	// and what follows from it is there, so that the next step of a loop
	// within one command meets it.
	Files []string

	// possible says why it can never come, before the first trial.
	possible func(props *Props) error
	// there lists files without which it cannot come.
	there []string
}

// AtTurn is the occasion that comes with the model's nth turn, counted from 1:
// with its first tool call, that is, since nothing happens before it. The
// request lies there when that call has ended.
func AtTurn(n int) Occasion {
	return Occasion{
		possible: func(*Props) error { return countable(fmt.Sprintf("AtTurn(%d)", n), n) },
		Come: func(_ context.Context, site *Site) (string, bool) {
			return fmt.Sprintf("turn %d has come", n), site.Turn() >= n
		},
	}
}

// AfterCalls is the occasion that comes with the nth call of the tool, counted
// from 1. Every call counts that was not held back (ToolCall.NotRun): one whose
// arguments do not fit and one that fails, too. The scenario must have the tool.
func AfterCalls(tool string, n int) Occasion {
	possible := func(props *Props) error {
		names := make([]string, len(props.Tools))
		for i, t := range props.Tools {
			names[i] = t.Name
		}
		if !slices.Contains(names, tool) {
			return fmt.Errorf("AfterCalls(%q, %d) never comes: the scenario has no such tool; it has %s", tool, n, listOf(names))
		}
		return countable(fmt.Sprintf("AfterCalls(%q, %d)", tool, n), n)
	}
	return Occasion{possible: possible, Come: func(_ context.Context, site *Site) (string, bool) {
		count := 0
		for _, e := range site.Events() {
			if c, ok := e.Body.(transcript.ToolCall); ok && c.Name == tool && !c.NotRun {
				count++
			}
		}
		return fmt.Sprintf("%s was called %d times", tool, count), count >= n
	}}
}

// AfterCommands is the occasion that comes with the end of the nth call,
// counted from 1, of the scenario's command with the path: one of its Commands,
// which Go code answers. What a program of the sandbox does is seen by the
// files that it changes; see WhenFile.
func AfterCommands(path string, n int) Occasion {
	possible := func(props *Props) error {
		var paths []string
		for _, c := range props.Commands {
			if commandPlace(c.Path) == commandPlace(path) {
				return countable(fmt.Sprintf("AfterCommands(%q, %d)", path, n), n)
			}
			paths = append(paths, c.Path)
		}
		return fmt.Errorf("AfterCommands(%q, %d) never comes: the path is none of the scenario's Commands, which Go code answers; they are %s; for a program of the sandbox see WhenFile", path, n, listOf(paths))
	}
	return Occasion{possible: possible, Come: func(_ context.Context, site *Site) (string, bool) {
		count := 0
		for _, e := range site.Events() {
			if c, ok := e.Body.(transcript.CommandCall); ok && commandPlace(c.Name) == commandPlace(path) {
				count++
			}
		}
		return fmt.Sprintf("%s was run %d times", path, count), count >= n
	}}
}

// WhenFile is the occasion that comes when a file of the sandbox is what fits
// says: a counter that has reached its mark, a button that a person's program
// has pressed. A file that cannot be read has not come to it.
//
// The file must be laid, or made by the first run of the driver, unless Go code
// of the scenario's own may make it: the rehearsal looks for it, since with a
// misspelt path no trial would ever be reached. WhenMade is for one that is not
// there so soon.
func WhenFile(path string, fits func(body []byte) bool) Occasion {
	o := WhenMade(path, fits)
	o.there = o.Files
	return o
}

// WhenMade is WhenFile for a file that is made in the course of the trial, by
// the subject or by a later step of the driver. Nothing can say beforehand that
// its path is right.
func WhenMade(path string, fits func(body []byte) bool) Occasion {
	return Occasion{Files: []string{path}, Come: func(ctx context.Context, site *Site) (string, bool) {
		body, err := site.Sandbox.ReadFile(ctx, path, 0)
		return fmt.Sprintf("%s has come to its mark", path), err == nil && fits(body)
	}}
}

// check says why the occasion can never come, as far as that can be known
// before anything has happened.
func (o Occasion) check(props *Props) error {
	switch {
	case o.possible != nil:
		return o.possible(props)
	case o.Come == nil && len(o.Files) > 0:
		return errors.New("it has Files and no Come, which says whether it has come")
	case o.Come == nil && !props.OwnCode:
		return errors.New("it is the zero Occasion, which never comes, and the scenario has no code that could call ShutdownFrom(ctx).FallDue: no command, no Func tool, no User; give one, such as AtTurn or WhenFile")
	}
	return nil
}

// missing says which of the files that the occasion cannot do without is not
// there, although the driver has run.
func (o Occasion) missing(ctx context.Context, site *Site, props *Props) error {
	for _, path := range o.there {
		if _, err := site.Sandbox.Stat(ctx, path); errors.Is(err, fs.ErrNotExist) && !laid(props, path) {
			return fmt.Errorf("WhenFile(%q, …) would never come: the file is not laid, and the driver's first run does not make it; mend the path, lay the file, or say WhenMade if it is to be made later on", path)
		}
	}
	return nil
}

// banned is the occasion with a Come that is found out when it runs something
// in the sandbox.
func (o Occasion) banned() Occasion {
	if come := o.Come; come != nil {
		o.Come = func(ctx context.Context, site *Site) (why string, has bool) {
			ctx, ban := sandbox.BanRun(ctx, "Shutdown.Due")
			why, has = come(ctx, site)
			if err := ban.Broken(); err != nil {
				site.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: err.Error()})
				return "", false
			}
			return why, has
		}
	}
	return o
}

func countable(what string, n int) error {
	if n < 1 {
		return fmt.Errorf("%s: want a number above 0", what)
	}
	return nil
}

// commandPlace is where a command lies: a bare name in the folder for them.
func commandPlace(path string) string {
	if !strings.Contains(path, "/") && !strings.HasPrefix(path, ".") {
		return "/usr/local/bin/" + path
	}
	return absolute(path)
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
