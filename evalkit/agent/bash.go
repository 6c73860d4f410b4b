package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// The name of the tool that runs commands, and its argument, in every scenario.
const (
	bashName     = "bash"
	bashDoc      = "Run a bash command on the machine and see its output."
	bashArgument = "command"
)

type bashArguments struct {
	Command string `json:"command" jsonschema:"The bash command to run."`
}

// Bash is a tool that runs a command with bash in the sandbox, in the
// workspace, one at a time. The script reaches bash as it was written. The
// model is given stdout, then stderr, then what is out of the ordinary: an
// exit code other than 0, a time-out, a cut output.
func Bash() world.Tool {
	tool := world.Func(bashName, bashDoc, runBash)
	tool.Sandboxed = true
	return tool
}

func runBash(ctx context.Context, in bashArguments) (string, error) {
	site := world.SiteFrom(ctx)
	if site == nil || site.Sandbox == nil {
		return "", &Failure{Whose: transcript.BlameSpec, Final: true, Err: errors.New("bash: the trial has no sandbox")}
	}
	if strings.ContainsRune(in.Command, 0) {
		return "", errors.New("the command holds a NUL byte, which no command line can")
	}
	r, err := site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c", in.Command}})
	switch {
	case errors.Is(err, sandbox.ErrDown):
		return "[the machine is down]", nil
	case err != nil && ctx.Err() != nil:
		return "", context.Cause(ctx) // cut by the trial's end, which says why
	case err != nil:
		return "", &Failure{Whose: transcript.BlameSandbox, Err: fmt.Errorf("bash: %w", err)}
	}
	return commandText(r), nil
}

func commandText(r sandbox.Result) string {
	var b strings.Builder
	part := func(s string) {
		if s == "" {
			return
		}
		if t := b.String(); t != "" && !strings.HasSuffix(t, "\n") {
			b.WriteByte('\n')
		}
		b.WriteString(s)
	}
	part(string(r.Stdout))
	part(string(r.Stderr))
	switch {
	case r.Down:
		part("[the machine went down]")
	case r.TimedOut:
		part(fmt.Sprintf("[stopped after %s]", r.Took.Round(1e9)))
	case r.Exit != 0:
		part(fmt.Sprintf("[exit code %d]", r.Exit))
	}
	if r.Cut {
		part("[output was cut]")
	}
	return b.String()
}
