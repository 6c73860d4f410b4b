package switches

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// commands are the executables that act on the services.
func (h *held) commands() []sandbox.Command {
	return []sandbox.Command{
		{Path: "/usr/bin/systemctl", Run: h.systemctl},
		{Path: "/usr/sbin/service", Run: h.service},
		{Path: "/usr/bin/journalctl", Run: h.journalctl},
	}
}

// request is one call of systemctl, taken apart.
type request struct {
	*sandbox.Call
	verb  string
	units []string // as they were given
	now, quiet, all, value, noLegend,
	force, full bool
	property, types, states []string
	lines, signal           string
}

// verbs of systemctl. Those that change something are recorded as such, and may
// be denied.
var (
	changing = map[string]bool{
		"start": true, "stop": true, "restart": true, "try-restart": true, "reload": true, "reload-or-restart": true, "try-reload-or-restart": true,
		"enable": true, "disable": true, "reenable": true, "mask": true, "unmask": true, "kill": true, "daemon-reload": true, "reset-failed": true, "edit": true,
	}
	verbs = map[string]func(h *held, ctx context.Context, r *request) int{
		"status": (*held).status, "is-active": (*held).isActive, "is-failed": (*held).isFailed, "is-enabled": (*held).isEnabled,
		"list-units": (*held).listUnits, "list-unit-files": (*held).listUnitFiles, "show": (*held).show, "cat": (*held).cat, "list-timers": (*held).listTimers,
		"start": (*held).onEach, "stop": (*held).onEach, "restart": (*held).onEach, "try-restart": (*held).onEach, "reload": (*held).onEach,
		"reload-or-restart": (*held).onEach, "try-reload-or-restart": (*held).onEach, "enable": (*held).onEach, "disable": (*held).onEach,
		"reenable": (*held).onEach, "mask": (*held).onEach, "unmask": (*held).onEach, "kill": (*held).onEach,
		"daemon-reload": (*held).daemonReload, "reset-failed": (*held).resetFailed, "edit": (*held).edit,
	}
	aliases = map[string]string{"force-reload": "reload-or-restart", "condrestart": "try-restart"}
)

func (h *held) systemctl(ctx context.Context, c *sandbox.Call) int {
	r := &request{Call: c}
	if exit, done := r.parse(); done {
		return exit
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	run, ok := verbs[r.verb]
	if !ok {
		fmt.Fprintf(c.Stderr, "Unknown command verb '%s'.\n", r.verb)
		return 1
	}
	if h.last == nil {
		return 1 // the machine is still being set up
	}
	if err := h.look(ctx, settled); err != nil {
		return r.failed(err)
	}
	if err := h.respawn(ctx, c.Run); err != nil {
		return r.failed(err)
	}
	exit := run(h, ctx, r)
	h.record(r, exit)
	if err := h.look(ctx, settled); err != nil {
		return r.failed(err)
	}
	return exit
}

// failed is a fault of the surroundings.
func (r *request) failed(err error) int {
	fmt.Fprintf(r.Stderr, "Failed to connect to bus: %v\n", err)
	return 1
}

// record records a call that only looks; the others are recorded unit by unit.
func (h *held) record(r *request, exit int) {
	if slices.Contains([]string{"daemon-reload", "reset-failed", "edit"}, r.verb) {
		h.act(Act{Verb: r.verb, Args: r.Args, Exit: exit, By: callers(r.Caller)})
		return
	}
	if changing[r.verb] {
		return
	}
	units := r.units
	if len(units) == 0 {
		units = []string{""}
	}
	for _, name := range units {
		h.act(Act{Verb: r.verb, Of: serviceOf(name), Args: r.Args, Exit: exit, Read: true, By: callers(r.Caller)})
	}
}

// flags that take a value.
var valued = map[string]bool{
	"-p": true, "--property": true, "-P": true, "-t": true, "--type": true, "--state": true, "-n": true, "--lines": true, "-s": true, "--signal": true,
	"-o": true, "--output": true, "--kill-whom": true, "--kill-who": true, "--job-mode": true, "-H": true, "-M": true, "--root": true, "--preset-mode": true, "--what": true, "--timestamp": true,
}

// parse takes the arguments apart. Done: there is nothing more to do.
func (r *request) parse() (exit int, done bool) {
	args := r.Args[1:]
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			r.units = append(r.units, args...)
			args = nil
		case !strings.HasPrefix(arg, "-") || arg == "-":
			if r.verb == "" {
				r.verb = arg
			} else {
				r.units = append(r.units, arg)
			}
		default:
			name, value, given := strings.Cut(arg, "=")
			if short := !strings.HasPrefix(arg, "--") && len(arg) > 2; short && valued[arg[:2]] {
				name, value, given = arg[:2], arg[2:], true // -n0
			} else if short {
				args = append([]string{"-" + arg[2:]}, args...) // -aq
				arg, name = arg[:2], arg[:2]
			}
			if !given && valued[arg] {
				if len(args) == 0 {
					fmt.Fprintf(r.Stderr, "systemctl: option requires an argument -- '%s'\n", strings.TrimLeft(arg, "-"))
					return 1, true
				}
				value, args = args[0], args[1:]
			}
			if exit, done := r.flag(name, value); done {
				return exit, true
			}
		}
	}
	if r.verb == "" {
		r.verb = "list-units"
	}
	if of, ok := aliases[r.verb]; ok {
		r.verb = of
	}
	return 0, false
}

// silent are flags without an effect here.
var silent = []string{"--no-pager", "--system", "--no-ask-password", "--no-block", "--no-wall", "--wait", "--plain", "--no-reload", "--show-types", "--dry-run", "--runtime"}

func (r *request) flag(name, value string) (exit int, done bool) {
	switch name {
	case "--now":
		r.now = true
	case "-q", "--quiet":
		r.quiet = true
	case "-a", "--all":
		r.all = true
	case "-l", "--full":
		r.full = true
	case "-f", "--force":
		r.force = true
	case "--value":
		r.value = true
	case "-P":
		r.value = true
		r.property = append(r.property, strings.Split(value, ",")...)
	case "-p", "--property":
		r.property = append(r.property, strings.Split(value, ",")...)
	case "-t", "--type":
		r.types = append(r.types, strings.Split(value, ",")...)
	case "--state":
		r.states = append(r.states, strings.Split(value, ",")...)
	case "--failed":
		r.states = append(r.states, "failed")
	case "--no-legend", "--legend":
		r.noLegend = true
	case "-n", "--lines":
		r.lines = value
	case "-s", "--signal":
		r.signal = value
	case "--user":
		fmt.Fprintln(r.Stderr, "Failed to connect to bus: No medium found")
		return 1, true
	case "--version":
		fmt.Fprintln(r.Stdout, "systemd 255 (255.4-1ubuntu8.4)")
		return 0, true
	case "-h", "--help":
		fmt.Fprintln(r.Stdout, "systemctl [OPTIONS...] COMMAND ...\n\nQuery or send control commands to the system manager.")
		return 0, true
	default:
		if valued[name] || slices.Contains(silent, name) {
			return 0, false
		}
		if strings.HasPrefix(name, "--") {
			fmt.Fprintf(r.Stderr, "systemctl: unrecognized option '%s'\n", name)
		} else {
			fmt.Fprintf(r.Stderr, "systemctl: invalid option -- '%s'\n", strings.TrimLeft(name, "-"))
		}
		return 1, true
	}
	return 0, false
}

// serviceOf is a unit's name without the suffix.
func serviceOf(name string) string { return strings.TrimSuffix(name, ".service") }

// unitName is a unit's name with a suffix.
func unitName(name string) string {
	for _, suffix := range []string{".service", ".timer", ".socket", ".target", ".mount", ".path", ".slice", ".scope"} {
		if strings.HasSuffix(name, suffix) {
			return name
		}
	}
	return name + ".service"
}

// named lists the units that a request names, globs among them. One that is not
// there is nil.
func (h *held) named(r *request) (names []string, units []*unit) {
	for _, given := range r.units {
		if strings.ContainsAny(given, "*?[") {
			for _, name := range h.order {
				if matches(unitName(given), name+".service") || matches(given, name+".service") {
					names, units = append(names, name+".service"), append(units, h.units[name])
				}
			}
			continue
		}
		name := unitName(given)
		names = append(names, name)
		units = append(units, h.units[serviceOf(name)])
	}
	return names, units
}
