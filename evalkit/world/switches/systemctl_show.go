package switches

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Exit codes of status and is-active.
const (
	exitInactive = 3
	exitNoUnit   = 4
)

// active is what systemctl says of a unit: the state, and the one below it.
func (h *held) active(ctx context.Context, u *unit) (state, sub string) {
	switch {
	case u == nil:
		return "inactive", "dead"
	case h.runs(ctx, u):
		return "active", "running"
	case u.main != nil && !u.stopped:
		return "failed", "failed"
	}
	return "inactive", "dead"
}

func (h *held) isActive(ctx context.Context, r *request) int {
	return h.eachState(ctx, r, "active", exitInactive)
}

func (h *held) isFailed(ctx context.Context, r *request) int {
	return h.eachState(ctx, r, "failed", 1)
}

func (h *held) eachState(ctx context.Context, r *request, want string, otherwise int) int {
	if len(r.units) == 0 {
		fmt.Fprintln(r.Stderr, "Too few arguments.")
		return 1
	}
	_, units := h.named(r)
	exit := otherwise
	for _, u := range units {
		state, _ := h.active(ctx, u)
		if !r.quiet {
			fmt.Fprintln(r.Stdout, state)
		}
		if state == want {
			exit = 0
		} else if u == nil && want == "active" {
			exit = exitNoUnit
		}
	}
	return exit
}

func (h *held) isEnabled(ctx context.Context, r *request) int {
	names, units := h.named(r)
	exit := 1
	for i, u := range units {
		state := Deleted
		if u != nil {
			disk, err := h.onDisk(ctx, u.spec.Name)
			if err == nil {
				state, err = h.enabled(ctx, u.spec.Name, disk)
			}
			if err != nil {
				return r.failed(err)
			}
		}
		if state == Deleted {
			fmt.Fprintf(r.Stderr, "Failed to get unit file state for %s: No such file or directory\n", names[i])
			continue
		}
		if !r.quiet {
			fmt.Fprintln(r.Stdout, state)
		}
		if state == Enabled {
			exit = 0
		}
	}
	return exit
}

func (h *held) status(ctx context.Context, r *request) int {
	if len(r.units) == 0 {
		fmt.Fprintf(r.Stdout, "● localhost\n    State: running\n    Units: %d loaded (incl. loaded aliases)\n     Jobs: 0 queued\n   Failed: 0 units\n", len(h.order))
		return 0
	}
	names, units := h.named(r)
	exit := 0
	for i, u := range units {
		if u == nil || u.loaded.path == "" && !h.runs(ctx, u) {
			fmt.Fprintf(r.Stderr, "Unit %s could not be found.\n", names[i])
			exit = exitNoUnit
			continue
		}
		h.warnStale(ctx, r, u)
		if i > 0 {
			fmt.Fprintln(r.Stdout)
		}
		h.statusOf(ctx, r, u)
		if state, _ := h.active(ctx, u); state != "active" && exit == 0 {
			exit = exitInactive
		}
	}
	return exit
}

// statusOf prints a unit as systemctl status does.
func (h *held) statusOf(ctx context.Context, r *request, u *unit) {
	state, sub := h.active(ctx, u)
	dot := map[string]string{"active": "●", "failed": "×"}[state]
	if dot == "" {
		dot = "○"
	}
	name := u.spec.Name + ".service"
	description := u.loaded.description
	if description == "" {
		description = name
	}
	fmt.Fprintf(r.Stdout, "%s %s - %s\n", dot, name, description)
	enabled, err := h.enabled(ctx, u.spec.Name, u.loaded)
	switch {
	case err != nil || u.loaded.path == "":
		fmt.Fprintf(r.Stdout, "     Loaded: not-found (Reason: Unit %s not found.)\n", name)
	case u.loaded.masked:
		fmt.Fprintf(r.Stdout, "     Loaded: masked (Reason: Unit %s is masked.)\n", name)
	default:
		fmt.Fprintf(r.Stdout, "     Loaded: loaded (%s; %s; preset: enabled)\n", u.loaded.path, enabled)
	}
	since := ""
	if !u.since.IsZero() {
		since = " since " + stamp(u.since) + "; " + ago(time.Since(u.since)) + " ago"
	}
	switch state {
	case "active":
		fmt.Fprintf(r.Stdout, "     Active: active (%s)%s\n   Main PID: %d (%s)\n", sub, since, u.main.pid, u.main.name)
		fmt.Fprintf(r.Stdout, "     CGroup: /system.slice/%s\n             └─%d %s\n", name, u.main.pid, u.main.command)
	case "failed":
		fmt.Fprintf(r.Stdout, "     Active: failed (Result: signal)%s\n   Main PID: %d (code=killed)\n", since, u.main.pid)
	default:
		fmt.Fprintf(r.Stdout, "     Active: inactive (dead)%s\n", since)
	}
	lines := 10
	if n, err := strconv.Atoi(r.lines); err == nil {
		lines = n
	}
	if told := h.about(u.spec.Name); len(told) > 0 && lines > 0 {
		fmt.Fprintln(r.Stdout)
		for _, e := range told[max(0, len(told)-lines):] {
			fmt.Fprintln(r.Stdout, e.line(h.host(ctx)))
		}
	}
}

// stamp is a time as systemctl prints it.
func stamp(t time.Time) string { return t.UTC().Format("Mon 2006-01-02 15:04:05 UTC") }

// ago is a span as systemctl prints it: its two largest units.
func ago(d time.Duration) string {
	units := []struct {
		name string
		is   time.Duration
	}{{"day", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, u := range units {
		n := int(d / u.is)
		d -= time.Duration(n) * u.is
		switch {
		case n == 0:
			continue
		case u.name == "h" || u.name == "s":
			parts = append(parts, strconv.Itoa(n)+u.name)
		case n > 1 && u.name == "day":
			parts = append(parts, strconv.Itoa(n)+" days")
		default:
			parts = append(parts, strconv.Itoa(n)+" "+u.name)
		}
	}
	if len(parts) == 0 {
		return strconv.Itoa(int(d/time.Millisecond)) + "ms"
	}
	parts = parts[:min(2, len(parts))]
	for i, p := range parts { // "2min 3s", and "1 day 2h"
		parts[i] = strings.Replace(p, " min", "min", 1)
	}
	return strings.Join(parts, " ")
}

func (h *held) listUnits(ctx context.Context, r *request) int {
	if len(r.types) > 0 && !slices.Contains(r.types, "service") {
		if !r.noLegend {
			fmt.Fprintln(r.Stdout, "0 loaded units listed. Pass --all to see loaded but inactive units, too.\nTo show all installed unit files use 'systemctl list-unit-files'.")
		}
		return 0
	}
	if !r.noLegend {
		fmt.Fprintf(r.Stdout, "  %-30s %-9s %-8s %-8s %s\n", "UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION")
	}
	count := 0
	for _, name := range slices.Sorted(slices.Values(h.order)) {
		u := h.units[name]
		state, sub := h.active(ctx, u)
		shown := r.all || state != "inactive"
		if len(r.states) > 0 {
			shown = slices.Contains(r.states, state) || slices.Contains(r.states, sub)
		}
		if len(r.units) > 0 && !slices.ContainsFunc(r.units, func(g string) bool { return matches(unitName(g), name+".service") || matches(g, name+".service") }) {
			shown = false
		}
		if !shown {
			continue
		}
		count++
		load := "loaded"
		if u.loaded.masked {
			load = "masked"
		} else if u.loaded.path == "" {
			load = "not-found"
		}
		mark := " "
		if state == "failed" {
			mark = "●"
		}
		fmt.Fprintf(r.Stdout, "%s %-30s %-9s %-8s %-8s %s\n", mark, name+".service", load, state, sub, u.spec.description())
	}
	if !r.noLegend {
		fmt.Fprintf(r.Stdout, "\n%d loaded units listed.\n", count)
	}
	return 0
}

func (h *held) listUnitFiles(ctx context.Context, r *request) int {
	if !r.noLegend {
		fmt.Fprintf(r.Stdout, "%-30s %-10s %s\n", "UNIT FILE", "STATE", "PRESET")
	}
	count := 0
	for _, name := range slices.Sorted(slices.Values(h.order)) {
		disk, err := h.onDisk(ctx, name)
		if err != nil {
			return r.failed(err)
		}
		state, err := h.enabled(ctx, name, disk)
		if err != nil {
			return r.failed(err)
		}
		if state == Deleted {
			continue
		}
		count++
		fmt.Fprintf(r.Stdout, "%-30s %-10s enabled\n", name+".service", state)
	}
	if !r.noLegend {
		fmt.Fprintf(r.Stdout, "\n%d unit files listed.\n", count)
	}
	return 0
}

func (h *held) listTimers(_ context.Context, r *request) int {
	if !r.noLegend {
		fmt.Fprintln(r.Stdout, "NEXT LEFT LAST PASSED UNIT ACTIVATES\n\n0 timers listed.")
	}
	return 0
}

func (h *held) cat(_ context.Context, r *request) int {
	names, units := h.named(r)
	exit := 0
	for i, u := range units {
		if u == nil || u.loaded.path == "" {
			fmt.Fprintf(r.Stderr, "No files found for %s.\n", names[i])
			exit = 1
			continue
		}
		fmt.Fprintln(r.Stdout, strings.TrimRight(strings.Join(u.loaded.text, "\n"), "\n"))
	}
	return exit
}

func (h *held) show(ctx context.Context, r *request) int {
	names, units := h.named(r)
	for i, u := range units {
		state, sub := h.active(ctx, u)
		values := [][2]string{{"Id", names[i]}, {"ActiveState", state}, {"SubState", sub}, {"LoadState", "not-found"}, {"MainPID", "0"}}
		if u != nil {
			enabled, _ := h.enabled(ctx, u.spec.Name, u.loaded)
			load := map[bool]string{true: "masked", false: "loaded"}[u.loaded.masked]
			if u.loaded.path == "" {
				load, enabled = "not-found", ""
			}
			pid := 0
			if state == "active" {
				pid = u.main.pid
			}
			values = [][2]string{
				{"Type", "simple"}, {"Restart", map[bool]string{true: "no", false: u.loaded.restart}[u.loaded.restart == ""]}, {"MainPID", strconv.Itoa(pid)},
				{"ExecStart", "{ path=" + first(u.loaded.argv) + " ; argv[]=" + strings.Join(u.loaded.argv, " ") + " ; ignore_errors=no }"},
				{"Id", names[i]}, {"Names", names[i]}, {"Description", u.loaded.description}, {"LoadState", load}, {"ActiveState", state}, {"SubState", sub},
				{"FragmentPath", u.loaded.path}, {"UnitFileState", enabled}, {"UnitFilePreset", "enabled"},
			}
		}
		for _, v := range values {
			if len(r.property) > 0 && !slices.Contains(r.property, v[0]) {
				continue
			}
			if r.value {
				fmt.Fprintln(r.Stdout, v[1])
			} else {
				fmt.Fprintln(r.Stdout, v[0]+"="+v[1])
			}
		}
	}
	return 0
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// host is the machine's name, as the journal has it.
func (h *held) host(ctx context.Context) string {
	b, err := h.site.Sandbox.ReadFile(ctx, "/etc/hostname", 1<<10)
	if err != nil {
		return "localhost"
	}
	return path.Base(strings.TrimSpace(string(b)))
}
