// Command evalkit reads, checks and mends the logs of evalkit's runs, serves the scripted models, plays recorded runs, and
// calibrates judges.
//
//	evalkit show LOG [--trial N] [--full]   a log, or one trial of it with its evidence
//	evalkit verify LOG…                     the certificates of its verdicts, judged again
//	evalkit logs list [DIR]                 the logs there are
//	evalkit logs recover LOG                mends a log whose writer was killed
//	evalkit replay --scenario NAME --transcripts DIR
//	                                        recorded runs played into a scenario, one outcome a file as JSON
//	evalkit judge calibrate FILE --judge MODEL --rubric NAME
//	                                        how often a judge errs, on labelled cases
//	evalkit judge rubrics                   what a judge is asked by evalkit's own behaviours
//	evalkit models                          the scripted models
//	evalkit serve                           an OpenAI-compatible server of the scripted models
//	evalkit help [COMMAND]                  help, or that of a command
//	evalkit help environment                the variables that runs read
//	evalkit version
//
// In a module that names it as a tool, as this one does, it is run as `go tool evalkit`.
//
// It exits with 0 if all is well, with 1 if a check found something, and with 2 if it could not do what was asked.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/evalkit-go/evalkit/evalkit/report"
)

// The exit codes.
const (
	exitFine = iota
	exitFinding
	exitError
)

// errSaid says that what went wrong has been printed.
var errSaid = errors.New("said")

// errFinding says that a check found something, which has been printed.
var errFinding = errors.New("finding")

type commands struct {
	Color string `enum:"auto,always,never" default:"auto" help:"Colour: on a terminal (auto), always, never."`

	Show    showCommand    `cmd:"" help:"Show a log, or one trial of it with its evidence."`
	Verify  verifyCommand  `cmd:"" help:"Judge the certificates of a log again."`
	Logs    logsCommands   `cmd:"" help:"List logs, or mend one."`
	Judge   judgeCommands  `cmd:"" help:"Measure how often a judge errs."`
	Models  modelsCommand  `cmd:"" help:"List the scripted models."`
	Replay  replayCommand  `cmd:"" help:"Play recorded runs into a scenario, and print the outcome of each."`
	Serve   serveCommand   `cmd:"" help:"Serve the scripted models to any OpenAI client."`
	Help    helpCommand    `cmd:"" help:"Show help, or that of a command; 'help environment' lists the variables that runs read."`
	Version versionCommand `cmd:"" help:"Show the version."`

	VersionFlag kong.VersionFlag `name:"version" help:"Show the version."`
}

// console is what every command writes to.
type console struct {
	out, err io.Writer
	color    bool
}

func (c *console) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format, args...) }

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program, but for its end. It returns the exit code.
func run(ctx context.Context, args []string, out, err io.Writer) int {
	var c commands
	exited, code := false, exitFine
	parser := kong.Must(&c, kong.Name("evalkit"), kong.Writers(out, err),
		kong.Description("Reads, checks and mends the logs of evalkit's runs, serves the scripted models, plays recorded runs, and calibrates judges."),
		kong.Vars{"version": version(), "cpus": cpus()},
		kong.Exit(func(n int) { exited, code = true, n }))
	if len(args) == 0 {
		parser.Stdout = err
		if failed := usage(parser, nil); failed != nil {
			return complain(err, failed, "")
		}
		return exitError
	}
	parsed, failed := parser.Parse(args)
	if exited { // --help, --version
		return code
	}
	if group := unfinished(failed); group != nil {
		parser.Stdout = err
		if failed := usage(parser, group); failed != nil {
			return complain(err, failed, "")
		}
		return exitError
	}
	if failed != nil {
		return complain(err, failed, "`go tool evalkit --help` shows what there is")
	}
	con := &console{out: out, err: err, color: colored(c.Color, out)}
	parsed.BindTo(ctx, (*context.Context)(nil))
	failed = parsed.Run(con, parser)
	switch {
	case errors.Is(failed, errFinding):
		return exitFinding
	case errors.Is(failed, errSaid):
		return exitError
	case failed != nil:
		return complain(err, failed, "")
	}
	return exitFine
}

// unfinished gives the words of a command that wants one of its own commands behind it, where none was named.
func unfinished(failed error) (words []string) {
	var parse *kong.ParseError
	if !errors.As(failed, &parse) || parse.Context == nil || len(parse.Context.Path) < 2 {
		return nil
	}
	for _, at := range parse.Context.Path[1:] {
		if at.Command == nil {
			return nil
		}
		words = append(words, at.Command.Name)
	}
	last := parse.Context.Path[len(parse.Context.Path)-1].Command
	if last.Leaf() || len(parse.Context.Args) > len(words) {
		return nil
	}
	return words
}

// complain prints what went wrong. Errors name entries of logs, which are not to be trusted.
func complain(w io.Writer, err error, mend string) int {
	_, _ = fmt.Fprintf(w, "evalkit: %s\n", report.Sanitize(err.Error()))
	if mend != "" {
		_, _ = fmt.Fprintln(w, mend)
	}
	return exitError
}

// colored says whether to colour what is written to w.
func colored(mode string, w io.Writer) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
