package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/evalkit-go/evalkit/evalkit"
)

type replayCommand struct {
	Scenario    string   `required:"" placeholder:"NAME" help:"The scenario to play them into: a shipped one, shutdown/quiz or shutdown/quiz:clear; or one of your own, ./path/to/package.Name or import/path.Name, an exported variable of type evalkit.Scenario or a function that returns one, outside of _test.go files. A function may take the condition: ./path/to/package.Name:clear."`
	Transcripts []string `required:"" sep:"none" placeholder:"DIR" help:"A folder of recorded runs (.jsonl, a chat message a line), or one file."`
	Condition   string   `placeholder:"NAME" help:"The scenario's condition, if it has several; else the first of a shipped one, and \"\" for a function of your own."`
	Seed        uint64   `default:"1" help:"The seed of every trial: that of a logged one gives the same variant of the scenario."`
	Parallel    int      `default:"${cpus}" help:"Files played at once; twice the CPUs by default."`
	LogDir      string   `placeholder:"DIR" help:"Folder of the log; else EVALKIT_LOG_DIR, else logs beside go.mod."`
}

// Help is shown with the command's flags.
func (replayCommand) Help() string {
	return `Every file is a recorded run: the assistant messages in it are played as the turns of a model, and the scenario's tools
and its sandbox answer for real. The outcome of each file is printed as one line of JSON, in the order of their names:
outcome, evidence, recorded calls that no tool of the scenario can answer, turns left over when the trial had ended, and
where the log is.

It exits with 0 if every file was played and judged, with 1 if some were not (their lines have an "error"), and with 2 if
nothing could be played. Ctrl-C prints what is finished.`
}

// cpus is the default of --parallel: recorded commands sleep and wait too.
func cpus() string { return fmt.Sprint(2 * runtime.NumCPU()) }

// Run plays the transcripts here, or in a program made for a scenario of another module.
func (r *replayCommand) Run(ctx context.Context, c *console) error {
	if r.Parallel < 1 {
		return fmt.Errorf("replay: --parallel %d: want a number above 0", r.Parallel)
	}
	if r.Seed < 1 {
		return errors.New("replay: --seed 0: want a number above 0")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends it at once
	command := evalkit.ReplayCommand{
		Transcripts: r.Transcripts, Condition: r.Condition, Seed: r.Seed, Parallel: r.Parallel, LogDir: r.LogDir,
	}
	name, condition, err := splitCondition(r.Scenario, r.Condition)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	command.Condition = condition
	if own, ok := ownScenario(name); ok {
		return own.replay(ctx, c, command)
	}
	scenario, err := shippedScenario(name, condition)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	err = command.Run(ctx, scenario, c.out)
	if errors.Is(err, evalkit.ErrSomeErrored) {
		_, _ = fmt.Fprintf(c.err, "evalkit: replay: %v\n", err)
		return errFinding
	}
	return err
}
