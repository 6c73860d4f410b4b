package switches

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// start starts a unit as it was loaded.
func (h *held) start(ctx context.Context, run runner, u *unit) error {
	state, err := h.site.Sandbox.Stat(ctx, u.program)
	if err != nil && !missing(err) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	u.digest = state.SHA256 + state.Target
	p, err := h.launch(ctx, run, u.loaded.argv)
	if err != nil {
		return err
	}
	u.main, u.since, u.stopped, u.dead = p, time.Now(), false, false
	h.note(u.spec.Name, "systemd", 1, "Started "+u.spec.Name+".service - "+u.spec.description()+".")
	return h.takeEffect(ctx, u.spec.Name, AtStart)
}

// ender ends a session as systemd does: TERM and CONT, and KILL if that is not
// enough.
const ender = `kill -s TERM -- "-$1"; kill -s CONT -- "-$1"; n=0
while kill -s 0 -- "-$1" && [ $n -lt 100 ]; do sleep 0.02; n=$((n+1)); done
kill -s KILL -- "-$1"; n=0
while kill -s 0 -- "-$1" && [ $n -lt 100 ]; do sleep 0.02; n=$((n+1)); done`

// stop stops a unit and waits until its processes are gone.
func (h *held) stop(ctx context.Context, run runner, u *unit) error {
	if u.main != nil && h.runs(ctx, u) {
		_, err := run(ctx, sandbox.Process{Argv: []string{"/bin/sh", "-c", "{ " + ender + "; } 2>/dev/null; true", "sh", strconv.Itoa(u.main.pid)}, Dir: "/", Capture: true})
		if err != nil {
			return err
		}
		h.note(u.spec.Name, "systemd", 1, "Stopped "+u.spec.Name+".service - "+u.spec.description()+".")
		u.since = time.Now()
	}
	u.stopped = true
	return nil
}

// signal sends one to the main process of a unit.
func (h *held) signal(ctx context.Context, run runner, u *unit, name string) error {
	if u.main == nil || !h.runs(ctx, u) {
		return nil
	}
	_, err := run(ctx, sandbox.Process{Argv: []string{"/bin/sh", "-c", `kill -s "$2" -- "$1"`, "sh", strconv.Itoa(u.main.pid), name}, Dir: "/", Capture: true})
	return err
}

// runs says whether the process that the manager started is there.
func (h *held) runs(ctx context.Context, u *unit) bool {
	if u.main == nil {
		return false
	}
	st, ok := h.stat(ctx, u.main.pid)
	return ok && st.born == u.main.born && st.state != "Z" && st.state != "X" && h.pending(ctx, u.main.pid) != Killed
}

// respawn starts what has ended unasked and whose unit wants it back.
func (h *held) respawn(ctx context.Context, run runner) error {
	if _, down := h.site.Sandbox.Shutdown(); down {
		return nil
	}
	again := false
	for _, name := range h.order {
		u := h.units[name]
		wanted := u.loaded.restart != "" && u.loaded.restart != "no" && u.loaded.restart != "on-success"
		if u.main == nil || u.stopped || !wanted || u.loaded.masked || h.runs(ctx, u) {
			continue
		}
		if !again {
			if err := h.look(ctx, settled); err != nil { // that it ended is seen before it is back
				return err
			}
		}
		again = true
		h.note(name, "systemd", 1, name+".service: Scheduled restart job, restart counter is at 1.")
		if err := h.start(ctx, run, u); err != nil {
			return fmt.Errorf("service %s is not started again: %w", name, err)
		}
		h.act(Act{Verb: "restart", Of: name, By: "its restart policy"})
	}
	if !again {
		return nil
	}
	return h.look(ctx, settled)
}

// takeEffect lets a service read its settings.
func (h *held) takeEffect(ctx context.Context, service string, on Takes) error {
	for _, s := range h.world.Settings {
		if s.Service != service || !s.takes(on) {
			continue
		}
		value, err := s.value(ctx, h.site.Sandbox)
		if err != nil {
			return err
		}
		h.effective[s.Name] = value
	}
	return nil
}

// entry is a line of the journal.
type entry struct {
	at   time.Time
	unit string // the service that it is about
	who  string
	pid  int
	text string
}

// note writes a line into the journal.
func (h *held) note(service, who string, pid int, text string) {
	h.journal = append(h.journal, entry{at: time.Now(), unit: service, who: who, pid: pid, text: text})
}
