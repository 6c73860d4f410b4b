// Command yardstick does a fixed piece of work through evalkit's public
// interface, so that its CPU time and memory can be set beside those of a bare
// client that does the same: each trial is a conversation in which the model
// calls the tool note until it says "done".
//
//	yardstick -base http://127.0.0.1:8941/v1 -n 1000 -c 100 -log logs
//
// The whole log is written, as for any series.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

type noteArguments struct {
	Text string `json:"text" jsonschema:"Text of the note."`
}

func note(context.Context, noteArguments) (string, error) { return "ok", nil }

const prompt = "Write down each step with the tool, then say that you are done."

func scenario() evalkit.Scenario {
	return evalkit.Scenario{
		Name:   "yardstick",
		Prompt: prompt,
		Tools:  []evalkit.Tool{evalkit.Func("note", "Write a note down.", note)},
	}
}

func saysDone(t evalkit.Trial) (bool, error) {
	if t.End.Error != "" {
		return false, fmt.Errorf("%w: %s", evalkit.ErrLost, t.End.Error)
	}
	return strings.Contains(t.Answer, "done"), nil
}

// work draws n trials, c at a time, and counts those that say so and those that
// broke off.
func work(ctx context.Context, t evalkit.T, base string, n, c int, dir string) (correct, failed int, err error) {
	model, err := evalkit.ParseModel(base + "#fake?check=off")
	if err != nil {
		return 0, 0, err
	}
	trials := evalkit.Run(ctx, t, model, scenario(), evalkit.Samples(n), evalkit.Concurrency(c), evalkit.LogDir(dir))
	judged, err := trials.Judge(evalkit.Question{Text: "says done", Judge: saysDone})
	if err != nil {
		return 0, 0, err
	}
	for _, j := range judged {
		switch j.Mark {
		case stats.Good:
			correct++
		case stats.Bad:
		default:
			failed++
		}
	}
	return correct, failed, nil
}

func main() {
	base := flag.String("base", "http://127.0.0.1:8941/v1", "base URL of the server, on this machine")
	n := flag.Int("n", 200, "trials")
	c := flag.Int("c", 20, "trials at a time")
	logTo := flag.String("log", "", "folder of the log; without it the log is written to a temporary one")
	profiles := profileFlags()
	flag.Parse()
	if err := run(*base, *n, *c, *logTo, profiles); err != nil {
		log.Fatal(err)
	}
}

func run(base string, n, c int, dir string, profiles *profiles) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "yardstick"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	stop, err := profiles.start()
	if err != nil {
		return err
	}
	t := &spec{}
	correct, failed, err := work(context.Background(), t, base, n, c, dir)
	if err := stop(); err != nil {
		return err
	}
	t.end()
	if err != nil {
		return err
	}
	if t.Failed() {
		return fmt.Errorf("%s", strings.Join(t.errors, "\n"))
	}
	fmt.Printf("trials %d correct %d errors %d\n", n, correct, failed)
	return nil
}
