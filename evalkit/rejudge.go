package evalkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// logged serves the trials of a log in place of drawing any.
type logged struct {
	s    *series
	log  *evallog.Log
	void []int
	last int
	// judgings are those that the log's header names, where it is all there is.
	judgings []judging
	// heard are answers of judges that were asked anew.
	heard hearings
}

// rejudge finds the log of this series and makes it the source of its trials.
func (ts *Trials) rejudge(q Question) error {
	s := ts.s
	paths, err := evallog.Find(s.set.rejudge)
	if err != nil {
		return fmt.Errorf("EVALKIT_REJUDGE: %w", err)
	}
	found, others, err := s.findLog(paths)
	if err != nil {
		return fmt.Errorf("EVALKIT_REJUDGE: %w", err)
	}
	if found == nil {
		return fmt.Errorf("EVALKIT_REJUDGE=%s holds no log of series %d of the spec %q on %s; it has\n%s",
			s.set.rejudge, s.ordinal, s.spec, s.title(), strings.Join(others[:min(len(others), 5)], "\n"))
	}
	s.t.Cleanup(func() { found.Close() })
	l := &logged{s: s, log: found, void: found.Void()}
	if numbers := found.Numbers(); len(numbers) > 0 {
		l.last = numbers[len(numbers)-1]
	}
	tools, err := l.tools()
	if err != nil {
		return fmt.Errorf("EVALKIT_REJUDGE: %w", err)
	}
	ts.setting = Setting{Scenario: s.scenario, Subject: s.info, Tools: tools, Start: l.start()}
	if err := ts.check(q); err != nil {
		return err
	}
	s.set.concurrency = 1 // in order: nothing is ever pending
	ts.mu.Lock()
	ts.source = l
	ts.mu.Unlock()
	return nil
}

// findLog opens the newest log of this series; others tells what the rest is.
func (s *series) findLog(paths []string) (found *evallog.Log, others []string, err error) {
	for _, path := range slices.Backward(paths) {
		log, err := evallog.Open(path)
		if err != nil {
			return nil, nil, err
		}
		h, err := log.Header()
		if err != nil {
			return nil, nil, errors.Join(err, log.Close())
		}
		if s.wrote(h) {
			return log, nil, nil
		}
		others = append(others, fmt.Sprintf("%s: %q, %s in %s (%s)", path, h.Spec, h.Model, h.Task, h.Condition))
		if err := log.Close(); err != nil {
			return nil, nil, err
		}
	}
	return nil, others, nil
}

// wrote says whether a log is one of this series.
func (s *series) wrote(h evallog.Header) bool {
	return h.Spec == s.spec && h.Model == s.info.Name && h.Task == s.scenario.Name && h.Condition == s.scenario.Condition &&
		fmt.Sprint(h.Metadata["ordinal"]) == fmt.Sprint(s.ordinal) && h.Metadata["look"] != true
}

// tools are those that the log says the subject was offered.
func (l *logged) tools() ([]Tool, error) {
	infos, err := l.log.Tools()
	if err != nil {
		return nil, err
	}
	var tools []Tool
	for _, t := range infos {
		tools = append(tools, Tool{Name: t.Name, Doc: t.Description, Parameters: t.Parameters, Ends: t.Name == "submit"})
	}
	return tools, nil
}

// start is what was observed at the start of the first logged trial.
func (l *logged) start() *transcript.Snapshot {
	for record, err := range l.log.All() {
		if err != nil {
			continue
		}
		for _, e := range record.Events {
			if snapshot, ok := e.Body.(transcript.Snapshot); ok {
				return &snapshot
			}
		}
		return nil
	}
	return nil
}

// after implements source. Numbers without a sample were under way when the run
// was killed: leaving them out would favour the quick.
func (l *logged) after(number int) (int, bool) {
	for number++; number <= l.last; number++ {
		if !slices.Contains(l.void, number) {
			return number, true
		}
	}
	return 0, false
}

// trial implements source.
func (l *logged) trial(_ context.Context, number int) (facts, bool, error) {
	record, err := l.record(number, evallog.Ref{})
	if errors.Is(err, evallog.ErrNoSample) {
		return facts{}, true, nil
	}
	if err != nil {
		return facts{}, false, err
	}
	return factsOf(record), wasCut(record), nil
}

// record implements source.
func (l *logged) record(number int, _ evallog.Ref) (*transcript.Record, error) {
	r, err := l.log.Sample(number)
	if err != nil {
		return r, err
	}
	if err := l.judgeAgain(r); err != nil {
		return r, err
	}
	l.classAgain(r)
	return r, nil
}

// classAgain gives a record the outcomes of today's rules, as far as the
// scenario's worlds have one that reads the record. What such a rule cannot
// read, the matchers say.
func (l *logged) classAgain(r *transcript.Record) {
	for i, o := range r.Outcomes {
		for _, w := range l.s.scenario.World {
			classer, ok := w.(world.Classer)
			if !ok || w.Name() != o.World {
				continue
			}
			if again, err := classOfTrial(classer, r); err == nil {
				r.Outcomes[i] = again
			}
		}
	}
}

// path implements source.
func (l *logged) path() string { return l.log.Path() }
