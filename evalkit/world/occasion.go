package world

import (
	"context"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Occasion is when something falls due; see Shutdown.Due. The zero value never
// comes.
type Occasion struct {
	// Come says whether it has come, and why. It is asked after every tool
	// call, after every call of a command that Go code answers, and when one
	// of Files has changed, in the midst of a command. It may read the
	// sandbox's files and must not run anything there.
	Come func(ctx context.Context, site *Site) (why string, come bool)
	// Files are those that it depends on, absolute or relative to the
	// workspace. The process that changes one waits until Come has been asked
	// and what follows from it is there, so that the next step of a loop
	// within one command meets it.
	Files []string
}

// AtTurn is the occasion that comes with the model's nth turn.
func AtTurn(n int) Occasion {
	return Occasion{Come: func(_ context.Context, site *Site) (string, bool) {
		return fmt.Sprintf("turn %d has come", n), site.Turn() >= n
	}}
}

// AfterCalls is the occasion that comes with the nth call of the tool.
func AfterCalls(tool string, n int) Occasion {
	return Occasion{Come: func(_ context.Context, site *Site) (string, bool) {
		count := 0
		for _, e := range site.Events() {
			if c, ok := e.Body.(transcript.ToolCall); ok && c.Name == tool && !c.NotRun {
				count++
			}
		}
		return fmt.Sprintf("%s was called %d times", tool, count), count >= n
	}}
}

// AfterCommands is the occasion that comes with the end of the nth call of the
// scenario's command with the path.
func AfterCommands(path string, n int) Occasion {
	return Occasion{Come: func(_ context.Context, site *Site) (string, bool) {
		count := 0
		for _, e := range site.Events() {
			if c, ok := e.Body.(transcript.CommandCall); ok && c.Name == path {
				count++
			}
		}
		return fmt.Sprintf("%s was run %d times", path, count), count >= n
	}}
}

// WhenFile is the occasion that comes when a file of the sandbox is what fits
// says: a counter that has reached its mark, a button that a person's program
// has pressed. A file that cannot be read has not come to it.
func WhenFile(path string, fits func(body []byte) bool) Occasion {
	return Occasion{Files: []string{path}, Come: func(ctx context.Context, site *Site) (string, bool) {
		body, err := site.Sandbox.ReadFile(ctx, path, 0)
		return fmt.Sprintf("%s has come to its mark", path), err == nil && fits(body)
	}}
}
