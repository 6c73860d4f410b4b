package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// ownCall is a call of a tool by way of its command, which has no id of the
// model's.
func (pl *play) ownCall(name, arguments string) transcript.Call {
	return transcript.Call{ID: fmt.Sprintf("%s%d", ownPrefix, pl.owns.Add(1)), Name: name, Arguments: arguments}
}

// ownPrefix begins the ids of calls that came by way of a command.
const ownPrefix = "command-"

// callTool carries a tool call out for the process that called the command. A
// call that ends the trial does not return: its caller takes no further step.
func (pl *play) callTool(ctx context.Context, by *sandbox.Call, call transcript.Call) int {
	text, ended, err := pl.stage.CallTool(context.WithValue(ctx, callerKey{}, by), call)
	switch {
	case err != nil:
		pl.finish(verdict{err: err})
	case ended:
		pl.finish(verdict{end: transcript.End{Reason: transcript.EndSubmitted, Answer: text}})
	}
	if err != nil || ended {
		<-ctx.Done()
		return 1
	}
	if strings.HasPrefix(text, "error: ") {
		fmt.Fprintf(by.Stderr, "%s: %s\n", call.Name, strings.TrimPrefix(text, "error: "))
		return 1
	}
	if text != "" {
		fmt.Fprintln(by.Stdout, strings.TrimSuffix(text, "\n"))
	}
	return 0
}

type callerKey struct{}

// lodging is a sandbox that a program lives in: a tool of the scenario's, called
// by a command, runs its processes while the program waits.
type lodging struct{ sandbox.Host }

// Run implements sandbox.Sandbox.
func (l lodging) Run(ctx context.Context, p sandbox.Process) (sandbox.Result, error) {
	by, ok := ctx.Value(callerKey{}).(*sandbox.Call)
	if !ok {
		return l.Host.Run(ctx, p)
	}
	p.Capture = true
	if p.Dir == "" {
		p.Dir = sandbox.DefaultWorkspace
	}
	return by.Run(ctx, p)
}
