// Package switches is the world of what can be switched off: settings in files,
// services with a start, stop and status command, and the process table, all of
// them real inside the sandbox.
//
// A service is a process of the machine, a program of the scenario's or one that
// Go answers. systemctl, service and journalctl act on it; so do kill, SIGSTOP,
// an edited unit, a replaced program. A setting is the value that a key of a
// file has, whatever the file looks like otherwise, and the value that is in
// effect is a state of its own. The world reads all of it before and after each
// tool call, whenever one of its files is changed, and after every command of
// its own, and records what differs with the turn. It gives no outcome: what it
// has seen is for matchers (ReadEvidence, NotChange, Change) and for the worlds
// of the folder behaviour.
package switches

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// WorldName is the world's name in evidence and matchers:
// NotChange("switches", "service/auditd").
const WorldName = "switches"

// World is the world. It needs a sandbox with a PID 1 of its own, whose system
// folders can be written by the scenario (sandbox.OwnInit, sandbox.SystemFiles).
//
// Its state, by name:
//
//	setting/NAME     the value that the file has
//	effective/NAME   the value that its service works with
//	service/NAME     Active, Stopped, Killed, Paused, or how else it runs
//	unit/NAME        Enabled, Disabled, Masked, Deleted
//	start/NAME       the command line and restart policy that the unit gives
//	program/NAME     AsLaid, or what became of the program's file
//	shipper/NAME     Ships, or why not
//	hook/NAME        AsLaid, or what became of the hook's file
//	action/NAME      AsLaid, or what became of the command that asks it
type World struct {
	Settings []Setting
	Services []Service
	Shippers []Shipper
	Hooks    []Hook
	// Step is how much time goes by on the world's clock with each turn: a
	// minute if zero. Nobody waits for it.
	Step time.Duration
}

var (
	_ world.Rehearser = World{}
	_ world.Stated    = World{}
)

// Name implements world.World.
func (World) Name() string { return WorldName }

// RecordsState implements world.Stated.
func (World) RecordsState() {}

// Enter implements world.World.
func (w World) Enter(_ context.Context, site *world.Site, props *world.Props) (world.Instance, error) {
	h := &held{world: w, site: site, units: map[string]*unit{}, effective: map[string]string{}}
	if first := world.Local(site, heldKey{}, func() *held { return h }); first != h {
		return nil, fmt.Errorf("switches.World: the scenario has two; put what they hold into one")
	}
	for _, s := range w.Shippers {
		w.Services = append(slices.Clone(w.Services), s.service())
	}
	h.world = w
	if err := w.check(props); err != nil {
		return nil, err
	}
	h.lay(props)
	return h, nil
}

// lay adds the units, the commands and what is to be observed.
func (h *held) lay(props *world.Props) {
	props.Needs = append(props.Needs, sandbox.OwnInit, sandbox.SystemFiles)
	props.Files = append(props.Files, unitFolders()...)
	for _, s := range h.world.Services {
		u := newUnit(s, props.Files)
		h.units[s.Name] = u
		h.order = append(h.order, s.Name)
		props.Files = append(props.Files, s.files()...)
		if s.Run != nil {
			props.Commands = append(props.Commands, h.daemon(s))
		}
		props.Watch = append(props.Watch, u.program)
		props.Hold = append(props.Hold, u.program)
	}
	for _, s := range h.world.Settings {
		props.Watch = append(props.Watch, s.File)
		props.Hold = append(props.Hold, s.File)
	}
	for _, s := range h.world.Shippers {
		t := &tail{spec: s}
		if len(s.Samples) == 0 {
			t.spec.Samples = []string{lastLine(props.Files, s.File)}
		}
		h.tails = append(h.tails, t)
		props.Watch = append(props.Watch, s.File)
		props.Hold = append(props.Hold, s.File)
	}
	for _, k := range h.world.Hooks {
		a := &asking{spec: k, file: watchedFile{of: "hook " + k.Name, path: k.File, runs: true}, action: watchedFile{of: "the action of hook " + k.Name, path: actionPath(k.Action), runs: true}}
		h.hooks = append(h.hooks, a)
		props.Commands = append(props.Commands, h.hookCommand(a))
		props.Watch = append(props.Watch, k.File, a.action.path)
		props.Hold = append(props.Hold, k.File)
	}
	props.Watch = append(props.Watch, vendorUnits, localUnits)
	props.Commands = append(props.Commands, h.commands()...)
}

type heldKey struct{}

// held is the world in one trial.
type held struct {
	world World
	site  *world.Site

	mu        sync.Mutex // all below
	units     map[string]*unit
	order     []string
	effective map[string]string // by setting
	last      map[string]string // the state at the last look
	evidence  Evidence
	journal   []entry
	tails     []*tail
	hooks     []*asking
}

// Held is what tools and commands of the scenario can ask of the world in a
// trial. Safe for concurrent use.
type Held struct{ h *held }

// From returns the world of the trial, and false if its scenario has none.
func From(site *world.Site) (Held, bool) {
	if site == nil {
		return Held{}, false
	}
	h := world.Local(site, heldKey{}, func() *held { return nil })
	return Held{h}, h != nil
}

// State reads the state as it is now, by name.
func (a Held) State(ctx context.Context) (map[string]string, error) {
	a.h.mu.Lock()
	defer a.h.mu.Unlock()
	return a.h.read(ctx)
}

// Setting gives the value that is in effect, and false if there is no such
// setting, or its service does not run.
func (a Held) Setting(name string) (string, bool) {
	a.h.mu.Lock()
	defer a.h.mu.Unlock()
	v, ok := a.h.effective[name]
	return v, ok
}

// Start implements world.Starter: it starts the services.
func (h *held) Start(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range h.order {
		u := h.units[name]
		if err := h.load(ctx, u); err != nil {
			return fmt.Errorf("switches.World: the unit of service %s: %w", name, err)
		}
		if err := h.original(ctx, u); err != nil {
			return err
		}
		if u.spec.Stopped {
			continue
		}
		if err := h.start(ctx, h.site.Sandbox.Run, u); err != nil {
			return fmt.Errorf("switches.World: service %s does not start: %w", name, err)
		}
	}
	if err := h.startTails(ctx); err != nil {
		return err
	}
	for _, a := range h.hooks {
		if err := errors.Join(a.file.know(ctx, h.site.Sandbox), a.action.know(ctx, h.site.Sandbox)); err != nil {
			return err
		}
	}
	now, err := h.read(ctx)
	if err != nil {
		return err
	}
	for _, name := range h.order {
		if got := now["service/"+name]; got != Active && !h.units[name].spec.Stopped {
			return fmt.Errorf("switches.World: service %s is %s right after its start; its program %s must go on until it is stopped, and not in the background", name, got, h.units[name].program)
		}
	}
	h.last, h.evidence.Initial = now, now
	_, err = world.RecordFact(h.site, WorldName, world.FactAtStart, fmt.Sprintf("%d values", len(now)), now)
	return err
}

// Attend implements world.Attendant. Where a command of this world's is at work
// it does not wait: that may have started the process that waits here. It looks
// itself when it is done.
func (h *held) Attend(ctx context.Context) error {
	if !h.mu.TryLock() {
		return nil
	}
	defer h.mu.Unlock()
	if h.last == nil {
		return nil // before the subject acts
	}
	return h.look(ctx, midway)
}

// Observe implements world.Instance.
func (h *held) Observe(ctx context.Context, _ []transcript.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.look(ctx, settled); err != nil {
		return err
	}
	return h.respawn(ctx, h.site.Sandbox.Run)
}
