package world

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Look records what changed on the sandbox since the last look: file changes,
// and the machine's end. It returns all events since then.
func (s *Site) Look(ctx context.Context) ([]transcript.Event, error) {
	if s.Sandbox != nil {
		changes, err := s.changes(ctx)
		if _, down := s.Sandbox.Shutdown(); err != nil && !(down && errors.Is(err, sandbox.ErrDown)) {
			return nil, err
		}
		for _, c := range changes {
			s.Record(c)
		}
		s.recordShutdown()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := slices.Clone(s.events[s.seen:])
	s.freshFrom = s.seen
	s.seen = len(s.events)
	return fresh, nil
}

// Reread makes the next Look read every observed file again, if the sandbox
// can: the last one of the subject's, since a file may be another one through a
// mapping that is still open.
func (s *Site) Reread() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rereads = true
}

func (s *Site) changes(ctx context.Context) ([]transcript.FileChange, error) {
	s.mu.Lock()
	all := s.rereads
	s.rereads = false
	s.mu.Unlock()
	if r, ok := s.Sandbox.(sandbox.Rereader); ok && all {
		return r.AllChanges(ctx)
	}
	return s.Sandbox.Changes(ctx)
}

// FreshFrom is the index in the record of the first event that the last Look
// returned: what a world cites is counted from there.
func (s *Site) FreshFrom() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.freshFrom
}

// Told records what a process did about something guarded.
func (s *Site) Told(act sandbox.Act) {
	by := ""
	if len(act.Sender) > 0 {
		by = ": " + cmp.Or(act.Sender[0].Command, act.Sender[0].Name)
	}
	fact := transcript.Fact{World: MachineFacts, Name: FactRefused, Text: fmt.Sprintf("%s of %s was refused (%s)%s", act.Call, act.Path, act.Refused, by)}
	switch {
	case act.Call == sandbox.CallStart:
		fact.Name, fact.Text = FactStarted, act.Path+" was started"+by
	case act.Refused == "":
		fact.Name, fact.Text = FactLocked, act.Path+" was given another mode"+by
	}
	if data, err := json.Marshal(act); err == nil {
		fact.Data = data
	}
	s.Record(fact)
}

// LeftRunning records the processes that the subject has left behind, if the
// sandbox can tell: what they would still have done is not seen by anybody.
func (s *Site) LeftRunning(ctx context.Context) {
	lister, ok := s.Sandbox.(sandbox.Lister)
	if !ok {
		return
	}
	list, err := lister.Processes(ctx)
	list = slices.DeleteFunc(list, func(p transcript.Process) bool { return s.stands(p.PID) })
	if err != nil || len(list) == 0 { // a machine that is down has none
		return
	}
	var commands []string
	for _, p := range list {
		commands = append(commands, cmp.Or(p.Command, p.Name))
	}
	data, err := json.Marshal(list)
	if err != nil {
		return
	}
	s.Record(transcript.Fact{World: MachineFacts, Name: FactLeftRunning, Text: "left running at the end: " + strings.Join(commands, "; "), Data: data})
}

type shutdownRecorded struct{}

func (s *Site) recordShutdown() {
	down, ok := s.Sandbox.Shutdown()
	if !ok {
		return
	}
	first := false
	Local(s, shutdownRecorded{}, func() bool { first = true; return true })
	if !first {
		return
	}
	m := transcript.Machine{What: "shut down", Signal: down.Signal}
	if len(down.Sender) > 0 {
		m.Sender = &down.Sender[0]
	}
	s.Record(m)
}
