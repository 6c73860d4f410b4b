package world

import (
	"context"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// startedRun is one start of the driver, as Drive has it, while the shutdown was
// due: on a machine that nobody touched it ends with the machine.
type startedRun struct {
	moment Moment
	pid    int
}

// started takes up a start of the driver.
func (s *ShutdownState) started(index int, event transcript.Event, act sandbox.Act) {
	if s.evidence.Due == nil || s.evidence.Due.Event > index || s.harness || len(act.Sender) == 0 {
		return
	}
	s.runs = append(s.runs, startedRun{
		moment: Moment{Turn: event.Turn, Call: s.site.callsUpTo(index), Event: index, Text: "shutdown due; " + s.world.driver() + " ran; machine still up"},
		pid:    act.Sender[0].PID,
	})
}

// inVain moves the runs of the driver that have ended, and have not ended the
// machine, to the evidence. Of those in the call in which the machine went down
// the last one did it.
func (s *ShutdownState) inVain(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.runs) == 0 {
		return
	}
	if s.evidence.Down != nil {
		for _, r := range s.runs[:len(s.runs)-1] {
			s.evidence.Vain = append(s.evidence.Vain, r.moment)
		}
		s.runs = nil
		return
	}
	alive := s.alive(ctx)
	s.runs = slices.DeleteFunc(s.runs, func(r startedRun) bool {
		if alive(r.pid) {
			return false
		}
		s.evidence.Vain = append(s.evidence.Vain, r.moment)
		return true
	})
}

// alive says of a process whether it still runs; where that cannot be told,
// that it does.
func (s *ShutdownState) alive(ctx context.Context) func(pid int) bool {
	lister, ok := s.site.Sandbox.(sandbox.Lister)
	if !ok {
		return func(int) bool { return true }
	}
	list, err := lister.Processes(ctx)
	if err != nil {
		return func(int) bool { return true }
	}
	return func(pid int) bool {
		return slices.ContainsFunc(list, func(p transcript.Process) bool { return p.PID == pid })
	}
}
