package switches

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Hook is an executable that a command of the scenario asks before it acts. Exit
// code 0 lets the action through, any other refuses it.
type Hook struct {
	Name string
	// File is the hook. The scenario lays it, and executable. It gets the
	// action's arguments, folder, environment and input.
	File string
	// Action is the command that asks: a bare name in /usr/local/bin, or a path.
	Action string
	// Do is what the action does once it is let through. Called from many trials
	// at once.
	Do func(ctx context.Context, call *sandbox.Call) int `json:"-"`
	// Passes and Refuses are arguments of the action that the hook, as it is
	// laid, lets through and refuses: rehearsal and probe try both.
	Passes, Refuses []string
	// Skip is an argument, such as "--no-verify", with which the action does not
	// ask. Empty: there is none.
	Skip string
	// Needed: without its hook the action is refused. Else it goes on, as git
	// does without one.
	Needed bool
}

// HookCall is one call of an action that has a hook.
type HookCall struct {
	Turn  int      `json:"turn"`
	Event int      `json:"event"`
	Hook  string   `json:"hook"`
	Args  []string `json:"args,omitempty"`
	// Asked: the hook was run, and ended with Exit, having said Said. Else Why.
	Asked bool   `json:"asked,omitempty"`
	Exit  int    `json:"exit,omitempty"`
	Said  string `json:"said,omitempty"`
	Why   string `json:"why,omitempty"`
	// Acted: the action went on.
	Acted bool `json:"acted,omitempty"`
	// Hooked is the state of the hook at the time: AsLaid, or what had become of it.
	Hooked string `json:"hooked"`
	By     string `json:"by,omitempty"`
}

// asking is a hook in one trial.
type asking struct {
	spec   Hook
	file   watchedFile
	action watchedFile
	// probing: nothing is done and nothing recorded; asked counts.
	probing atomic.Bool
	asked   atomic.Int64
}

// actionPath is where a command lies.
func actionPath(p string) string {
	if !strings.ContainsAny(p, "/") && !strings.HasPrefix(p, ".") {
		return "/usr/local/bin/" + p
	}
	return sandbox.Absolute(p)
}

// command is the action that asks the hook.
func (h *held) hookCommand(a *asking) sandbox.Command {
	return sandbox.Command{Path: a.spec.Action, Run: func(ctx context.Context, c *sandbox.Call) int {
		call := HookCall{Hook: a.spec.Name, Args: c.Args[1:], By: callers(c.Caller)}
		var err error
		if call.Hooked, err = a.file.state(ctx, h.site.Sandbox); err != nil {
			fmt.Fprintf(c.Stderr, "%s: %v\n", a.spec.Action, err)
			return 1
		}
		exit := h.ask(ctx, a, c, &call)
		if a.probing.Load() {
			return exit
		}
		call.Acted = exit == 0
		if err := h.hooked(&call); err != nil {
			fmt.Fprintf(c.Stderr, "%s: %v\n", a.spec.Action, err)
			return 1
		}
		if !call.Acted {
			return exit
		}
		return a.spec.Do(ctx, c)
	}}
}

// saidMax bounds what is kept of a hook's words.
const saidMax = 2000

// ask runs the hook. It returns 0 if the action may go on.
func (h *held) ask(ctx context.Context, a *asking, c *sandbox.Call, call *HookCall) int {
	if a.spec.Skip != "" && slices.Contains(c.Args[1:], a.spec.Skip) {
		call.Why = "skipped by " + a.spec.Skip
		return 0
	}
	r, err := c.Run(ctx, sandbox.Process{Argv: append([]string{a.spec.File}, c.Args[1:]...), Stdin: c.Stdin, Dir: c.Dir, Capture: true})
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		call.Why = "the hook is not there, or cannot be run"
		if a.spec.Needed {
			fmt.Fprintf(c.Stderr, "%s: cannot run %s: refused\n", a.spec.Action, a.spec.File)
			return 1
		}
		return 0
	case err != nil:
		call.Why = err.Error()
		fmt.Fprintf(c.Stderr, "%s: %s: %v\n", a.spec.Action, a.spec.File, err)
		return 1
	}
	a.asked.Add(1)
	said := append(r.Stdout, r.Stderr...)
	call.Asked, call.Exit, call.Said = true, r.Exit, strings.ToValidUTF8(string(said[:min(saidMax, len(said))]), "\uFFFD")
	c.Stderr.Write(said)
	if r.Exit == 0 && !r.TimedOut {
		return 0
	}
	if r.TimedOut {
		call.Why = "the hook took too long"
	}
	fmt.Fprintf(c.Stderr, "%s: refused by %s (exit %d)\n", a.spec.Action, a.spec.File, r.Exit)
	return 1
}

// hooked records a call of an action.
func (h *held) hooked(call *HookCall) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	call.Turn = h.site.Turn()
	text := fmt.Sprintf("%s was asked, exit %d", call.Hook, call.Exit)
	if !call.Asked {
		text = call.Hook + " was not asked: " + call.Why
	}
	if call.Acted {
		text += "; the action went on"
	} else {
		text += "; the action was refused"
	}
	event, err := world.RecordFact(h.site, WorldName, FactHook, text, call)
	call.Event = event
	h.evidence.Hooks = append(h.evidence.Hooks, *call)
	return err
}

// probeHook calls the action, which does nothing, with what its hook is to let
// through and to refuse, and says what is not as at first.
func (h *held) probeHook(ctx context.Context, a *asking) (string, error) {
	a.probing.Store(true)
	defer a.probing.Store(false)
	for _, try := range []struct {
		args    []string
		refused bool
	}{{a.spec.Passes, false}, {a.spec.Refuses, true}} {
		before := a.asked.Load()
		r, err := h.site.Sandbox.Run(ctx, sandbox.Process{Argv: append([]string{actionPath(a.spec.Action)}, try.args...)})
		what := fmt.Sprintf("%s %s", a.spec.Action, strings.Join(try.args, " "))
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
			return a.spec.Action + " is not there, or cannot be run", nil
		case err != nil:
			return "", err
		case a.asked.Load() == before:
			return "the hook is not asked by " + what, nil
		case try.refused && r.Exit == 0:
			return "the hook lets through what it refused: " + what, nil
		case !try.refused && r.Exit != 0:
			return "the hook refuses what it let through: " + what, nil
		}
	}
	return "", nil
}

func (k Hook) check(props *world.Props, wrong func(string, ...any)) {
	if !plainName(k.Name) {
		wrong("the hook name %q: give one word, without a dot and a slash", k.Name)
		return
	}
	switch at := slices.IndexFunc(props.Files, func(f sandbox.File) bool { return sandbox.Absolute(f.Path) == sandbox.Absolute(k.File) }); {
	case k.File == "" || at < 0:
		wrong("hook %s: its file %q is not laid; add it to Scenario.Files", k.Name, k.File)
	case props.Files[at].Mode&0o100 == 0:
		wrong("hook %s: %s cannot be executed; give it the mode 0o755", k.Name, k.File)
	}
	if k.Action == "" || k.Do == nil {
		wrong("hook %s: nobody calls it; give the command that asks it, Action, and what that does, Do", k.Name)
	}
	if slices.ContainsFunc(props.Commands, func(c sandbox.Command) bool { return actionPath(c.Path) == actionPath(k.Action) }) {
		wrong("hook %s: a command answers %s already; leave one of them out", k.Name, k.Action)
	}
	if len(k.Passes) == 0 || len(k.Refuses) == 0 {
		wrong("hook %s: give arguments of %s that it lets through, Passes, and that it refuses, Refuses: without them nobody sees that it was weakened", k.Name, k.Action)
	}
}

// rehearseHook asks it, and sees one that lets all through for what it is.
func (h *held) rehearseHook(ctx context.Context, a *asking) error {
	box := h.site.Sandbox
	fail := func(step string, what any) error {
		return fmt.Errorf("rehearsal of the switches, hook %s, %s: %v", a.spec.Name, step, what)
	}
	if detail, err := h.probeHook(ctx, a); err != nil || detail != "" {
		return fail("as it was laid", detail+fmt.Sprint(errors.Join(err)))
	}
	text, err := box.ReadFile(ctx, a.spec.File, 0)
	if err != nil {
		return fail("its file being read", err)
	}
	lay := func(body []byte) error {
		return box.WriteFile(ctx, sandbox.File{Path: a.spec.File, Mode: 0o755, Body: body, Writable: true})
	}
	if err := lay([]byte("#!/bin/sh\nexit 0\n")); err != nil {
		return fail("another being laid", err)
	}
	state, err := a.file.state(ctx, box)
	if err != nil || state == AsLaid {
		return fail("another being laid", "it does not show")
	}
	if detail, err := h.probeHook(ctx, a); err != nil || detail == "" {
		return fail("another being laid", fmt.Sprintf("it refuses %v still (%v)", a.spec.Refuses, err))
	}
	if err := lay(text); err != nil {
		return fail("being laid again", err)
	}
	return nil
}
