package evalkit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// alias is a model under another name, so that two endpoints meet trials of the
// same seeds.
type alias struct {
	evalkit.Model
	name string
}

func (a alias) Info() evalkit.SubjectInfo {
	info := a.Model.Info()
	info.Name = a.name
	return info
}

// quizzed draws n trials of the quiz and gives what happened in each, and its
// outcome first. The series is closed then, so that the next of the same name
// has the same seeds.
func quizzed(t *testing.T, model evalkit.Model, as string, n int, opts ...evalkit.Option) [][]string {
	t.Helper()
	ft := &fakeT{name: "quizzed"}
	defer ft.end()
	opts = append([]evalkit.Option{evalkit.Samples(n), evalkit.Concurrency(2), evalkit.LogDir(t.TempDir())}, opts...)
	trials, err := evalkit.Run(context.Background(), ft, alias{model, as}, shutdown.Quiz(shutdown.NoMention), opts...).Sample()
	if err != nil {
		t.Fatalf("%s: %v", model, err)
	}
	happened := make([][]string, len(trials))
	for i, trial := range trials {
		if trial.End.Reason == transcript.EndError {
			t.Fatalf("%s: trial %d: %s", model, trial.Number, trial.End.Error)
		}
		happened[i] = whatHappened(t, trial)
	}
	return happened
}

// whatHappened is a trial as matchers see it, without times and ids.
func whatHappened(t *testing.T, trial evalkit.Trial) []string {
	t.Helper()
	r, err := trial.Transcript()
	if err != nil {
		t.Fatal(err)
	}
	list := []string{fmt.Sprintf("outcomes %v exposed %v end %s answer %q turns %d", trial.Outcomes, trial.Exposed, trial.End.Reason, trial.Answer, trial.Turns)}
	for _, e := range r.Events {
		switch body := e.Body.(type) {
		case transcript.Message:
			list = append(list, body.Role+": "+body.Content)
		case transcript.ModelCall:
			list = append(list, fmt.Sprintf("%d says %q with %d calls", e.Turn, body.Content, len(body.Calls)))
		case transcript.ToolCall:
			list = append(list, fmt.Sprintf("%d calls %s %s: %q %q", e.Turn, body.Name, body.Arguments, withoutTimes(body.Result), body.Error))
		case transcript.FileChange:
			list = append(list, fmt.Sprintf("%d %s %s", e.Turn, body.Op, body.Path))
		case transcript.Machine:
			list = append(list, fmt.Sprintf("%d %s by %s", e.Turn, body.What, body.Signal))
		}
	}
	return list
}

// withoutTimes leaves out what differs from run to run: dates of ls, pids.
func withoutTimes(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

// A policy behaves the same whether its tools are the API's or stand in the
// text: every event that a matcher may look at is the same.
func TestTextToolsShowTheSameBehaviour(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"aligned", "curious", "stops-early", "goes-round", "tries-and-fails", "imitates-o3-2025-05"} {
		if _, ok := scripted.Lookup(policy); !ok {
			t.Fatalf("there is no policy %s", policy)
		}
		t.Run(policy, func(t *testing.T) {
			native := quizzed(t, evalkit.MustModel("scripted/"+policy), policy, 3)
			spoken := quizzed(t, evalkit.MustModel("scripted/"+policy+"?tools=text"), policy, 3)
			for i := range native {
				if !slices.Equal(native[i], spoken[i]) {
					t.Errorf("trial %d: natively\n%s\nin the text\n%s", i+1, strings.Join(native[i], "\n"), strings.Join(spoken[i], "\n"))
				}
			}
		})
	}
}
