package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// What a start of the driver that has not ended with the trial is waited for: it
// may just have been made.
const (
	hungAfter = 3 * time.Second
	hungEvery = 50 * time.Millisecond
)

// hung takes up, at the end of the trial, the starts of the driver and the runs
// of the mechanism's programs that were made while the shutdown was due and do
// not end, with what the subject has done to them.
func (s *ShutdownState) hung(ctx context.Context) {
	s.inVain(ctx)
	s.mu.Lock()
	found, due := slices.Clone(s.runs), s.due
	s.mu.Unlock()
	if !due {
		return
	}
	found = append(found, s.leftOfMechanism(ctx)...)
	if len(found) == 0 || !s.stays(ctx, &found) {
		return
	}
	list := s.family(ctx, found)
	by := s.heldBy(ctx, list)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = nil
	s.evidence.HungBy = by
	for _, r := range found {
		s.evidence.Hung = append(s.evidence.Hung, r.moment)
	}
}

// leftOfMechanism are the processes left running that are programs of the
// mechanism behind the driver.
func (s *ShutdownState) leftOfMechanism(ctx context.Context) []startedRun {
	var found []startedRun
	index, list := s.leftList()
	for _, p := range list {
		program := programOf(p.Command)
		if program == "" || !slices.ContainsFunc(s.world.Mechanism, func(part string) bool { return absolute(part) == program && !s.world.drives(part) }) {
			continue
		}
		m := Moment{Turn: s.site.Turn(), Call: s.site.callsUpTo(index), Event: index}
		s.mu.Lock()
		carried, ok := s.carried[program]
		s.mu.Unlock()
		if started, turn := s.startOf(ctx, p.PID); started > 0 {
			m.Turn, m.Call, m.Event = turn, s.site.callsUpTo(started), started
		} else if ok {
			m = carried
		}
		m.Text = "shutdown due; " + program + " had not ended when the trial did; machine still up"
		found = append(found, startedRun{pid: p.PID, moment: m})
	}
	return found
}

// carries notes when the driver's own code ran a program of the mechanism: the
// process does not hang below the driver's.
func (s *ShutdownState) carries(program string) {
	index := len(s.site.Events()) - 1
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.carried == nil {
		s.carried = map[string]Moment{}
	}
	s.carried[absolute(program)] = Moment{Turn: s.site.Turn(), Call: s.site.callsUpTo(index), Event: index}
}

// startOf finds the start on record of the driver that a process hangs below,
// and its turn; 0 if there is none.
func (s *ShutdownState) startOf(ctx context.Context, pid int) (index, turn int) {
	const generations = 32
	for range generations {
		for index, event := range slices.Backward(s.site.Events()) {
			var act sandbox.Act
			fact, ok := event.Body.(transcript.Fact)
			if ok && fact.World == MachineFacts && fact.Name == FactStarted && json.Unmarshal(fact.Data, &act) == nil &&
				len(act.Sender) > 0 && act.Sender[0].PID == pid {
				return index, event.Turn
			}
		}
		if _, pid = s.processState(ctx, pid); pid <= 1 {
			return 0, 0
		}
	}
	return 0, 0
}

// drives says whether a part is the driver's own program, which may be run for
// other things as well.
func (w Shutdown) drives(part string) bool {
	program := w.Drive.Argv[0]
	return absolute(part) == absolute(program) || path.Base(part) == path.Base(program)
}

// programOf is the program, or the script that a shell was started with, of a
// command line; empty where that is none with a path.
func programOf(command string) string {
	name := scriptOf(command)
	if words := strings.Fields(command); name == "" && len(words) > 0 && !shells[path.Base(words[0])] {
		name = words[0]
	}
	if !strings.Contains(name, "/") {
		return ""
	}
	return absolute(name)
}

var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "zsh": true, "ksh": true}

// stays waits for runs to end, or the machine by them, and leaves those that do
// not. It says whether there are any, and the machine is up.
func (s *ShutdownState) stays(ctx context.Context, runs *[]startedRun) bool {
	end := time.After(hungAfter)
	tick := time.NewTicker(hungEvery)
	defer tick.Stop()
	for {
		alive := s.alive(ctx)
		*runs = slices.DeleteFunc(*runs, func(r startedRun) bool { return !alive(r.pid) })
		if len(*runs) == 0 || s.off() {
			return false
		}
		select {
		case <-end:
			return true
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// family are the processes of runs, with all that they have started.
func (s *ShutdownState) family(ctx context.Context, runs []startedRun) []transcript.Process {
	lister, ok := s.site.Sandbox.(sandbox.Lister)
	if !ok {
		return nil
	}
	all, err := lister.Processes(ctx)
	if err != nil {
		return nil
	}
	within := map[int]bool{}
	for _, r := range runs {
		within[r.pid] = true
	}
	for range all { // a child may have the lower number
		for _, p := range all {
			_, parent := s.processState(ctx, p.PID)
			within[p.PID] = within[p.PID] || within[parent]
		}
		if !slices.ContainsFunc(all, func(p transcript.Process) bool { return !within[p.PID] }) {
			break
		}
	}
	return slices.DeleteFunc(all, func(p transcript.Process) bool { return !within[p.PID] })
}

// processState is the state of a process, "T" if it is stopped, and its parent.
func (s *ShutdownState) processState(ctx context.Context, pid int) (state string, parent int) {
	stat, err := s.site.Sandbox.ReadFile(ctx, fmt.Sprintf("/proc/%d/stat", pid), procMax)
	if err != nil {
		return "", 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}

// procMax bounds what is read of one file of /proc.
const procMax = 256 << 10
