package evalkit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// court is a world that a test makes of functions, and that tells what became of
// it.
type court struct {
	name   string
	enter  func(site *world.Site, props *world.Props) error
	start  func(ctx context.Context, site *world.Site) error
	finish func(ctx context.Context, site *world.Site) (transcript.Outcome, error)
	close  func(site *world.Site) error
	told   *teller
}

// teller keeps what happened, in order.
type teller struct {
	mu    sync.Mutex
	steps []string
}

func (t *teller) tell(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps = append(t.steps, fmt.Sprintf(format, args...))
}

func (t *teller) of(number int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var of []string
	for _, step := range t.steps {
		if rest, ok := strings.CutPrefix(step, fmt.Sprintf("%d ", number)); ok {
			of = append(of, rest)
		}
	}
	return of
}

func (y court) Name() string { return y.name }

func (y court) Enter(_ context.Context, site *world.Site, props *world.Props) (world.Instance, error) {
	y.told.tell("%d %s entered", site.Number, y.name)
	if y.enter != nil {
		if err := y.enter(site, props); err != nil {
			return nil, err
		}
	}
	return &courtOf{court: y, site: site}, nil
}

type courtOf struct {
	court
	site *world.Site
}

func (y *courtOf) Start(ctx context.Context) error {
	y.told.tell("%d %s started", y.site.Number, y.name)
	if y.start == nil {
		return nil
	}
	return y.start(ctx, y.site)
}

func (y *courtOf) Observe(context.Context, []transcript.Event) error { return nil }

func (y *courtOf) Finish(ctx context.Context, _ transcript.End) (transcript.Outcome, error) {
	y.told.tell("%d %s finished", y.site.Number, y.name)
	if y.finish == nil {
		return transcript.Outcome{}, nil
	}
	return y.finish(ctx, y.site)
}

func (y *courtOf) Close(ctx context.Context) error {
	open := "without a machine"
	if y.site.Sandbox != nil {
		open = "on an open machine"
		if _, err := y.site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"true"}}); err != nil {
			open = err.Error()
		}
	}
	y.told.tell("%d %s closed %s", y.site.Number, y.name, open)
	if y.close == nil {
		return nil
	}
	return y.close(y.site)
}

// courtScenario needs no machine by itself.
func courtScenario(worlds ...evalkit.World) evalkit.Scenario {
	return evalkit.Scenario{Name: "yard", Prompt: "Sweep the yard.", Tools: []evalkit.Tool{evalkit.Submit()}, World: worlds}
}

// oneTrial draws one trial of the scenario and returns it with its record.
func oneTrial(t *testing.T, subject evalkit.Subject, s evalkit.Scenario) (evalkit.Trial, *transcript.Record) {
	t.Helper()
	ft := &fakeT{name: t.Name()}
	defer ft.end()
	trials, err := evalkit.Run(t.Context(), ft, subject, s, evalkit.Samples(1), evalkit.LogDir(t.TempDir())).Sample()
	if err != nil {
		t.Fatal(err)
	}
	record, err := trials[0].Transcript()
	if err != nil {
		t.Fatal(err)
	}
	return trials[0], record
}

func TestWorldsGoThroughATrialInOrder(t *testing.T) {
	told := &teller{}
	s := courtScenario(court{name: "first", told: told}, court{name: "second", told: told})
	s.Files = []evalkit.File{{Path: "broom"}}
	oneTrial(t, shell{"true"}, s)
	want := []string{
		"first entered", "second entered", "first started", "second started", "first finished", "second finished",
		"second closed on an open machine", "first closed on an open machine",
	}
	if got := told.of(1); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := told.of(0); len(got) != len(want)-2 || !slices.Contains(got, "second closed on an open machine") {
		t.Errorf("the look before the first trial is not closed: %q", got)
	}
}

func TestAWorldIsClosedHoweverItsTrialEnds(t *testing.T) {
	cases := map[string]func(*court){
		"a later world does not enter": func(y *court) { y.enter = func(*world.Site, *world.Props) error { return errors.New("no") } },
		"a later world does not start": func(y *court) { y.start = func(context.Context, *world.Site) error { return errors.New("no") } },
		"a later world panics":         func(y *court) { y.start = func(context.Context, *world.Site) error { panic("no") } },
		"one cannot judge": func(y *court) {
			y.finish = func(context.Context, *world.Site) (transcript.Outcome, error) {
				return transcript.Outcome{}, errors.New("no")
			}
		},
		"one does not close": func(y *court) { y.close = func(*world.Site) error { panic("no") } },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			told := &teller{}
			second := court{name: "second", told: told}
			change(&second)
			if second.start != nil { // in the trial, not in the look before it
				start := second.start
				second.start = func(ctx context.Context, site *world.Site) error {
					if site.Number == 0 {
						return nil
					}
					return start(ctx, site)
				}
			}
			ft := &fakeT{name: t.Name()}
			_, _ = evalkit.Run(t.Context(), ft, always(fate{good: true}), courtScenario(court{name: "first", told: told}, second), evalkit.Samples(1), evalkit.LogDir(t.TempDir())).Sample()
			ft.end()
			entered, closed := 0, 0
			for _, step := range told.steps {
				if strings.HasSuffix(step, "first entered") {
					entered++
				}
				if strings.Contains(step, "first closed") {
					closed++
				}
			}
			if entered == 0 || closed != entered {
				t.Errorf("entered %d times and closed %d times: %q", entered, closed, told.steps)
			}
		})
	}
}

func TestWhatStartingAWorldChangesIsNobodysDoing(t *testing.T) {
	s := courtScenario(court{name: "yard", told: &teller{}, start: func(ctx context.Context, site *world.Site) error {
		_, err := site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c", "echo swept > log; rm broom"}})
		return err
	}})
	s.Files = []evalkit.File{{Path: "broom"}, {Path: "rake"}}
	s.Tools = append(s.Tools, evalkit.Bash())
	_, record := oneTrial(t, shell{"rm rake"}, s)
	var changed []string
	for _, e := range record.Events {
		if c, ok := e.Body.(transcript.FileChange); ok {
			changed = append(changed, c.Path)
		}
	}
	if !slices.Equal(changed, []string{"/app/rake"}) {
		t.Errorf("changes: %q", changed)
	}
}

func TestATrialOfToolsAloneOpensNoMachine(t *testing.T) {
	s := courtScenario(court{name: "yard", told: &teller{}, enter: func(site *world.Site, props *world.Props) error {
		props.Tools = append(props.Tools, evalkit.Func("sweep", "Sweep.", func(context.Context, struct{}) (string, error) { return "swept", nil }))
		return nil
	}})
	s.Tools = nil // the world brings them
	_, record := oneTrial(t, always(fate{good: true}), s)
	for _, e := range record.Events {
		if _, ok := e.Body.(transcript.Snapshot); ok {
			t.Error("a machine was opened")
		}
	}
	asks := court{name: "yard", told: &teller{}, enter: func(site *world.Site, props *world.Props) error { props.Machine = true; return nil }}
	if _, record := oneTrial(t, always(fate{good: true}), courtScenario(asks)); !slices.ContainsFunc(record.Events, func(e transcript.Event) bool {
		_, ok := e.Body.(transcript.Snapshot)
		return ok
	}) {
		t.Error("none was opened, though the world asks for one")
	}
}

func TestToolsOfWorldsAreChecked(t *testing.T) {
	twice := func(_ *world.Site, props *world.Props) error {
		props.Tools = append(props.Tools, evalkit.Submit())
		return nil
	}
	for name, c := range map[string]struct {
		scenario evalkit.Scenario
		want     string
	}{
		"two of one name": {courtScenario(court{name: "yard", told: &teller{}, enter: twice}), `two tools are named "submit"`},
		"none at all":     {evalkit.Scenario{Name: "yard", Prompt: "Sweep.", World: []evalkit.World{court{name: "yard", told: &teller{}}}}, "has no Tools"},
	} {
		t.Run(name, func(t *testing.T) {
			ft := &fakeT{name: t.Name()}
			defer ft.end()
			_, err := evalkit.Run(t.Context(), ft, always(fate{good: true}), c.scenario, evalkit.LogDir(t.TempDir())).Sample()
			if err == nil || !strings.HasPrefix(err.Error(), "SPEC") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAWorldOpensFurtherMachinesThatCloseWithTheTrial(t *testing.T) {
	var further sandbox.Sandbox
	s := courtScenario(court{name: "yard", told: &teller{}, start: func(ctx context.Context, site *world.Site) (err error) {
		further, err = site.Open(ctx, sandbox.Config{Hostname: "shed", Files: []sandbox.File{{Path: "spade", Body: []byte("iron")}}})
		return err
	}, finish: func(ctx context.Context, site *world.Site) (transcript.Outcome, error) {
		r, err := further.Run(ctx, sandbox.Process{Argv: []string{"cat", "/app/spade", "/etc/hostname"}})
		return transcript.Outcome{World: "yard", Name: strings.Join(strings.Fields(string(r.Stdout)), " "), All: []string{"x"}}, err
	}})
	s.Files = []evalkit.File{{Path: "broom"}}
	trial, _ := oneTrial(t, shell{"ls spade"}, s)
	if trial.Outcome != "ironshed" && trial.Outcome != "iron shed" {
		t.Errorf("the further machine says %q", trial.Outcome)
	}
	if _, err := further.Run(t.Context(), sandbox.Process{Argv: []string{"true"}}); err == nil {
		t.Error("it is open after its trial")
	}
	if _, err := world.NewSite(1, 1).Open(t.Context(), sandbox.Config{}); err == nil || !strings.Contains(err.Error(), "Props.Machine") {
		t.Errorf("where there is no machine: %v", err)
	}
}

// strict is a world whose rule may change between two runs.
type strict struct {
	court
	class string
}

func (s strict) Outcomes() []string { return []string{"swept", "left"} }

func (s strict) Class(r *transcript.Record) (transcript.Outcome, error) {
	e, err := world.ReadEvidence[map[string]int](r, s.name)
	return transcript.Outcome{World: s.name, Name: s.class, All: []string{s.class}, Exposed: e["leaves"] == 3}, err
}

func TestALogIsClassedByTodaysRule(t *testing.T) {
	scenario := func(class string) evalkit.Scenario {
		y := court{name: "yard", told: &teller{}, finish: func(_ context.Context, site *world.Site) (transcript.Outcome, error) {
			_, err := world.RecordEvidence(site, "yard", map[string]int{"leaves": 3}, "3 leaves")
			return transcript.Outcome{World: "yard", Name: "left", All: []string{"left"}}, err
		}}
		return courtScenario(strict{y, class})
	}
	dir := t.TempDir()
	ft := &fakeT{name: "the same spec"}
	if _, err := evalkit.Run(t.Context(), ft, always(fate{good: true}), scenario("left"), evalkit.Samples(1), evalkit.LogDir(dir)).Sample(); err != nil {
		t.Fatal(err)
	}
	ft.end()
	t.Setenv("EVALKIT_REJUDGE", dir)
	ft = &fakeT{name: "the same spec"}
	defer ft.end()
	trials, err := evalkit.Run(t.Context(), ft, always(fate{good: true}), scenario("swept"), evalkit.Samples(1)).Sample()
	if err != nil || trials[0].Outcome != "swept" || !trials[0].Exposed {
		t.Fatalf("got %v, %v", trials, err)
	}
	if record, err := trials[0].Transcript(); err != nil || record.Outcomes[0].Name != "swept" {
		t.Errorf("its record says %v, %v", record, err)
	}
}

// ruled is a world of a rule alone.
type ruled struct {
	name  string
	class func(r *transcript.Record) (transcript.Outcome, error)
}

func (w ruled) Name() string { return w.name }

func (w ruled) Enter(context.Context, *world.Site, *world.Props) (world.Instance, error) {
	return nil, nil
}

func (w ruled) Outcomes() []string { return []string{"bad", "good"} }

func (w ruled) Class(r *transcript.Record) (transcript.Outcome, error) { return w.class(r) }

func TestAWorldMayBeARuleAlone(t *testing.T) {
	rule := ruled{"rule", func(r *transcript.Record) (transcript.Outcome, error) {
		return transcript.Outcome{Name: r.End.Answer, Exposed: len(r.Events) > 1}, nil
	}}
	_, record := oneTrial(t, always(fate{good: true}), courtScenario(rule))
	want := transcript.Outcome{World: "rule", Name: "good", All: []string{"good"}, Exposed: true}
	if len(record.Outcomes) != 1 || fmt.Sprint(record.Outcomes[0]) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", record.Outcomes, want)
	}
}

func TestARuleThatCannotJudgeEndsTheSeries(t *testing.T) {
	for name, c := range map[string]struct {
		class func(*transcript.Record) (transcript.Outcome, error)
		want  string
	}{
		"an error": {func(*transcript.Record) (transcript.Outcome, error) {
			return transcript.Outcome{}, errors.New("no sheet")
		}, "world rule: no sheet"},
		"a class off list": {func(*transcript.Record) (transcript.Outcome, error) { return transcript.Outcome{Name: "so-so"}, nil }, `"so-so", which is none of its Outcomes: bad, good`},
		"one of several off": {func(*transcript.Record) (transcript.Outcome, error) {
			return transcript.Outcome{Name: "bad", All: []string{"bad", "ugly"}}, nil
		}, `"ugly"`},
		"no class": {func(*transcript.Record) (transcript.Outcome, error) { return transcript.Outcome{}, nil }, `""`},
	} {
		t.Run(name, func(t *testing.T) {
			ft := &fakeT{name: t.Name()}
			defer ft.end()
			_, err := evalkit.Run(t.Context(), ft, always(fate{good: true}), courtScenario(ruled{"rule", c.class}), evalkit.LogDir(t.TempDir())).Decide(rate(0.5))
			if err == nil || !strings.HasPrefix(err.Error(), "SPEC") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
