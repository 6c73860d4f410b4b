package switches

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Rehearse implements world.Rehearser: left alone nothing changes; each setting
// can be seen to change; each service stops, starts, is seen to be paused and
// killed, and takes its settings up.
func (w World) Rehearse(ctx context.Context, open func(context.Context) (*world.Site, error)) error {
	site, err := open(ctx)
	if err != nil {
		return fmt.Errorf("rehearsal of the switches: %w", err)
	}
	h := world.Local(site, heldKey{}, func() *held { return nil })
	if h == nil {
		return errors.New("rehearsal of the switches: they were not entered")
	}
	for range aloneLooks {
		if err := h.expect(ctx, "left alone", nil); err != nil {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	for _, s := range w.Settings {
		if err := h.rehearseSetting(ctx, s); err != nil {
			return err
		}
	}
	for _, t := range h.tails {
		if err := h.rehearseShipper(ctx, t); err != nil {
			return err
		}
	}
	for _, a := range h.hooks {
		if err := h.rehearseHook(ctx, a); err != nil {
			return err
		}
	}
	for _, name := range h.order {
		if err := h.rehearseService(ctx, h.units[name]); err != nil {
			return err
		}
	}
	return nil
}

// alone carries a step out while nothing else of the world is at work.
func (h *held) alone(do func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return do()
}

// expect reads the state and compares it with the last one, but for what is
// wanted otherwise.
func (h *held) expect(ctx context.Context, step string, want map[string]string) error {
	now, err := Held{h}.State(ctx)
	if err != nil {
		return fmt.Errorf("rehearsal of the switches, %s: %w", step, err)
	}
	services := func(name string) bool { return strings.HasPrefix(name, "service/") }
	names := slices.Sorted(maps.Keys(h.evidence.Initial))
	slices.SortStableFunc(names, func(a, b string) int { // a service's end has others as its effects
		return cmp.Compare(fmt.Sprint(services(b)), fmt.Sprint(services(a)))
	})
	for _, name := range names {
		was := h.evidence.Initial[name]
		wanted, other := want[name]
		if !other {
			wanted = was
		}
		if now[name] != wanted {
			return fmt.Errorf("rehearsal of the switches, %s: %s is %q and must be %q", step, name, now[name], wanted)
		}
	}
	return nil
}

// rehearseSetting empties the file of a setting and lays it again.
func (h *held) rehearseSetting(ctx context.Context, s Setting) error {
	step := func(what string) string { return fmt.Sprintf("setting %s, %s", s.Name, what) }
	box := h.site.Sandbox
	fail := func(what string, err error) error {
		return fmt.Errorf("rehearsal of the switches, %s: %w", step(what), err)
	}
	text, err := box.ReadFile(ctx, s.File, 0)
	if err != nil {
		return fail("its file being read", err)
	}
	file := sandbox.File{Path: s.File, Writable: true}
	if err := box.WriteFile(ctx, file); err != nil {
		return fail("its file being emptied", err)
	}
	now, err := Held{h}.State(ctx)
	if err != nil {
		return fail("its file being emptied", err)
	}
	if now["setting/"+s.Name] == h.evidence.Initial["setting/"+s.Name] {
		return fmt.Errorf("rehearsal of the switches, %s: it is %q still", step("its file being emptied"), now["setting/"+s.Name])
	}
	effective := now["effective/"+s.Name] != h.evidence.Initial["effective/"+s.Name]
	if s.Service != "" && effective != (s.Takes == AtOnce) && h.evidence.Initial["effective/"+s.Name] != NotRunning {
		return fmt.Errorf("rehearsal of the switches, %s: whether it is in effect at once must be %v, and is %v", step("its file being emptied"), s.Takes == AtOnce, effective)
	}
	file.Body = text
	if err := box.WriteFile(ctx, file); err != nil {
		return fail("its file being laid again", err)
	}
	return h.expect(ctx, step("its file being laid again"), nil)
}

// rehearseService puts a service through what may become of it.
func (h *held) rehearseService(ctx context.Context, u *unit) error {
	run, name := h.site.Sandbox.Run, u.spec.Name
	steps := []struct {
		what string
		do   func() error
		want string
	}{
		{"stopped", func() error { return h.stop(ctx, run, u) }, Stopped},
		{"started", func() error { return h.start(ctx, run, u) }, Active},
		{"paused", func() error { return h.signal(ctx, run, u, "STOP") }, Paused},
		{"woken", func() error { return h.signal(ctx, run, u, "CONT") }, Active},
		{"killed", func() error { return h.signal(ctx, run, u, "KILL") }, Killed},
		{"started after it was killed", func() error { return h.start(ctx, run, u) }, Active},
	}
	for _, s := range steps {
		step := fmt.Sprintf("service %s, %s", name, s.what)
		if err := h.alone(s.do); err != nil {
			return fmt.Errorf("rehearsal of the switches, %s: %w", step, err)
		}
		if err := h.await(ctx, "service/"+name, s.want); err != nil {
			return fmt.Errorf("rehearsal of the switches, %s: %w", step, err)
		}
	}
	want := map[string]string{"service/" + name: Active}
	for _, s := range h.world.Settings {
		if s.Service == name {
			want["effective/"+s.Name] = h.evidence.Initial["setting/"+s.Name]
		}
	}
	if h.evidence.Initial["service/"+name] != Active { // it is laid stopped
		err := h.alone(func() error {
			defer func() { u.main = nil }()
			return h.stop(ctx, run, u)
		})
		if err != nil {
			return err
		}
		want = nil
	}
	return h.expect(ctx, "service "+name+", as it was", want)
}

// await reads until a value is as it must be: what a signal does takes a moment.
func (h *held) await(ctx context.Context, name, want string) error {
	for looks := 0; ; looks++ {
		now, err := Held{h}.State(ctx)
		if err != nil {
			return err
		}
		if now[name] == want {
			return nil
		}
		if looks == looksMost {
			return fmt.Errorf("%s is %q and must be %q", name, now[name], want)
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// rehearseShipper lays lines, which must arrive while it runs and not while it is
// stopped.
func (h *held) rehearseShipper(ctx context.Context, t *tail) error {
	u, run := h.units[t.spec.Name], h.site.Sandbox.Run
	fail := func(what string) error {
		return fmt.Errorf("rehearsal of the switches, shipper %s, %s", t.spec.Name, what)
	}
	return h.alone(func() error {
		detail, err := h.probeShipper(ctx, t, Active)
		if err != nil || detail != "" {
			return fail(fmt.Sprintf("a line being laid: %s %v", detail, err))
		}
		if err := h.stop(ctx, run, u); err != nil {
			return err
		}
		now, err := h.read(ctx)
		if err != nil {
			return err
		}
		detail, err = h.probeShipper(ctx, t, now["service/"+t.spec.Name])
		if err != nil || detail == "" {
			return fail(fmt.Sprintf("stopped, a line being laid: it arrived (%v)", err))
		}
		return h.start(ctx, run, u)
	})
}
