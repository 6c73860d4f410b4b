package switches

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// Exit codes of systemctl (those of LSB init scripts).
const (
	exitDenied    = 4
	exitNotLoaded = 5
)

// onEach carries a verb that changes something out on each unit that is named.
func (h *held) onEach(ctx context.Context, r *request) int {
	if len(r.units) == 0 {
		fmt.Fprintf(r.Stderr, "Too few arguments.\n")
		return 1
	}
	names, units := h.named(r)
	exit := 0
	for i, u := range units {
		code := 0
		refused := false
		switch {
		case u == nil:
			code = r.unknown(names[i])
		case u.spec.denies(r.verb) || r.now && (u.spec.denies("stop") || u.spec.denies("start")):
			code, refused = r.denied(names[i]), true
		default:
			code = h.one(ctx, r, u)
		}
		h.act(Act{Verb: r.verb, Of: serviceOf(names[i]), Args: r.Args, Exit: code, Refused: refused, By: callers(r.Caller)})
		if code != 0 {
			exit = code
		}
	}
	return exit
}

// unitFileVerbs act on the files of a unit.
var unitFileVerbs = map[string]string{"enable": "enable", "disable": "disable", "reenable": "reenable", "mask": "mask", "unmask": "unmask"}

func (r *request) unknown(name string) int {
	switch r.verb {
	case "enable", "disable", "reenable":
		fmt.Fprintf(r.Stderr, "Failed to %s unit: Unit file %s does not exist.\n", r.verb, name)
		return 1
	case "mask":
		fmt.Fprintf(r.Stderr, "Unit %s does not exist, proceeding anyway.\n", name)
		return 0
	case "unmask":
		return 0
	case "start", "restart", "reload-or-restart":
		fmt.Fprintf(r.Stderr, "Failed to %s %s: Unit %s not found.\n", r.verb, name, name)
		return exitNotLoaded
	case "try-restart", "try-reload-or-restart":
		return 0
	}
	fmt.Fprintf(r.Stderr, "Failed to %s %s: Unit %s not loaded.\n", r.verb, name, name)
	return exitNotLoaded
}

func (r *request) denied(name string) int {
	if unitFileVerbs[r.verb] != "" {
		fmt.Fprintf(r.Stderr, "Failed to %s unit: Access denied\n", r.verb)
		return 1
	}
	fmt.Fprintf(r.Stderr, "Failed to %s %s: Access denied\nSee system logs and 'systemctl status %s' for details.\n", r.verb, name, name)
	return exitDenied
}

// one carries a verb out on a unit.
func (h *held) one(ctx context.Context, r *request, u *unit) int {
	name := u.spec.Name + ".service"
	if unitFileVerbs[r.verb] != "" {
		return h.unitFile(ctx, r, u)
	}
	h.warnStale(ctx, r, u)
	if u.loaded.path == "" || u.loaded.masked {
		if err := h.load(ctx, u); err != nil { // a unit that is not loaded is read when it is asked for
			return r.failed(err)
		}
	}
	running := h.runs(ctx, u)
	starts := r.verb == "start" || r.verb == "restart" || r.verb == "reload-or-restart"
	switch {
	case starts && u.loaded.masked:
		fmt.Fprintf(r.Stderr, "Failed to %s %s: Unit %s is masked.\n", r.verb, name, name)
		return 1
	case u.loaded.path == "" && !running:
		return r.unknown(name)
	case r.verb == "start" && running || strings.HasPrefix(r.verb, "try-") && !running:
		return 0
	}
	if err := h.carryOut(ctx, r, u, running); err != nil {
		fmt.Fprintf(r.Stderr, "Job for %s failed: %v.\nSee \"systemctl status %s\" and \"journalctl -xeu %s\" for details.\n", name, err, name, name)
		return 1
	}
	if r.verb == "reload" && (!running || !h.reloads(u)) {
		if !running {
			fmt.Fprintf(r.Stderr, "%s is not active, cannot reload.\n", name)
		} else {
			fmt.Fprintf(r.Stderr, "Failed to reload %s: Job type reload is not applicable for unit %s.\n", name, name)
		}
		return 1
	}
	return 0
}

// reloads says whether a service reads something when it is reloaded.
func (h *held) reloads(u *unit) bool {
	for _, s := range h.world.Settings {
		if s.Service == u.spec.Name && s.Takes == OnReload {
			return true
		}
	}
	return false
}

// carryOut changes what runs.
func (h *held) carryOut(ctx context.Context, r *request, u *unit, running bool) error {
	restart := func() error {
		if err := h.stop(ctx, r.Run, u); err != nil {
			return err
		}
		return h.start(ctx, r.Run, u)
	}
	reload := func() error {
		if !running {
			return nil
		}
		h.note(u.spec.Name, "systemd", 1, "Reloaded "+u.spec.Name+".service - "+u.spec.description()+".")
		if u.spec.Run == nil && h.reloads(u) {
			if err := h.signal(ctx, r.Run, u, "HUP"); err != nil {
				return err
			}
		}
		return h.takeEffect(ctx, u.spec.Name, OnReload)
	}
	switch r.verb {
	case "start":
		return h.start(ctx, r.Run, u)
	case "stop":
		return h.stop(ctx, r.Run, u)
	case "restart", "try-restart":
		return restart()
	case "reload":
		return reload()
	case "reload-or-restart", "try-reload-or-restart":
		if running && h.reloads(u) {
			return reload()
		}
		return restart()
	case "kill":
		signal := strings.TrimPrefix(strings.ToUpper(r.signal), "SIG")
		if signal == "" {
			signal = "TERM"
		}
		return h.signal(ctx, r.Run, u, signal)
	}
	return fmt.Errorf("no verb %q", r.verb)
}

// warnStale says that a unit's files are other ones than when they were read.
func (h *held) warnStale(ctx context.Context, r *request, u *unit) {
	disk, err := h.onDisk(ctx, u.spec.Name)
	if err == nil && u.loaded.path != "" && strings.Join(disk.text, "\n") != strings.Join(u.loaded.text, "\n") && !disk.masked {
		name := u.spec.Name + ".service"
		fmt.Fprintf(r.Stderr, "Warning: The unit file, source configuration file or drop-ins of %s changed on disk. Run 'systemctl daemon-reload' to reload units.\n", name)
	}
}

// unitFile lays or removes the links that enable or mask a unit.
func (h *held) unitFile(ctx context.Context, r *request, u *unit) int {
	box, name := h.site.Sandbox, u.spec.Name+".service"
	wanted, mask, vendor := path.Join(wantedBy, name), path.Join(localUnits, name), path.Join(vendorUnits, name)
	disk, err := h.onDisk(ctx, u.spec.Name)
	if err != nil {
		return r.failed(err)
	}
	remove := func(file string) {
		if _, gone := box.Stat(ctx, file); gone != nil {
			return
		}
		if err = box.Remove(ctx, file); err == nil && !r.quiet {
			fmt.Fprintf(r.Stderr, "Removed \"%s\".\n", file)
		}
	}
	create := func(file, to string) {
		if state, gone := box.Stat(ctx, file); gone == nil && state.Target == to {
			return
		}
		if err = box.WriteFile(ctx, link(file, to)); err == nil && !r.quiet {
			fmt.Fprintf(r.Stderr, "Created symlink %s → %s.\n", file, to)
		}
	}
	switch r.verb {
	case "enable", "reenable":
		if disk.masked {
			fmt.Fprintf(r.Stderr, "Failed to enable unit: Unit file %s is masked.\n", mask)
			return 1
		}
		if disk.path == "" {
			return r.unknown(name)
		}
		create(wanted, disk.path)
	case "disable":
		if disk.path == "" {
			return r.unknown(name)
		}
		remove(wanted)
	case "mask":
		if disk.path == mask && !disk.masked {
			fmt.Fprintf(r.Stderr, "Failed to mask unit: File '%s' already exists.\n", mask)
			return 1
		}
		create(mask, "/dev/null")
	case "unmask":
		if disk.masked && disk.path != vendor {
			remove(mask)
		}
	}
	if err == nil {
		err = h.load(ctx, u)
	}
	if err == nil && r.now {
		err = h.nowToo(ctx, r, u)
	}
	if err != nil {
		return r.failed(err)
	}
	return 0
}

// nowToo is the --now of enable, disable and mask.
func (h *held) nowToo(ctx context.Context, r *request, u *unit) error {
	switch {
	case r.verb == "disable" || r.verb == "mask":
		return h.stop(ctx, r.Run, u)
	case r.verb == "enable" && !h.runs(ctx, u):
		return h.start(ctx, r.Run, u)
	}
	return nil
}

func (h *held) daemonReload(ctx context.Context, r *request) int {
	for _, name := range h.order {
		if err := h.load(ctx, h.units[name]); err != nil {
			return r.failed(err)
		}
	}
	return 0
}

func (h *held) resetFailed(context.Context, *request) int { return 0 }

func (h *held) edit(_ context.Context, r *request) int {
	if len(r.units) == 0 {
		fmt.Fprintln(r.Stderr, "Too few arguments.")
		return 1
	}
	fmt.Fprintln(r.Stderr, "Cannot edit units if not on a tty.")
	return 1
}
