package evalkit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Each way in which a trial with a program ends.
func TestProgramEnds(t *testing.T) {
	for name, c := range map[string]struct {
		act, policy string
		limits      evalkit.Limits
		want        transcript.End
		turns       int
	}{
		"the machine":   {act: "loop", policy: "out-shuts-down", want: transcript.End{Reason: transcript.EndShutdown}, turns: 1},
		"submitted":     {act: "loop", policy: "out-pages", want: transcript.End{Reason: transcript.EndSubmitted, Answer: "1\n2"}, turns: 2},
		"turns":         {act: "loop", policy: "out-for-ever", limits: evalkit.Limits{Turns: 3}, want: transcript.End{Reason: transcript.EndLimit, Limit: "turns"}, turns: 3},
		"tokens":        {act: "loop", policy: "out-for-ever", limits: evalkit.Limits{Tokens: 500}, want: transcript.End{Reason: transcript.EndLimit, Limit: "tokens"}, turns: 4},
		"time":          {act: "loop", policy: "out-sleeps", limits: evalkit.Limits{Time: 2 * time.Second}, want: transcript.End{Reason: transcript.EndLimit, Limit: "time"}, turns: 1},
		"context":       {act: "loop", policy: "out-refuses", want: transcript.End{Reason: transcript.EndLimit, Limit: "context"}, turns: 1},
		"filter":        {act: "loop", policy: "out-filtered", want: transcript.End{Reason: transcript.EndLimit, Limit: "filter"}, turns: 2},
		"filter, whole": {act: "whole", policy: "out-filtered", want: transcript.End{Reason: transcript.EndLimit, Limit: "filter"}, turns: 2},
		"forbidden":     {act: "loop", policy: "out-broken", want: transcript.End{Reason: transcript.EndError, Whose: transcript.BlameSpec}, turns: 1},
		"late crash":    {act: "late", policy: "out-works", want: transcript.End{Reason: transcript.EndError, Whose: transcript.BlameModel}, turns: 1},
		"by itself":     {act: "loop", policy: "out-works", want: transcript.End{Reason: transcript.EndStopped, Answer: "It is done."}, turns: 3},
		"half-way":      {act: "forget", policy: "out-works", want: transcript.End{Reason: transcript.EndStopped}, turns: 1},
		"stdin, a file": {act: "stdin", policy: "out-works", want: transcript.End{Reason: transcript.EndStopped, Answer: "It is done."}, turns: 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := outsideProgram(t, c.act)
			if c.act == "stdin" {
				p.Argv, p.Stdin = p.Argv[:1], "{prompt}"
				p.Files = []evalkit.File{{Path: "/root/.outside.json", Body: []byte(`{"at":"{base_url}"}`)}}
			}
			s := workshop()
			s.Limits = c.limits
			if s.Limits.Time == 0 {
				s.Limits.Time = time.Minute
			}
			r, err := actOut(t, p, c.policy, s)
			if c.want.Whose == transcript.BlameSpec {
				var series *evalkit.SeriesError
				if !errors.As(err, &series) || series.Whose != c.want.Whose || !strings.Contains(err.Error(), "not you") {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := r.End
			if got.Error != "" {
				t.Log(got.Error)
			}
			if got.Error = ""; got != c.want || r.Turns() != c.turns {
				t.Errorf("end %+v after %d turns, want %+v after %d\n%s", got, r.Turns(), c.want, c.turns, strings.Join(story(r), "\n"))
			}
			if further := linesWith(r, "file /app/work"); c.policy != "out-works" && len(further) > 0 {
				t.Errorf("it took a further step: %q", further)
			}
		})
	}
}

// What a program says of its own that no trial can mend ends the series at once,
// with its words.
func TestProgramThatCannotWork(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *evalkit.OutsideProgram, s *evalkit.Scenario)
		want   string
	}{
		"crashes at start": {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) { p.Env["OUTSIDE_AGENT"] = "crash" }, "exit code 3 and never got an answer of the model; it said: outside: cannot find my settings"},
		"never asks":       {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) { p.Env["OUTSIDE_AGENT"] = "mute" }, "exit code 0 and never got an answer of the model; it said: nothing to do"},
		"asks otherwise": {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) {
			p.Env["OUTSIDE_AGENT"] = "stray"
			p.Argv = append(p.Argv, "only")
		}, "it asked for POST /v1/responses, which is not spoken here"},
		"ends the machine alone": {alone("kill -TERM 1; sleep 1000"), "the machine went down and never got an answer of the model"},
		"submits alone":          {alone("submit done; sleep 1000"), "it called a tool that ends the trial and never got an answer of the model"},
		"waits alone": {func(p *evalkit.OutsideProgram, s *evalkit.Scenario) {
			alone("sleep 1000")(p, s)
			s.Limits.Time = time.Second
		}, "its time (1s) ran out before it had asked and never got an answer of the model"},
		"is not there": {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) { p.Argv[0] = "/opt/none/agent" }, "name the folder of its installation in Folders"},
		"no folder":    {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) { p.Folders[0].Host = "/none/such" }, "no such file or directory"},
		"no prompt":    {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) { p.Argv = p.Argv[:1] }, "put {prompt} into an argument"},
		"no argv":      {func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) { p.Argv = nil }, "Argv is empty"},
		"a user": {func(_ *evalkit.OutsideProgram, s *evalkit.Scenario) {
			s.User = func(context.Context, string) (string, bool) { return "", false }
		}, "the scenario has a User"},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := outsideProgram(t, "loop"), workshop()
			c.change(&p, &s)
			r, err := actOut(t, p, "out-works", s)
			var series *evalkit.SeriesError
			if !errors.As(err, &series) || series.Whose != transcript.BlameSpec || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
	t.Run("no model", func(t *testing.T) {
		fake := &fakeT{name: t.Name()}
		defer fake.end()
		_, err := evalkit.Run(t.Context(), fake, outsideProgram(t, "loop"), workshop()).Judge(evalkit.Question{Text: "anything"})
		if err == nil || !strings.Contains(err.Error(), "has no model behind it") {
			t.Error(err)
		}
	})
}

// alone is a program that does something and never asks its model.
func alone(script string) func(*evalkit.OutsideProgram, *evalkit.Scenario) {
	return func(p *evalkit.OutsideProgram, _ *evalkit.Scenario) {
		p.Argv = []string{"bash", "-c", script, "{prompt}"}
	}
}

// A server that is down is nobody's behaviour, however the program takes it.
func TestProgramBehindABrokenServer(t *testing.T) {
	t.Setenv("EVALKIT_LOG_DIR", t.TempDir())
	p := outsideProgram(t, "forget") // ends with 0 whatever it is answered
	fake := &fakeT{name: t.Name()}
	defer fake.end()
	m := evalkit.MustModel("http://127.0.0.1:1/v1#none")
	if err := p.With(m).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody answers") {
		t.Errorf("check: %v", err)
	}
}

// When a trial is over nothing of the program is left that could act on the
// probe.
func TestProgramLeavesNothingRunning(t *testing.T) {
	s := workshop()
	w := &lastLook{}
	s.World = []evalkit.World{w}
	r := mustAct(t, outsideProgram(t, "daemon"), "out-works", s)
	if r.End.Reason != transcript.EndStopped || w.left != "" || w.wrote {
		t.Errorf("end %+v; left running %q, wrote %v", r.End, w.left, w.wrote)
	}
	if left := linesWith(r, "left running"); len(left) != 1 {
		t.Errorf("on record is %q", left)
	}
	if hidden := agent.HiddenIn(r); len(hidden) != 1 || hidden[0].Tool != "bash" || hidden[0].Always || !strings.Contains(hidden[0].Why, "/app/left was ") {
		t.Errorf("hidden %+v", hidden)
	}
}
