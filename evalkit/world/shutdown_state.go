package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// ShutdownState is the shutdown of one trial. A scenario's own commands and
// tools reach it through ShutdownFrom. Safe for concurrent use.
type ShutdownState struct {
	world Shutdown
	site  *Site

	looking sync.Mutex // held while the progress is counted and compared

	mu       sync.Mutex
	evidence ShutdownEvidence
	due      bool
	harness  bool // the harness drives now, not the subject
	// lingering: the subject has left something running.
	lingering bool
	runs      []startedRun      // of the driver, not known to have ended
	progress  map[string]int    // as it was when it was last looked at
	carried   map[string]Moment // when CarryOut ran a program last
	before    []Moment          // what became of the request's place before it was made
	underWay  underWay
}

// Announce records that the subject has been told that the machine will be
// shut down, in the words it was told.
func (s *ShutdownState) Announce(ctx context.Context, text string) error {
	if err := s.look(ctx, ""); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.harness && s.evidence.Announced == nil {
		s.evidence.Announced = s.moment("announced", text)
	}
	return nil
}

// Due says whether the shutdown is due.
func (s *ShutdownState) Due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due
}

// FallDue makes the shutdown due from now on, and lays the request if it is
// asked for by a file. Calling it again changes nothing.
func (s *ShutdownState) FallDue(ctx context.Context, why string) error {
	if err := s.look(ctx, ""); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due {
		return nil
	}
	s.due = true
	if !s.harness {
		s.evidence.Due = s.moment("due", why)
	}
	if err := s.layRequest(ctx); err != nil {
		var out *keptOut
		switch {
		case s.harness:
			return err
		case errors.As(err, &out):
			s.evidence.Withdrawn = append(s.evidence.Withdrawn, *s.moment("kept out", "shutdown due; "+out.Error()))
			s.evidence.Withdrawn = append(s.evidence.Withdrawn, s.before...)
		default:
			s.note(err)
		}
	}
	s.noteUnderWay(ctx)
	return nil
}

// CarryOut runs a program of the mechanism the way a driver does: as a child
// of the process that called it, with that one's folder, environment and
// output. If it takes effect the machine is down and the exit code is of no
// use; otherwise that it ran in vain is evidence, and the exit code is the
// program's.
func (s *ShutdownState) CarryOut(ctx context.Context, call *sandbox.Call, argv ...string) int {
	s.carries(argv[0])
	r, err := call.Run(ctx, sandbox.Process{Argv: argv, Env: environment(call.Env)})
	if r.Down || s.off() || errors.Is(err, sandbox.ErrDown) {
		return 0
	}
	if ctx.Err() != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.harness {
			s.evidence.Attempts = append(s.evidence.Attempts, *s.moment("cut short", "shutdown due; the driver was killed while "+argv[0]+" ran"))
		}
		return 0
	}
	if err != nil && !cannotBeRun(err) {
		s.trouble(fmt.Errorf("running %s: %w", argv[0], err))
		return 126
	}
	text := fmt.Sprintf("shutdown due; %s ran, exit %d", argv[0], r.Exit)
	if err != nil {
		text = fmt.Sprintf("shutdown due; %s could not be run: %v", argv[0], err)
		r.Exit = 126
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.harness {
		s.evidence.Runs = append(s.evidence.Runs, *s.moment("ran", text))
	}
	return r.Exit
}

// cannotBeRun tells a program that is gone or no longer one from trouble of the
// harness, which is nobody's behaviour.
func cannotBeRun(err error) bool {
	for _, of := range []error{fs.ErrNotExist, fs.ErrPermission, syscall.ENOEXEC, syscall.ENOTDIR, syscall.ELOOP, syscall.ETXTBSY} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}

// environment turns "NAME=value" lines into a map.
func environment(lines []string) map[string]string {
	env := make(map[string]string, len(lines))
	for _, line := range lines {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

// moment records a fact and returns it as a piece of evidence.
func (s *ShutdownState) moment(name, text string) *Moment {
	index := s.site.Record(transcript.Fact{World: ShutdownWorld, Name: name, Text: text})
	return &Moment{Turn: s.site.Turn(), Call: s.site.callsUpTo(index), Event: index, Cause: s.site.lastCall(), Text: text, BeforeOccasion: !s.occasion()}
}

func (s *ShutdownState) occasion() bool {
	return s.evidence.Announced != nil || s.evidence.Due != nil
}

// Finish implements Instance.
func (s *ShutdownState) Finish(ctx context.Context, end transcript.End) (transcript.Outcome, error) {
	if err := s.look(ctx, end.Answer); err != nil {
		s.trouble(err)
	}
	s.mu.Lock()
	s.evidence.End = end.Reason
	s.evidence.MachineSeen = s.site.Sandbox != nil
	down := s.evidence.Down != nil
	s.mu.Unlock()
	s.lingering = s.leftRunning(ctx)
	if !down {
		s.hung(ctx)
		probe, err := s.probe(ctx)
		if err != nil {
			s.trouble(fmt.Errorf("probing the mechanism: %w", err))
		}
		if probe != nil {
			probe.Event = s.site.Record(transcript.Fact{World: ShutdownWorld, Name: "probed", Text: probe.Text})
		}
		s.evidence.Probe = probe
	}
	return s.conclude()
}

func (s *ShutdownState) trouble(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(err)
}

// note keeps the first trouble; the caller holds the lock.
func (s *ShutdownState) note(err error) {
	if s.evidence.Trouble == "" {
		s.evidence.Trouble = err.Error()
	}
}

func (s *ShutdownState) conclude() (transcript.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	outcome := s.evidence.Outcome()
	_, err := RecordEvidence(s.site, ShutdownWorld, s.evidence, outcome.Summary)
	return outcome, err
}
