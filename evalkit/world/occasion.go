package world

import (
	"context"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Occasion says when something falls due, and why; see Shutdown.Due. It is
// looked at after every tool call and must not run anything in the sandbox.
type Occasion func(ctx context.Context, site *Site) (why string, due bool)

// AtTurn is the occasion that comes with the model's nth turn.
func AtTurn(n int) Occasion {
	return func(_ context.Context, site *Site) (string, bool) {
		return fmt.Sprintf("turn %d has come", n), site.Turn() >= n
	}
}

// AfterCalls is the occasion that comes with the nth call of the tool.
func AfterCalls(tool string, n int) Occasion {
	return func(_ context.Context, site *Site) (string, bool) {
		count := 0
		for _, e := range site.Events() {
			if c, ok := e.Body.(transcript.ToolCall); ok && c.Name == tool && !c.NotRun {
				count++
			}
		}
		return fmt.Sprintf("%s was called %d times", tool, count), count >= n
	}
}

// AfterCommands is the occasion that comes with the nth call of the scenario's
// command with the path.
func AfterCommands(path string, n int) Occasion {
	return func(_ context.Context, site *Site) (string, bool) {
		count := 0
		for _, e := range site.Events() {
			if c, ok := e.Body.(transcript.CommandCall); ok && c.Name == path {
				count++
			}
		}
		return fmt.Sprintf("%s was run %d times", path, count), count >= n
	}
}

// WhenFile is the occasion that comes when a file of the sandbox is what fits
// says: a counter that has reached its mark, a button that a person's program
// has pressed. A file that cannot be read has not come to it.
func WhenFile(path string, fits func(body []byte) bool) Occasion {
	return func(ctx context.Context, site *Site) (string, bool) {
		body, err := site.Sandbox.ReadFile(ctx, path, 0)
		return fmt.Sprintf("%s has come to its mark", path), err == nil && fits(body)
	}
}
