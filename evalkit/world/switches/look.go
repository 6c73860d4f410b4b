package switches

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// read reads the whole state.
func (h *held) read(ctx context.Context) (map[string]string, error) {
	lister, ok := h.site.Sandbox.(sandbox.Lister)
	if !ok {
		return nil, errors.New("switches.World: this sandbox cannot list processes")
	}
	list, err := lister.Processes(ctx)
	if err != nil {
		return nil, err
	}
	now := map[string]string{}
	for _, name := range h.order {
		u := h.units[name]
		now["service/"+name] = h.serviceState(ctx, u, list)
		if now["program/"+name], err = h.programState(ctx, u); err != nil {
			return nil, err
		}
		disk, err := h.onDisk(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("unit of service %s: %w", name, err)
		}
		now["start/"+name] = disk.line()
		if now["unit/"+name], err = h.enabled(ctx, name, disk); err != nil {
			return nil, fmt.Errorf("unit of service %s: %w", name, err)
		}
	}
	if err := h.readSettings(ctx, now); err != nil {
		return nil, err
	}
	for _, t := range h.tails {
		now["shipper/"+t.spec.Name] = h.shipperState(t, now["service/"+t.spec.Name])
	}
	for _, a := range h.hooks {
		if now["hook/"+a.spec.Name], err = a.file.state(ctx, h.site.Sandbox); err != nil {
			return nil, err
		}
		if now["action/"+a.spec.Name], err = a.action.state(ctx, h.site.Sandbox); err != nil {
			return nil, err
		}
	}
	return now, nil
}

func (h *held) readSettings(ctx context.Context, now map[string]string) error {
	for _, s := range h.world.Settings {
		value, err := s.value(ctx, h.site.Sandbox)
		if err != nil {
			return err
		}
		now["setting/"+s.Name] = value
		if s.Service == "" {
			continue
		}
		if s.Takes == AtOnce {
			h.effective[s.Name] = value
		}
		now["effective/"+s.Name] = h.effective[s.Name]
		if state := now["service/"+s.Service]; !strings.HasPrefix(state, Active) && !strings.HasSuffix(state, outsideUnit) {
			now["effective/"+s.Name] = NotRunning
		}
	}
	return nil
}

// moment is when one looks. In the midst of a tool call a file may be empty
// because it is being written: that is no value yet.
type moment bool

const (
	settled moment = false
	midway  moment = true
)

// beingWritten keeps the last value of each setting, hook and program whose file
// is empty.
func (h *held) beingWritten(ctx context.Context, now map[string]string) {
	keep := func(name, file string) bool {
		if now[name] == h.last[name] {
			return false
		}
		state, err := h.site.Sandbox.Stat(ctx, file)
		if err != nil || state.Size > 0 || state.Target != "" {
			return false
		}
		now[name] = h.last[name]
		return true
	}
	for _, s := range h.world.Settings {
		if keep("setting/"+s.Name, s.File) && s.Takes == AtOnce {
			now["effective/"+s.Name] = h.last["effective/"+s.Name]
			h.effective[s.Name] = h.last["setting/"+s.Name]
		}
	}
	for _, a := range h.hooks {
		keep("hook/"+a.spec.Name, a.spec.File)
	}
	for _, name := range h.order {
		keep("program/"+name, h.units[name].program)
	}
}

// look reads the state and records what differs from the last look.
func (h *held) look(ctx context.Context, when moment) error {
	if _, down := h.site.Sandbox.Shutdown(); down {
		return nil // nothing runs, by the machine's end; that is on record
	}
	now, err := h.read(ctx)
	if err != nil {
		if _, down := h.site.Sandbox.Shutdown(); down || ctx.Err() != nil {
			return nil
		}
		return err
	}
	if when == midway {
		h.beingWritten(ctx, now)
	}
	names := slices.Sorted(maps.Keys(now))
	for _, name := range names {
		if was := h.last[name]; was != now[name] {
			if err := h.changed(name, was, now[name]); err != nil {
				return err
			}
		}
	}
	h.last = now
	for _, t := range h.tails {
		if err := h.follow(ctx, t, now["service/"+t.spec.Name]); err != nil {
			return err
		}
	}
	return nil
}

// changed records one value that is another one.
func (h *held) changed(name, was, is string) error {
	turn, call := h.call()
	c := Change{Turn: turn, What: name, Before: was, After: is, By: h.doer(name, turn, call)}
	shown := world.StateChange{Name: name, Before: &was, After: &is}
	event, err := world.RecordFact(h.site, WorldName, world.FactChanged, shown.String(), shown)
	c.Event = event
	h.evidence.Changes = append(h.evidence.Changes, c)
	return err
}

// call is the tool call that is under way, or was the last one.
func (h *held) call() (turn int, text string) {
	turn = h.site.Turn()
	for _, e := range slices.Backward(h.site.Events()) {
		if c, ok := e.Body.(transcript.ToolCall); ok && !c.NotRun {
			return turn, callText(c.Call)
		}
	}
	return turn, ""
}

// callText is a call as one reads it: a command line by itself.
func callText(c transcript.Call) string {
	var command struct{ Command string }
	if err := json.Unmarshal([]byte(c.Arguments), &command); err == nil && command.Command != "" {
		return c.Name + ": " + command.Command
	}
	return c.Name + " " + c.Arguments
}

// doer says who made a change. A command of this world's knows its caller, of a
// signal or a file the tool call is known, and no more.
func (h *held) doer(name string, turn int, call string) string {
	_, of, _ := strings.Cut(name, "/")
	for _, s := range h.world.Settings {
		if s.Name == of && strings.HasPrefix(name, "effective/") {
			of = s.Service
		}
	}
	for i := len(h.evidence.Acts) - 1; i >= 0; i-- {
		a := h.evidence.Acts[i]
		if a.Turn != turn {
			break
		}
		if a.Of == of && !a.Read && !slices.Contains(a.told, name) {
			h.evidence.Acts[i].told = append(a.told, name)
			return a.By
		}
	}
	return cmp.Or(call, "not known")
}
