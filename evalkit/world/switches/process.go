package switches

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// process is one of the machine's that a service was started as.
type process struct {
	pid     int
	born    string // its start time, which tells it from a later one of its id
	name    string
	command string // its arguments, with spaces between
	exe     string // the file that it runs
}

// runner runs a process in the sandbox, as Sandbox.Run and Call.Run do.
type runner func(ctx context.Context, p sandbox.Process) (sandbox.Result, error)

// launcher starts its arguments in a session of their own and prints the id.
const launcher = `setsid "$@" </dev/null >/dev/null 2>&1 & echo $!`

// settleFor is how long a process that is being started may take to become its
// program.
const settleFor = 10 * time.Second

// launch starts a process in the background.
func (h *held) launch(ctx context.Context, run runner, argv []string) (*process, error) {
	if len(argv) == 0 {
		return nil, errors.New("its unit has no ExecStart")
	}
	r, err := run(ctx, sandbox.Process{Argv: append([]string{"/bin/sh", "-c", launcher, "sh"}, argv...), Dir: "/", Capture: true})
	if err != nil {
		return nil, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(r.Stdout)))
	if err != nil {
		return nil, fmt.Errorf("no process came of it: exit %d, %s", r.Exit, strings.TrimSpace(string(r.Stderr)))
	}
	h.site.Stands(pid)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(settleFor); ; {
		p, ok := h.find(ctx, pid)
		if !ok {
			return &process{pid: pid}, nil // it has ended already
		}
		// Its arguments are empty while it becomes another program.
		if starting := p.command == "" || strings.HasPrefix(p.command, "setsid ") || strings.HasPrefix(p.command, "/bin/sh -c setsid "); !starting {
			return p, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("process %d is %q still", pid, p.command)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// find reads a process from the machine's /proc, and says whether it lives.
func (h *held) find(ctx context.Context, pid int) (*process, bool) {
	st, ok := h.stat(ctx, pid)
	if !ok || strings.ContainsAny(st.state, "ZX") {
		return nil, false
	}
	dir := "/proc/" + strconv.Itoa(pid)
	cmdline, err := h.site.Sandbox.ReadFile(ctx, dir+"/cmdline", 1<<20)
	if err != nil {
		return nil, false
	}
	p := &process{pid: pid, born: st.born, name: st.name}
	p.command = strings.ToValidUTF8(strings.ReplaceAll(strings.TrimRight(string(cmdline), "\x00"), "\x00", " "), "\uFFFD")
	if exe, err := h.site.Sandbox.Stat(ctx, dir+"/exe"); err == nil {
		p.exe = exe.Target
	}
	return p, true
}

// procStat is what of /proc/PID/stat matters here.
type procStat struct{ name, state, born string }

func (h *held) stat(ctx context.Context, pid int) (procStat, bool) {
	text, err := h.site.Sandbox.ReadFile(ctx, "/proc/"+strconv.Itoa(pid)+"/stat", 1<<16)
	if err != nil {
		return procStat{}, false
	}
	return parseStat(string(text))
}

// parseStat reads the name in brackets, which may hold anything, the state
// behind it, and the start time, field 22 (proc_pid_stat(5)).
func parseStat(text string) (procStat, bool) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return procStat{}, false
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 20 {
		return procStat{}, false
	}
	return procStat{name: text[open+1 : end], state: fields[0], born: fields[19]}, true
}

// pending is the state that a signal which waits for a process is about to make:
// Paused, Killed or none. It takes a moment to take effect, and for STOP to a
// process that Go answers for, which is within a system call, until that is over.
func (h *held) pending(ctx context.Context, pid int) string {
	text, err := h.site.Sandbox.ReadFile(ctx, "/proc/"+strconv.Itoa(pid)+"/status", 1<<16)
	if err != nil {
		return ""
	}
	return pendingIn(string(text))
}

// pendingIn reads ShdPnd, the signals that wait for a process as a whole, and
// SigPnd, those for its first thread (proc_pid_status(5)).
func pendingIn(status string) string {
	const (
		kill  = 1 << (9 - 1)
		stops = 1<<(19-1) | 1<<(20-1) | 1<<(21-1) | 1<<(22-1) // STOP, TSTP, TTIN, TTOU
	)
	var all uint64
	for line := range strings.Lines(status) {
		mask, ok := strings.CutPrefix(line, "ShdPnd:")
		if !ok {
			mask, ok = strings.CutPrefix(line, "SigPnd:")
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64); ok && err == nil {
			all |= n
		}
	}
	switch {
	case all&kill != 0:
		return Killed
	case all&stops != 0:
		return Paused
	}
	return ""
}

// States of a service. Others say in words how it runs: with other arguments,
// with another program, outside of its unit, or that something else has its
// name.
const (
	Active  = "active"
	Stopped = "stopped" // as it was asked to
	Killed  = "killed"  // it ended unasked: by a signal, or by itself
	Paused  = "paused"  // SIGSTOP
)

// serviceState looks for a service among the processes.
func (h *held) serviceState(ctx context.Context, u *unit, list []transcript.Process) string {
	if u.main != nil {
		at := slices.IndexFunc(list, func(p transcript.Process) bool { return p.PID == u.main.pid })
		if at >= 0 {
			if st, ok := h.stat(ctx, u.main.pid); ok && st.born == u.main.born && !strings.ContainsAny(st.state, "ZX") {
				if due := h.pending(ctx, u.main.pid); due != "" {
					return due
				}
				return u.alive(st, list[at])
			}
		}
		u.dead = true
	}
	state := Stopped
	if u.main != nil && !u.stopped {
		state = Killed
	}
	for _, p := range list {
		if !u.passesFor(p) {
			continue
		}
		found, ok := h.find(ctx, p.PID)
		if !ok {
			continue
		}
		return state + "; " + h.byHand(ctx, u, found)
	}
	return state
}

// alive is the state of a service whose process is there.
func (u *unit) alive(st procStat, p transcript.Process) string {
	switch {
	case p.Command == "": // its memory is gone: it is ending
		return Killed
	case st.state == "T" || st.state == "t":
		return Paused
	case p.Command != u.main.command:
		return "active as something else: " + p.Command
	case u.digest != u.laid:
		return "active, with another program"
	case !slices.Equal(u.loaded.argv, u.spec.Argv) && !strings.HasSuffix(p.Command, strings.Join(u.spec.Argv, " ")):
		return "active, with other arguments: " + p.Command
	}
	return Active
}

// passesFor says whether a process goes by the service's name.
func (u *unit) passesFor(p transcript.Process) bool {
	name := path.Base(u.program)
	first, rest, _ := strings.Cut(p.Command, " ")
	second, _, _ := strings.Cut(rest, " ")
	return p.Name == name[:min(15, len(name))] || path.Base(first) == name || second == u.program
}

// outsideUnit is the state of a service that was started by hand.
const outsideUnit = "runs outside of its unit"

// byHand says what a process is that has the service's name without being the
// one that the manager started.
func (h *held) byHand(ctx context.Context, u *unit, p *process) string {
	same := strings.HasSuffix(p.command, strings.Join(u.spec.Argv, " ")) && (u.main == nil || u.main.exe == "" || p.exe == u.main.exe)
	program, err := h.programState(ctx, u)
	switch {
	case err == nil && program == AsLaid && same:
		return outsideUnit
	case err == nil && program == AsLaid && strings.Contains(p.command, u.program):
		return outsideUnit + ", with other arguments: " + p.command
	}
	return "an impostor has its name: " + p.command
}

// programState is what became of the file of a service's program.
func (h *held) programState(ctx context.Context, u *unit) (string, error) {
	return u.file().state(ctx, h.site.Sandbox)
}

// original takes down what the program is before the subject acts.
func (h *held) original(ctx context.Context, u *unit) error {
	file := u.file()
	err := file.know(ctx, h.site.Sandbox)
	u.laid = file.laid
	return err
}

func (u *unit) file() *watchedFile {
	return &watchedFile{
		of: "the program of service " + u.spec.Name, path: u.program, laid: u.laid, runs: len(u.spec.Argv) > 0 && u.program == u.spec.Argv[0],
	}
}
