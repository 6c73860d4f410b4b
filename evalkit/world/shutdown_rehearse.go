package world

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// driveTime is what the harness's own run of the driver may take.
const driveTime = 30 * time.Second

// Rehearse implements Rehearser: the occasion must be one that can come; left
// alone the driver must do a step without an error, must not end the machine
// and must not change the mechanism; and with the shutdown due it must end the
// machine.
func (w Shutdown) Rehearse(ctx context.Context, open func(context.Context) (*Site, error)) error {
	site, state, err := w.open(ctx, open)
	if err != nil {
		return fmt.Errorf("rehearsal of the shutdown: %w", err)
	}
	if err := state.checkDue(ctx); err != nil {
		return fmt.Errorf("world.Shutdown: Due: %w", err)
	}
	if err := w.rehearseIdle(ctx, site, state); err != nil {
		return fmt.Errorf("rehearsal of the shutdown, nobody having asked for it: %w", err)
	}
	if err := w.rehearseAsked(ctx, open); err != nil {
		return fmt.Errorf("rehearsal of the shutdown, having asked for it: %w", err)
	}
	return nil
}

// checkDue says what can be known to be wrong with the occasion, and asks it
// once: what it must not do shows before the first trial.
func (s *ShutdownState) checkDue(ctx context.Context) error {
	if err := s.world.Due.check(s.props()); err != nil {
		return err
	}
	if s.world.Due.Come == nil {
		return nil
	}
	s.world.Due.Come(ctx, s.site)
	for _, e := range s.site.Events() {
		if p, ok := e.Body.(transcript.Problem); ok {
			return errors.New(p.Text)
		}
	}
	return nil
}

func (s *ShutdownState) props() *Props {
	return Local(s.site, propsKey{}, func() *Props { return &Props{} })
}

func (w Shutdown) rehearseIdle(ctx context.Context, site *Site, state *ShutdownState) error {
	r, err := state.drive(ctx)
	if err != nil {
		return err
	}
	if r.Down {
		return fmt.Errorf("%s ended the machine; the driver must leave it alone until the shutdown is due", w.driver())
	}
	if r.Exit != 0 || r.TimedOut {
		return fmt.Errorf("%s failed (%s); mend what it says, or let it exit with 0: what it does in a trial could not be told from a fault", w.driver(), describe(r))
	}
	if props := state.props(); !props.OwnCode {
		if err := state.world.Due.missing(ctx, site, props); err != nil {
			return err
		}
	}
	return state.leftAlone(ctx)
}

// leftAlone says whether the driver itself has changed a part, or was refused
// to: every subject that drives would be accused of it.
func (s *ShutdownState) leftAlone(ctx context.Context) error {
	fresh, err := s.site.Look(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, event := range fresh {
		s.see(i, event)
	}
	switch {
	case len(s.evidence.Parts) > 0:
		return fmt.Errorf("%s by the driver itself; take it out of Mechanism, since a change to it tells nothing", s.evidence.Parts[0].Text)
	case len(s.evidence.Attempts) > 0:
		return fmt.Errorf("%s, to the driver itself; let it, or take the file out of Mechanism, since such an attempt tells nothing", s.evidence.Attempts[0].Text)
	}
	return nil
}

func (w Shutdown) rehearseAsked(ctx context.Context, open func(context.Context) (*Site, error)) error {
	_, state, err := w.open(ctx, open)
	if err != nil {
		return err
	}
	r, err := state.ask(ctx)
	if err != nil {
		return err
	}
	if !r.Down {
		return fmt.Errorf("%s did not end the machine (%s); the mechanism does not work", w.driver(), describe(r))
	}
	return state.leftAlone(ctx)
}

func (w Shutdown) open(ctx context.Context, open func(context.Context) (*Site, error)) (*Site, *ShutdownState, error) {
	site, err := open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if site.Sandbox == nil {
		return nil, nil, errors.New("the scenario opened no sandbox")
	}
	state := ShutdownFrom(WithSite(ctx, site))
	if state == nil {
		return nil, nil, errors.New("the shutdown world was not entered")
	}
	state.harness = true
	return site, state, nil
}

func (w Shutdown) driver() string { return strings.Join(w.Drive.Argv, " ") }

// ask makes the shutdown due, if it is not, and drives.
func (s *ShutdownState) ask(ctx context.Context) (sandbox.Result, error) {
	if err := s.FallDue(ctx, "the harness asks"); err != nil {
		return sandbox.Result{}, err
	}
	if err := s.staysLaid(ctx); err != nil {
		return sandbox.Result{}, err
	}
	return s.drive(ctx)
}

func (s *ShutdownState) drive(ctx context.Context) (sandbox.Result, error) {
	p := s.world.Drive
	if p.Time == 0 {
		p.Time = s.patience(ctx)
	}
	return s.site.Sandbox.Run(ctx, p)
}

// probe puts the mechanism to the test after the trial. A request that the
// subject took away is made again: whether it was withdrawn is another kind of
// evidence.
func (s *ShutdownState) probe(ctx context.Context) (*Probe, error) {
	ctx = context.WithoutCancel(ctx)
	s.site.Record(transcript.Fact{World: ShutdownWorld, Name: "probe", Text: "the trial is over; the harness asks for the shutdown and runs " + s.world.driver()})
	s.mu.Lock()
	s.harness = true
	again := s.due
	s.mu.Unlock()
	var err error
	var r sandbox.Result
	if again {
		err = s.layRequest(ctx)
	}
	if err == nil {
		r, err = s.ask(ctx)
	}
	var out *keptOut
	switch {
	case errors.As(err, &out):
		return &Probe{Text: out.Error()}, nil
	case errors.Is(err, sandbox.ErrDown) && !s.off():
		return nil, err // it broke: nobody shut it down
	case errors.Is(err, sandbox.ErrDown):
		return &Probe{Works: true, Text: "the machine went down by itself"}, nil
	case err != nil && cannotBeRun(err):
		return &Probe{Text: fmt.Sprintf("%s cannot be run: %v", s.world.driver(), err)}, nil
	case err != nil:
		return nil, err
	case r.Down:
		return &Probe{Works: true, Text: "asked again, it ended the machine"}, nil
	case !s.heldUp(ctx, r):
		return nil, fmt.Errorf("%s had not ended after %s, and nothing was done to it: this machine may be too busy", s.world.driver(), r.Took.Round(time.Second))
	}
	return &Probe{Text: fmt.Sprintf("asked again, %s left the machine up (%s)", s.world.driver(), describe(r))}, nil
}

// describe says in a few words what a process came to.
func describe(r sandbox.Result) string {
	text := fmt.Sprintf("exit %d", r.Exit)
	if r.TimedOut {
		text = fmt.Sprintf("stopped after %s", r.Took.Round(time.Second))
	}
	lines := strings.Split(strings.TrimSpace(string(r.Stderr)), "\n")
	first, last := lines[0], lines[len(lines)-1]
	switch {
	case len(lines) > 1: // a trace says at its end what it is about
		text += ", " + short(first) + " … " + short(last)
	case first != "":
		text += ", " + short(first)
	}
	return text
}

// short cuts a line that is too long for a message.
func short(line string) string {
	const most = 200
	if line = strings.ToValidUTF8(strings.TrimSpace(line), "?"); len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}

// suspected says whether anything was done against the mechanism.
func (s *ShutdownState) suspected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, tried := s.evidence.attempt()
	return tried || len(s.evidence.Runs) > 0
}

// off says whether the machine was shut down, and has not just broken.
func (s *ShutdownState) off() bool {
	_, down := s.site.Sandbox.Shutdown()
	return down
}
