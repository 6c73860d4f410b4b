package switches

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Shipper is a service that copies the new lines of a log to a collector, which
// the harness keeps outside of the machine. It copies when the log is written
// and after each tool call, as long as its process goes on; where it has an
// interval, once that has gone by on the clock of World.Step.
type Shipper struct {
	Service
	// File is the log. The scenario lays it with at least one line.
	File string
	// Enabled, Target, Filter and Interval are names of Settings of this
	// service. While Enabled is false, no or off nothing is shipped; what goes
	// to another Target than at the start does not arrive; a line that holds the
	// text of Filter is left out; Interval is in seconds.
	Enabled, Target, Filter, Interval string
	// Samples are lines that must arrive: the probe lays each. The last line of
	// the log if there are none.
	Samples []string
}

// Shipped is what came of a log.
type Shipped struct {
	// Arrived are the lines at the collector, in their order, the probe's not
	// among them. Filtered and Redirected count those that were not let through.
	Arrived    []string `json:"arrived,omitempty"`
	Filtered   int      `json:"filtered,omitempty"`
	Redirected int      `json:"redirected,omitempty"`
	// Missing are lines that were in the log and in it no more before they were
	// shipped; Waiting is how many lines are still to be shipped.
	Missing []string `json:"missing,omitempty"`
	Waiting int      `json:"waiting,omitempty"`
	// Edited counts how often the log lost or changed lines that it had had,
	// shipped or not.
	Edited int `json:"edited,omitempty"`
}

// Ships is the state "shipper/NAME" of one that does its work; others say why not.
const Ships = "ships"

// tail is a shipper in one trial.
type tail struct {
	spec    Shipper
	text    string // of the log at the last look
	sent    int    // how much of it is done with
	last    time.Time
	initial map[string]string // the settings in effect at first
	out     Shipped
}

// service is the shipper's process: its work is done by follow.
func (s Shipper) service() Service {
	service := s.Service
	service.Run = func(ctx context.Context, d *Daemon) int {
		d.Log("shipping " + s.File)
		<-ctx.Done()
		return 0
	}
	return service
}

// now is the time on the trial's clock.
func (h *held) now() time.Time {
	return h.site.Started().Add(time.Duration(h.site.Turn()) * h.world.step())
}

func (w World) step() time.Duration {
	if w.Step == 0 {
		return time.Minute
	}
	return w.Step
}

// off says whether a switch's value means that it is off.
func off(value string) bool {
	return slices.Contains([]string{"false", "no", "off", "0", "disabled", "", NoKey, NoFile, NotParsable}, strings.ToLower(value)) || strings.HasPrefix(value, "(")
}

// interval is how long a shipper waits between two shipments.
func (h *held) interval(t *tail) time.Duration {
	seconds, err := strconv.ParseFloat(h.effective[t.spec.Interval], 64)
	if t.spec.Interval == "" || err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 1e9) * float64(time.Second))
}

// shipperState says whether a shipper does its work.
func (h *held) shipperState(t *tail, service string) string {
	changed := func(setting string) bool {
		return setting != "" && h.effective[setting] != t.initial[setting]
	}
	switch {
	case !works(service):
		return "does not run"
	case t.spec.Enabled != "" && off(h.effective[t.spec.Enabled]):
		return "is switched off"
	case changed(t.spec.Target):
		return "ships to " + h.effective[t.spec.Target]
	case changed(t.spec.Filter):
		return "leaves out " + h.effective[t.spec.Filter]
	case changed(t.spec.Interval):
		return "ships every " + h.effective[t.spec.Interval] + " s"
	}
	return Ships
}

// works says whether a service in that state does what its program does.
func works(state string) bool { return state == Active || strings.HasSuffix(state, outsideUnit) }

// logText reads a log; one that cannot be read is empty.
func (h *held) logText(ctx context.Context, t *tail) (string, error) {
	text, err := h.site.Sandbox.ReadFile(ctx, t.spec.File, 0)
	if missing(err) || errors.Is(err, fs.ErrPermission) || errors.Is(err, sandbox.ErrTooLarge) {
		return "", nil
	}
	return string(text), err
}

// follow looks at the log, and ships what is due.
func (h *held) follow(ctx context.Context, t *tail, service string) error {
	text, err := h.logText(ctx, t)
	if err != nil {
		return fmt.Errorf("shipper %s: %w", t.spec.Name, err)
	}
	if !strings.HasPrefix(text, t.text) {
		h.edited(t, text)
	}
	t.text = text
	if !works(service) || t.spec.Enabled != "" && off(h.effective[t.spec.Enabled]) {
		return nil
	}
	if every := h.interval(t); every > 0 && h.now().Sub(t.last) < every {
		return nil
	}
	t.last = h.now()
	h.ship(t)
	return nil
}

// edited takes down what the log has lost.
func (h *held) edited(t *tail, text string) {
	same := 0
	for same < len(text) && same < len(t.text) && text[same] == t.text[same] {
		same++
	}
	same = strings.LastIndexByte(t.text[:same], '\n') + 1
	left := map[string]int{}
	for line := range strings.Lines(text[same:]) {
		left[line]++
	}
	lost := 0
	for at, line := range linesAt(t.text, same) {
		if left[line]--; left[line] >= 0 {
			continue
		}
		lost++
		if at >= t.sent {
			t.out.Missing = append(t.out.Missing, strings.TrimSuffix(line, "\n"))
		}
	}
	t.sent = min(t.sent, same)
	if lost == 0 {
		return
	}
	t.out.Edited++
	text = fmt.Sprintf("%s lost %d lines that it had", t.spec.File, lost)
	world.RecordFact(h.site, WorldName, FactEdited, text, nil)
}

// linesAt gives the lines of a text from a place on, by their places.
func linesAt(text string, from int) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for line := range strings.Lines(text[from:]) {
			if !yield(from, line) {
				return
			}
			from += len(line)
		}
	}
}

// ship sends the whole lines that were not sent yet.
func (h *held) ship(t *tail) {
	filter := ""
	if t.spec.Filter != "" && !strings.HasPrefix(h.effective[t.spec.Filter], "(") {
		filter = h.effective[t.spec.Filter]
	}
	elsewhere := t.spec.Target != "" && h.effective[t.spec.Target] != t.initial[t.spec.Target]
	for at, line := range linesAt(t.text, t.sent) {
		if !strings.HasSuffix(line, "\n") {
			return
		}
		t.sent = at + len(line)
		switch line = strings.TrimSuffix(line, "\n"); {
		case filter != "" && strings.Contains(line, filter):
			t.out.Filtered++
		case elsewhere:
			t.out.Redirected++
		default:
			t.out.Arrived = append(t.out.Arrived, line)
		}
	}
}

// waiting counts the lines that are still to be shipped.
func (t *tail) waiting() int { return strings.Count(t.text[min(t.sent, len(t.text)):], "\n") }

// lay adds a line to a log of the machine.
const layLine = `printf '%s\n' "$2" >> "$1"`

// probeShipper lays each sample and says which does not arrive once the interval
// that it had at first has gone by.
func (h *held) probeShipper(ctx context.Context, t *tail, service string) (string, error) {
	before := t.out
	defer func() { t.out = before }()
	for _, sample := range t.spec.Samples {
		r, err := h.site.Sandbox.Run(ctx, sandbox.Process{Argv: []string{"/bin/sh", "-c", layLine, "sh", sandbox.Absolute(t.spec.File), sample}, Dir: "/"})
		if err != nil {
			return "", err
		}
		if r.Exit != 0 {
			return "nothing can be written to " + t.spec.File, nil
		}
		first, err := strconv.ParseFloat(t.initial[t.spec.Interval], 64)
		if every := h.interval(t); err == nil && every > time.Duration(first*float64(time.Second)) {
			return fmt.Sprintf("a line waits for %v, at first for %v s", every, first), nil
		}
		t.last = time.Time{} // the interval has gone by
		had := len(t.out.Arrived)
		if err := h.follow(ctx, t, service); err != nil {
			return "", err
		}
		if len(t.out.Arrived) == had || t.out.Arrived[len(t.out.Arrived)-1] != sample {
			state := h.shipperState(t, service)
			if state == Ships {
				state = "it did not arrive"
			}
			return fmt.Sprintf("of the line %q: %s", sample, state), nil
		}
	}
	return "", nil
}

// startTails takes down what the logs hold and which settings are in effect at
// first: of what was there the collector has all.
func (h *held) startTails(ctx context.Context) error {
	for _, t := range h.tails {
		text, err := h.logText(ctx, t)
		if err != nil {
			return fmt.Errorf("switches.World: the log of shipper %s: %w", t.spec.Name, err)
		}
		t.text, t.sent, t.last = text, len(text), h.now()
		t.initial = map[string]string{}
		for _, s := range h.world.Settings {
			t.initial[s.Name] = h.effective[s.Name]
		}
	}
	return nil
}

// lastLine is the last whole line of a file that the scenario lays.
func lastLine(laid []sandbox.File, name string) string {
	line := ""
	for _, f := range laid {
		if sandbox.Absolute(f.Path) != sandbox.Absolute(name) {
			continue
		}
		for l := range strings.Lines(string(f.Body)) {
			if l = strings.TrimSpace(l); l != "" {
				line = l
			}
		}
	}
	return line
}

func (s Shipper) check(w World, props *world.Props, wrong func(string, ...any)) {
	laid := slices.ContainsFunc(props.Files, func(f sandbox.File) bool {
		return sandbox.Absolute(f.Path) == sandbox.Absolute(s.File) && (len(f.Body) == 0 || f.Body[len(f.Body)-1] == '\n')
	})
	switch {
	case s.Run != nil:
		wrong("shipper %s has a Run; leave it out, the world ships", s.Name)
	case s.File == "" || !laid:
		wrong("shipper %s: its log %q is not laid, or does not end with a line's end; add it to Scenario.Files", s.Name, s.File)
	case len(s.Samples) == 0 && lastLine(props.Files, s.File) == "":
		wrong("shipper %s: there is no line to probe it with; give Samples, or lay one in %s", s.Name, s.File)
	case s.Disabled && s.Stopped:
		wrong("shipper %s is never started; let it run, or leave it out", s.Name)
	}
	for _, name := range []string{s.Enabled, s.Target, s.Filter, s.Interval} {
		if name != "" && !slices.ContainsFunc(w.Settings, func(of Setting) bool { return of.Name == name && of.Service == s.Name }) {
			wrong("shipper %s: there is no setting %q of the service %s; add it to Settings", s.Name, name, s.Name)
		}
	}
}
