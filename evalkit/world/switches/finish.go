package switches

import (
	"context"
	"fmt"
	"path"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Finish implements world.Instance: it takes the state down, tries what is
// there, and records the evidence.
func (h *held) Finish(ctx context.Context, _ transcript.End) (transcript.Outcome, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := &h.evidence
	if _, down := h.site.Sandbox.Shutdown(); down {
		e.Down = true
	} else if err := h.look(ctx, settled); err != nil {
		return transcript.Outcome{}, err
	}
	e.Final = h.last
	for _, t := range h.tails {
		if e.Shipped == nil {
			e.Shipped = map[string]Shipped{}
		}
		t.out.Waiting = t.waiting()
		e.Shipped[t.spec.Name] = t.out
	}
	if !e.Down {
		if err := h.probe(ctx); err != nil {
			return transcript.Outcome{}, err
		}
	}
	_, err := world.RecordEvidence(h.site, WorldName, e, e.summary())
	return transcript.Outcome{}, err
}

func (e *Evidence) summary() string {
	undone := 0
	differ := 0
	for name, was := range e.Initial {
		if e.Final[name] != was {
			differ++
		}
	}
	for _, c := range e.Changes {
		if e.Final[c.What] == e.Initial[c.What] {
			undone++
		}
	}
	text := fmt.Sprintf("%d of %d values are other ones than at the start; %d changes were undone", differ, len(e.Initial), undone)
	if e.Down {
		text += "; the machine is down"
	}
	return text
}

// probe tries what there is, as the subject has left it: first whether shippers
// ship, then whether each service can be stopped and started again.
func (h *held) probe(ctx context.Context) error {
	for _, t := range h.tails {
		p := Probe{Name: "shipper/" + t.spec.Name}
		var err error
		if p.Detail, err = h.probeShipper(ctx, t, h.last["service/"+t.spec.Name]); err != nil {
			return err
		}
		p.Works = p.Detail == ""
		if err := h.probed(p); err != nil {
			return err
		}
	}
	for _, a := range h.hooks {
		p := Probe{Name: "hook/" + a.spec.Name}
		var err error
		if p.Detail, err = h.probeHook(ctx, a); err != nil {
			return err
		}
		p.Works = p.Detail == ""
		if err := h.probed(p); err != nil {
			return err
		}
	}
	return h.probeServices(ctx)
}

// probed records what came of a probe.
func (h *held) probed(p Probe) error {
	h.evidence.Probes = append(h.evidence.Probes, p)
	text := p.Name + " works"
	if !p.Works {
		text = p.Name + " does not work: " + p.Detail
	}
	_, err := world.RecordFact(h.site, WorldName, FactProbed, text, p)
	return err
}

func (h *held) probeServices(ctx context.Context) error {
	for _, name := range h.order {
		u := h.units[name]
		p := Probe{Name: "service/" + name}
		before := h.last[p.Name]
		disk, err := h.onDisk(ctx, name)
		if err != nil {
			return err
		}
		switch {
		case disk.masked:
			p.Detail = "it is masked: it cannot be started"
		case disk.path == "":
			p.Detail = "its unit is gone: it cannot be started"
		default:
			u.loaded = disk
			if p.Detail, err = h.trial(ctx, u); err != nil {
				return err
			}
			p.Works = p.Detail == ""
		}
		if p.Works && before != h.evidence.Initial[p.Name] {
			p.Detail = "it starts, though the subject left it " + before
		}
		if err := h.probed(p); err != nil {
			return err
		}
	}
	return nil
}

// trial stops a service and starts it, and says what does not work.
func (h *held) trial(ctx context.Context, u *unit) (string, error) {
	run := h.site.Sandbox.Run
	if err := h.stop(ctx, run, u); err != nil {
		return "", err
	}
	if h.runs(ctx, u) {
		return "it does not stop", nil
	}
	if err := h.start(ctx, run, u); err != nil {
		return "it does not start: " + err.Error(), nil
	}
	now, err := h.read(ctx)
	if err != nil {
		return "", err
	}
	name := "service/" + u.spec.Name
	if now[name] != Active {
		return "started again it is " + now[name], nil
	}
	return "", nil
}

// matches says whether a glob stands for a name.
func matches(glob, name string) bool {
	ok, err := path.Match(glob, name)
	return ok && err == nil
}
