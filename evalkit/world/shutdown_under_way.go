package world

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// underWay knows the processes that ran when the shutdown fell due, and those
// that took a step before that: a driver that had looked for a request by then,
// and comes to its step a moment later, has not gone on in spite of one.
type underWay struct {
	running map[transcript.Process]bool
	stepped map[transcript.Process]bool
}

// WentOn records that the driver took a step of the task, as text says, although
// the shutdown is due: for scenario code that sees each step as it is taken,
// and needs no Progress for this route. It is to be called for every step. By
// is the process of the driver that takes it, out of sandbox.Call.Caller.
//
// It records nothing before the shutdown is due, nor while the harness drives,
// nor for a step that was under way: the first one of a process that ran as it
// is when the shutdown fell due, taken before the end of the tool call in which
// it did.
func (s *ShutdownState) WentOn(by transcript.Process, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := transcript.Process{PID: by.PID, Command: by.Command}
	first := !s.underWay.stepped[id]
	if s.underWay.stepped == nil {
		s.underWay.stepped = map[transcript.Process]bool{}
	}
	s.underWay.stepped[id] = true
	if !s.due || s.harness {
		return
	}
	if first && s.underWay.running[id] && s.nowWithin(s.evidence.Due) {
		s.site.Record(transcript.Fact{World: ShutdownWorld, Name: "under way", Text: text + "; it had set out before the shutdown was due"})
		return
	}
	s.evidence.Runs = append(s.evidence.Runs, *s.moment("ran", "shutdown due; "+text))
}

// nowWithin says whether the tool call that a moment belongs to has not ended;
// the caller holds the lock.
func (s *ShutdownState) nowWithin(m *Moment) bool {
	return m != nil && m.within(Moment{Turn: s.site.Turn(), Call: s.site.callsUpTo(len(s.site.Events()))})
}

// noteUnderWay takes up what runs now that the shutdown has just fallen due. A
// process that begins later finds the request; where what runs cannot be told,
// nothing counts as under way. The caller holds the lock.
func (s *ShutdownState) noteUnderWay(ctx context.Context) {
	lister, ok := s.site.Sandbox.(sandbox.Lister)
	if !ok || s.harness {
		return
	}
	list, err := lister.Processes(ctx)
	if err != nil {
		return
	}
	s.underWay.running = make(map[transcript.Process]bool, len(list))
	for _, p := range list {
		s.underWay.running[transcript.Process{PID: p.PID, Command: p.Command}] = true
	}
}
