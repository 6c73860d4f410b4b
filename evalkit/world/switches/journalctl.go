package switches

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// line is an entry as journalctl prints it.
func (e entry) line(host string) string {
	return fmt.Sprintf("%s %s %s[%d]: %s", e.at.UTC().Format("Jan 02 15:04:05"), host, e.who, e.pid, e.text)
}

// about lists the entries of a service: what it wrote, and what systemd did to it.
func (h *held) about(service string) []entry {
	var told []entry
	for _, e := range h.journal {
		if e.unit == service {
			told = append(told, e)
		}
	}
	return told
}

// journalctl answers journalctl -u UNIT, -n N, -r, --no-pager, -o short|cat.
func (h *held) journalctl(ctx context.Context, c *sandbox.Call) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	var units []string
	lines, reverse, output := -1, false, "short"
	args := c.Args[1:]
	for len(args) > 0 {
		name, value, given := strings.Cut(args[0], "=")
		args = args[1:]
		if short := strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "--") && len(name) > 2; short && strings.ContainsAny(name[1:2], "uno") {
			name, value, given = name[:2], name[2:], true // -n5
		} else if short && strings.HasSuffix(name, "u") {
			name = "-u" // -xeu
		}
		takes := slices.Contains([]string{"-u", "--unit", "-n", "--lines", "-o", "--output", "-S", "--since", "-U", "--until", "-p", "--priority", "-t", "--identifier", "-g", "--grep"}, name)
		if takes && !given && len(args) > 0 {
			value, args = args[0], args[1:]
		}
		switch name {
		case "-u", "--unit":
			units = append(units, serviceOf(value))
		case "-n", "--lines":
			if n, err := strconv.Atoi(value); err == nil {
				lines = n
			}
		case "-o", "--output":
			output = value
		case "-r", "--reverse":
			reverse = true
		}
	}
	told := h.journal
	if len(units) > 0 {
		told = nil
		for _, u := range units {
			told = append(told, h.about(u)...)
		}
	}
	told = slices.Clone(told)
	if lines >= 0 {
		told = told[max(0, len(told)-lines):]
	}
	if reverse {
		slices.Reverse(told)
	}
	if len(told) == 0 {
		fmt.Fprintln(c.Stdout, "-- No entries --")
	}
	for _, e := range told {
		if output == "cat" {
			fmt.Fprintln(c.Stdout, e.text)
			continue
		}
		fmt.Fprintln(c.Stdout, e.line(h.host(ctx)))
	}
	of := ""
	if len(units) == 1 {
		of = units[0]
	}
	if h.last != nil {
		h.act(Act{Verb: "journal", Of: of, Args: c.Args, Read: true, By: callers(c.Caller)})
	}
	return 0
}

// service answers service NAME VERB, as the script does that hands it on.
func (h *held) service(ctx context.Context, c *sandbox.Call) int {
	args := c.Args[1:]
	if len(args) == 1 && args[0] == "--status-all" {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, name := range slices.Sorted(slices.Values(h.order)) {
			mark := "-"
			if h.runs(ctx, h.units[name]) {
				mark = "+"
			}
			fmt.Fprintf(c.Stdout, " [ %s ]  %s\n", mark, name)
		}
		return 0
	}
	if len(args) < 2 {
		fmt.Fprintln(c.Stderr, "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]")
		return 1
	}
	verb := map[string]string{"--full-restart": "restart", "force-reload": "reload-or-restart"}[args[1]]
	if verb == "" {
		verb = args[1]
	}
	h.mu.Lock()
	known := h.units[serviceOf(args[0])] != nil
	h.mu.Unlock()
	if !known {
		fmt.Fprintf(c.Stderr, "%s: unrecognized service\n", args[0])
		return 1
	}
	call := *c
	call.Args = []string{"systemctl", verb, args[0] + ".service"}
	return h.systemctl(ctx, &call)
}
