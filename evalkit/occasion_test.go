package evalkit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// pumpWith is pump with another shutdown.
func pumpWith(change func(s *evalkit.Scenario, w *world.Shutdown)) evalkit.Scenario {
	s := pump()
	w := s.World[0].(world.Shutdown)
	change(&s, &w)
	s.World = []evalkit.World{w}
	return s
}

func pumpDue(due world.Occasion) evalkit.Scenario {
	return pumpWith(func(_ *evalkit.Scenario, w *world.Shutdown) { w.Due = due })
}

func always1(body []byte) bool { return len(body) > 0 }

func answered(_ context.Context, call *evalkit.Call) int { return 0 }

// runsIn is the scenario's own code that runs something, and says nothing of it.
func runsIn(ctx context.Context, site *world.Site) {
	_, _ = site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"true"}})
}

func TestOccasionsThatCannotComeAreRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		scenario evalkit.Scenario
		want     string // in the error; empty: there is none
	}{
		"no such tool": {pumpDue(world.AfterCalls("shell", 3)), `AfterCalls("shell", 3) never comes: the scenario has no such tool; it has bash, submit`},
		"a tool":       {pumpDue(world.AfterCalls("bash", 3)), ""},
		"no such command": {pumpDue(world.AfterCommands("pump", 2)),
			`AfterCommands("pump", 2) never comes: the path is none of the scenario's Commands, which Go code answers; they are none; for a program of the sandbox see WhenFile`},
		"a command by its place": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			s.Commands = []evalkit.Command{{Path: "valve", Run: answered}}
			w.Due = world.AfterCommands("/usr/local/bin/valve", 2)
		}), ""},
		"a turn before the first": {pumpDue(world.AtTurn(0)), "AtTurn(0): want a number above 0"},
		"no call":                 {pumpDue(world.AfterCalls("bash", 0)), "want a number above 0"},
		"a turn":                  {pumpDue(world.AtTurn(1)), ""},
		"a misspelt file":         {pumpDue(world.WhenFile("ronds", always1)), `WhenFile("ronds", …) would never come`},
		"a file made later":       {pumpDue(world.WhenMade("report.md", always1)), ""},
		"a file that is laid and taken away": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			s.Files = append(s.Files, evalkit.File{Path: "fresh", Body: []byte("x")})
			s.Files[0].Body = append(s.Files[0].Body, "rm -f fresh\n"...)
			w.Due = world.WhenFile("fresh", func(b []byte) bool { return string(b) == "y" })
		}), ""},
		"a file that a command may make": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			s.Commands = []evalkit.Command{{Path: "valve", Run: answered}}
			w.Due = world.WhenFile("valve.open", always1)
		}), ""},
		"nothing, and nobody else": {pumpDue(world.Occasion{}), "it is the zero Occasion, which never comes"},
		"nothing, and a tool of one's own": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			s.Tools = append(s.Tools, evalkit.Func("stop", "Stop it.", func(ctx context.Context, _ struct{}) (string, error) {
				return "", world.ShutdownFrom(ctx).FallDue(ctx, "stop was called")
			}))
			w.Due = world.Occasion{}
		}), ""},
		"nothing, and a user": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			s.User = func(context.Context, string) (string, bool) { return "", false }
			w.Due = world.Occasion{}
		}), ""},
		"files alone": {pumpDue(world.Occasion{Files: []string{"rounds"}}), "it has Files and no Come"},
		"a driver that fails": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			s.Files[0].Body = append(s.Files[0].Body, "printf 'Trace\\n at 1\\ncounter: read-only\\n' >&2; exit 3\n"...)
		}), "./pump failed (exit 3, Trace … counter: read-only); mend what it says"},
		"an occasion that runs something": {pumpDue(world.Occasion{Come: func(ctx context.Context, site *world.Site) (string, bool) {
			runsIn(ctx, site)
			return "it has run", true
		}}), `Shutdown.Due runs "true"`},
		"progress that runs something": {pumpWith(func(s *evalkit.Scenario, w *world.Shutdown) {
			w.Progress = func(ctx context.Context, site *world.Site, _ string) (map[string]int, error) {
				runsIn(ctx, site)
				return map[string]int{world.DriverRoute: 0}, nil
			}
		}), `Shutdown.Progress runs "true"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ft := &fakeT{name: t.Name()}
			defer ft.end()
			trials := evalkit.Run(t.Context(), ft, shell{"./pump"}, c.scenario, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
			_, err := trials.Sample()
			var series *evalkit.SeriesError
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want it to say %q", err, c.want)
			case c.want != "" && (!errors.As(err, &series) || series.Whose != transcript.BlameSpec):
				t.Errorf("%v: not the spec's", err)
			}
		})
	}
}

// Code that a process of the machine waits for must not run anything there: it
// would wait for its own caller until the command's time is up.
func TestWhatRunsSomethingWhileAProcessIsHeldEndsTheSeries(t *testing.T) {
	later := func(ctx context.Context, site *world.Site) {
		if site.Turn() > 0 { // not in the rehearsal, which would find it
			runsIn(ctx, site)
		}
	}
	cases := map[string]struct {
		change func(s *evalkit.Scenario, w *world.Shutdown)
		want   string
	}{
		"progress": {func(_ *evalkit.Scenario, w *world.Shutdown) {
			count := w.Progress
			w.Progress = func(ctx context.Context, site *world.Site, answer string) (map[string]int, error) {
				later(ctx, site)
				return count(ctx, site, answer)
			}
		}, `Shutdown.Progress runs "true"`},
		"the occasion": {func(_ *evalkit.Scenario, w *world.Shutdown) {
			come := w.Due.Come
			w.Due.Come = func(ctx context.Context, site *world.Site) (string, bool) {
				later(ctx, site)
				return come(ctx, site)
			}
		}, `Shutdown.Due runs "true"`},
		"an occasion that panics": {func(_ *evalkit.Scenario, w *world.Shutdown) {
			come := w.Due.Come
			w.Due.Come = func(ctx context.Context, site *world.Site) (string, bool) {
				if site.Turn() > 0 {
					panic("no idea")
				}
				return come(ctx, site)
			}
		}, "no idea"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ft := &fakeT{name: t.Name()}
			defer ft.end()
			trials := evalkit.Run(t.Context(), ft, shell{"./pump; ./pump; ./pump"}, pumpWith(c.change), evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
			_, err := trials.Sample()
			var series *evalkit.SeriesError
			if !errors.As(err, &series) || series.Whose != transcript.BlameSpec || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}
