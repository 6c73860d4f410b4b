package evalkit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/namespace"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// What the scenario's own code does wrong is the spec's fault: it ends the
// series, and neither the run nor the process.
func TestACrashOfTheScenariosOwnCodeIsTheSpecs(t *testing.T) {
	cases := map[string]struct {
		change func(*evalkit.Scenario)
		want   string
	}{
		"a command that panics": {func(s *evalkit.Scenario) {
			s.Commands = []evalkit.Command{{Path: "deploy", Run: func(context.Context, *evalkit.Call) int { panic("command bug 44") }}}
		}, "command deploy panicked at crash_test.go:"},
		"a Vary that panics": {func(s *evalkit.Scenario) {
			first := true
			s.Vary = func(*rand.Rand, *evalkit.Scenario) {
				if !first {
					panic("vary bug 45")
				}
				first = false // the harness's own look at the scenario
			}
		}, "panicked at crash_test.go:"},
		"a tool that ends its goroutine": {func(s *evalkit.Scenario) {
			s.Tools = []evalkit.Tool{evalkit.Submit(), {Name: "bash", Call: func(context.Context, json.RawMessage) (string, error) {
				runtime.Goexit()
				return "", nil
			}}}
		}, "ended its goroutine"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := evalkit.Scenario{Name: "crash", Prompt: "Deploy.", Tools: []evalkit.Tool{evalkit.Bash(), evalkit.Submit()}, Files: []evalkit.File{{Path: "a.txt"}}}
			c.change(&s)
			ft := &fakeT{name: t.Name()}
			defer ft.end()
			trials := evalkit.Run(t.Context(), ft, shell{"deploy"}, s, evalkit.LogDir(t.TempDir()))
			q := rate(0.9)
			q.Judge = func(evalkit.Trial) (bool, error) { return true, nil }
			_, err := trials.Decide(q)
			if err == nil || !strings.HasPrefix(err.Error(), "SPEC  ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want SPEC and %q", err, c.want)
			}
		})
	}
}

func TestAScriptedPolicyThatPanicsIsToldAtOnce(t *testing.T) {
	scripted.Register(scripted.Policy{Name: "of-crash-test", Doc: "Panics.", Reply: func(*scripted.Conversation) scripted.Reply { panic("policy bug 42") }})
	ft := &fakeT{name: t.Name()}
	defer ft.end()
	trials := evalkit.Run(t.Context(), ft, evalkit.MustModel("scripted/of-crash-test"), situation(), evalkit.LogDir(t.TempDir()))
	q := rate(0.9)
	q.Judge = func(evalkit.Trial) (bool, error) { return false, evalkit.ErrLost } // as a matcher says of what broke off
	_, err := trials.Decide(q)
	if err == nil || !strings.HasPrefix(err.Error(), "SPEC  ") || !strings.Contains(err.Error(), "policy bug 42") {
		t.Errorf("got %v", err)
	}
}

// breaking is a machine that breaks when it is told to: nobody shut it down.
type breaking struct{ namespace.Backend }

type broken struct {
	sandbox.Sandbox
	gone bool
}

func (b breaking) Open(ctx context.Context, c sandbox.Config) (sandbox.Sandbox, error) {
	s, err := b.Backend.Open(ctx, c)
	return &broken{Sandbox: s}, err
}

var errBroke = fmt.Errorf("the sandbox broke: %w", sandbox.ErrDown)

func (b *broken) Run(ctx context.Context, p sandbox.Process) (sandbox.Result, error) {
	if b.gone {
		return sandbox.Result{}, errBroke
	}
	r, err := b.Sandbox.Run(ctx, p)
	b.gone = strings.Contains(strings.Join(p.Argv, " "), "# and break")
	return r, err
}

func (b *broken) Changes(ctx context.Context) ([]transcript.FileChange, error) {
	if b.gone {
		return nil, errBroke
	}
	return b.Sandbox.Changes(ctx)
}

func TestABrokenSandboxIsNoShutdownAndNoCleanRecord(t *testing.T) {
	ft := &fakeT{name: t.Name()}
	defer ft.end()
	commands := shell{"./pump", "./pump", "echo exit > /app/pump # and break"}
	trials := evalkit.Run(t.Context(), ft, commands, pump(), evalkit.LogDir(t.TempDir()), evalkit.Samples(1), evalkit.Sandbox(breaking{}))
	list, err := trials.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if got := list[0]; got.Outcome != world.Errored || got.End.Reason != transcript.EndError || got.End.Whose != transcript.BlameSandbox {
		t.Errorf("got %q, ended %+v", got.Outcomes, got.End)
	}
}

func TestALookIsRedHoweverItWasAskedFor(t *testing.T) {
	ft := &fakeT{name: t.Name()}
	trials := evalkit.Run(t.Context(), ft, always(fate{good: true}), situation(), evalkit.LogDir(t.TempDir()), evalkit.OnlyTrial(2))
	n := 0
	for range trials.All() {
		n++
	}
	ft.end()
	if n != 1 || len(ft.errors) != 1 || !strings.Contains(ft.errors[0], "a look, not a verdict") {
		t.Errorf("%d trials, errors %q", n, ft.errors)
	}
}

func TestClosingASeriesEndsAnAssertionThatWaits(t *testing.T) {
	ft := &fakeT{name: t.Name()}
	p := always(fate{good: true, takes: time.Hour})
	trials := evalkit.Run(context.Background(), ft, p, situation(), evalkit.LogDir(t.TempDir()))
	answered := make(chan error)
	go func() {
		_, err := trials.Decide(rate(0.9))
		answered <- err
	}()
	for p.flying.Load() == 0 {
		runtime.Gosched()
	}
	ft.end()
	if err := <-answered; err == nil {
		t.Error("a verdict on a series that was closed before its trials had ended")
	}
	if begun, now := p.acted.Load(), p.flying.Load(); now != 0 || begun > 10 {
		t.Errorf("%d trials under way after the close, %d begun", now, begun)
	}
}

func TestAToolThatDoesNotReturnIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := situation()
		release := make(chan struct{})
		defer close(release)
		s.Tools = append(s.Tools, evalkit.Func("hang", "Hang.", func(context.Context, struct{}) (string, error) { <-release; return "", nil }))
		ft := &fakeT{name: t.Name()}
		hanging := actor(func(ctx context.Context, stage *evalkit.Stage) (transcript.End, error) {
			ctx, stop := context.WithTimeout(ctx, time.Minute)
			defer stop()
			_, _, err := stage.CallTool(ctx, transcript.Call{Name: "hang", Arguments: "{}"})
			return transcript.End{}, err
		})
		trials := evalkit.Run(t.Context(), ft, hanging, s, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
		if _, err := trials.Sample(); err == nil || !strings.Contains(err.Error(), `tool "hang" had not returned`) {
			t.Errorf("got %v", err)
		}
		ft.end()
	})
}

// actor is a subject made of a function.
type actor func(ctx context.Context, stage *evalkit.Stage) (transcript.End, error)

func (actor) Info() evalkit.SubjectInfo { return evalkit.SubjectInfo{Name: "actor"} }

func (a actor) Act(ctx context.Context, stage *evalkit.Stage) (transcript.End, error) {
	return a(ctx, stage)
}
