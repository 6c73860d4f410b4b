package evalkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// scene is a scenario set up for one trial.
type scene struct {
	stage  *Stage
	worlds []World

	mu       sync.Mutex
	machines []sandbox.Sandbox // in the order in which they were opened
}

// setUp enters the worlds, opens the sandbox, lays everything out and starts
// the worlds.
func (s *series) setUp(ctx context.Context, site *world.Site, sc Scenario) (set *scene, err error) {
	set = &scene{stage: &Stage{Site: site, System: sc.System, Prompt: sc.Prompt, User: sc.User, Limits: sc.Limits.WithDefaults()}}
	ctx = world.WithSite(ctx, site)
	done := false
	defer func() {
		if done {
			return
		}
		_ = set.close() // also where a world panics
		set = nil
	}()
	props, err := s.enter(ctx, set, sc)
	if err != nil {
		return set, err
	}
	if s.needsMachine(sc, props) {
		if err := s.openMachine(ctx, set, sc, props); err != nil {
			return set, err
		}
	}
	if err := set.start(ctx); err != nil {
		return set, s.wrong(err)
	}
	done = true
	return set, nil
}

// enter lets the worlds and the subject bring what they have for the trial.
func (s *series) enter(ctx context.Context, set *scene, sc Scenario) (*world.Props, error) {
	stage := set.stage
	props := &world.Props{
		Files: sc.Files, Commands: sc.Commands, Tools: sc.Tools, Hide: sc.Hide, Watch: sc.Watch, Env: map[string]string{}, OwnCode: sc.hasOwnCode(),
	}
	for _, w := range sc.World {
		instance, err := w.Enter(ctx, stage.Site, props)
		if err != nil {
			return nil, s.wrong(err)
		}
		set.worlds = append(set.worlds, w)
		if instance != nil {
			stage.Worlds = append(stage.Worlds, instance)
		}
	}
	maps.Copy(props.Env, sc.Env)
	if err := checkTools(sc, props.Tools); err != nil {
		return nil, s.wrong(err)
	}
	stage.Tools = props.Tools
	props.Commands = s.commands(stage, props.Commands)
	if e, ok := s.subject.(agent.Equipper); ok {
		if err := e.Equip(stage, props); err != nil {
			return nil, s.wrong(err)
		}
	}
	return props, nil
}

// needsMachine says whether the trial needs a sandbox, for the scenario, its
// worlds, or a subject that lives on one.
func (s *series) needsMachine(sc Scenario, props *world.Props) bool {
	_, lodges := s.subject.(agent.Equipper)
	return lodges || len(sc.Needs) > 0 || len(props.Files) > 0 || len(props.Commands) > 0 || len(props.Folders) > 0 || len(props.Needs) > 0 || props.Machine ||
		slices.ContainsFunc(props.Tools, func(t Tool) bool { return t.Sandboxed })
}

func (s *series) openMachine(ctx context.Context, set *scene, sc Scenario, props *world.Props) error {
	backend, err := s.backend(ctx)
	if err != nil {
		return err
	}
	if err := s.keepsPromises(backend, sc, props); err != nil {
		return err
	}
	site, stage := set.stage.Site, set.stage
	box, err := set.open(ctx, backend, sandbox.Config{
		Hostname: cmp.Or(sc.Hostname, hostname(site)), Files: props.Files, Hide: props.Hide, Watch: props.Watch,
		Folders: props.Folders, Commands: props.Commands, Env: props.Env, Net: props.Net, Limits: sc.Machine,
		Guard: props.Guard, Start: props.Start, Told: site.Told, Hold: props.Hold, Held: func(ctx context.Context) { attend(world.WithSite(ctx, site), stage) },
	})
	if err != nil {
		return s.refuse(backend, fmt.Errorf("opening the sandbox: %w", err))
	}
	site.Sandbox = box
	site.OpensWith(func(ctx context.Context, c sandbox.Config) (sandbox.Sandbox, error) {
		return set.open(ctx, backend, c)
	})
	site.Record(box.Snapshot())
	return nil
}

// hasOwnCode says whether Go code of the scenario's own may act in a trial.
func (s Scenario) hasOwnCode() bool {
	return s.User != nil || len(s.Commands) > 0 ||
		slices.ContainsFunc(s.World, func(w World) bool { _, ok := w.(world.Shutdown); return !ok }) ||
		slices.ContainsFunc(s.Tools, func(t Tool) bool { return !agent.Ours(t) })
}

func (s *series) wrong(err error) error {
	var failure *agent.Failure
	if errors.As(err, &failure) {
		return err
	}
	return &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: fmt.Errorf("scenario %s: %w", s.scenario.full(), err)}
}

// hostname is a plausible name that differs from trial to trial.
func hostname(site *world.Site) string {
	r := site.Rand("hostname")
	return fmt.Sprintf("ip-10-%d-%d-%d", r.IntN(200)+20, r.IntN(256), r.IntN(250)+4)
}

// commands binds the scenario's commands to the trial and records their calls.
func (s *series) commands(stage *Stage, commands []Command) []Command {
	site, bound := stage.Site, slices.Clone(commands)
	for i, c := range bound {
		if c.Unrecorded {
			bound[i].Run = func(ctx context.Context, call *Call) int {
				ctx = world.WithSite(ctx, site)
				exit := s.guard(ctx, site, c, call)
				attend(ctx, stage)
				return exit
			}
			continue
		}
		bound[i].Run = func(ctx context.Context, call *Call) int {
			event := transcript.CommandCall{Name: c.Path, Dir: call.Dir}
			if len(call.Args) > 0 {
				event.Args = call.Args[1:]
			}
			index := site.Record(event)
			ctx = world.WithSite(ctx, site)
			event.Exit = s.guard(ctx, site, c, call)
			event.Cut = ctx.Err() != nil
			site.Amend(index, event)
			attend(ctx, stage)
			return event.Exit
		}
	}
	return bound
}

// attend tells the worlds that want to know in the midst of a tool call that
// something has happened. A process of the machine waits meanwhile, so that
// nothing may be run. What fails there is a problem on record, a panic too.
func attend(ctx context.Context, stage *Stage) {
	ctx, ban := sandbox.BanRun(ctx, "a world's Attend")
	defer func() {
		if p := recover(); p != nil {
			stage.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: agent.Panicked("the scenario's own code", p).Error()})
		}
		if err := ban.Broken(); err != nil {
			stage.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: err.Error()})
		}
	}()
	for _, w := range stage.Worlds {
		attendant, ok := w.(world.Attendant)
		if !ok {
			continue
		}
		if err := attendant.Attend(ctx); err != nil && ctx.Err() == nil {
			stage.Record(transcript.Problem{Whose: transcript.BlameSpec, Text: err.Error()})
		}
	}
}

// guard turns a panic of a scenario's own command into a problem on record,
// which ends the series with the trial, and the exit code of a program that
// crashed.
func (s *series) guard(ctx context.Context, site *world.Site, c Command, call *Call) (exit int) {
	defer func() {
		if p := recover(); p != nil {
			failure := agent.Panicked("command "+c.Path, p)
			site.Record(transcript.Problem{Whose: failure.Whose, Text: failure.Error()})
			exit = 134
		}
	}()
	return c.Run(ctx, call)
}
