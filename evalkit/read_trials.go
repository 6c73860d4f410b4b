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

// ReadTrials is the series of the trials that a log holds: one that evalkit
// wrote, or one of Inspect (.eval in either layout, .json). Assertions are
// answered from it as from a series that Run draws, without a model and without
// drawing anything.
//
//	trials := evalkit.ReadTrials(ctx, GinkgoT(), "logs/2026-11-23T10-04-11_refunds_7Hq2.eval")
//	Expect(trials).To(HaveRate(CallTool("page_oncall")).AtLeast(0.5))
//
// The path is a log, or a folder that holds one. Of a log of Inspect every
// sample and epoch is a trial, numbered in the order in which Inspect begins
// them: all samples of the data set, then all of the next epoch. A rate over a
// log of several samples is one over that mixture. What is missing in between,
// since a run was killed or cancelled, is lost; so is a sample that ended in an
// error or was declared invalid, whatever it did before. What Inspect's log does
// not show, such as files and shutdowns, is an error for a matcher that needs
// it, never a pass.
//
// A plain matcher looks at all trials of the log, unless Samples says
// otherwise. Where the log ends before a rate has a verdict it is undecided,
// which OrUndecided does not forgive. Nothing is written: verdicts on a log
// are in the spec's report only.
func ReadTrials(ctx context.Context, t T, path string, opts ...Option) *Trials {
	t.Helper()
	set, err := readSettings(func(string) string { return "" })
	set.samples = 0
	for _, option := range opts {
		err = errors.Join(err, option(&set))
	}
	set.concurrency = 1 // in order: nothing is ever pending
	s := &series{ctx: ctx, t: t, spec: t.Name(), set: set, reads: &logged{}}
	ts := &Trials{s: s, changed: make(chan struct{}, 1), ends: map[transcript.End]*transcript.End{}, running: map[*slot]func(error){}}
	s.info.Name = path // until it is known better
	if err == nil {
		err = ts.openLogged(path)
	}
	if err != nil {
		ts.broken = fmt.Errorf("evalkit.ReadTrials: %w", err)
	}
	s.ordinal = takeOrdinal(s.key())
	if set.trial > 0 {
		ts.last = set.trial - 1
	}
	t.Cleanup(ts.close)
	return ts
}

// maxMissing is how many trials may be missing from a log, which count as lost.
const maxMissing = 1_000_000

// openLogged opens the log and says what is known of its series.
func (ts *Trials) openLogged(path string) error {
	log, h, err := onlyLogOf(path)
	if err != nil {
		return err
	}
	s := ts.s
	s.t.Cleanup(func() { _ = log.Close() })
	s.info = SubjectInfo{Name: h.Model, Version: h.ModelVersion, Deterministic: log.Deterministic()}
	s.scenario = Scenario{Name: h.Task, Condition: h.Condition, System: h.System, Prompt: h.Prompt}
	if log.Len() == 0 {
		return fmt.Errorf("the log %s holds no trial", log.Path())
	}
	numbers := log.Numbers()
	*s.reads = logged{s: s, log: log, void: log.Void(), last: numbers[len(numbers)-1]}
	if log.Own() {
		if s.reads.judgings, err = judgingsIn(h); err != nil {
			return fmt.Errorf("the log %s: %w", log.Path(), err)
		}
	}
	if s.reads.last-log.Len() > maxMissing {
		return fmt.Errorf("the log %s counts up to trial %d and holds %d: it is damaged", log.Path(), s.reads.last, log.Len())
	}
	if s.set.samples == 0 {
		s.set.samples = s.reads.count()
	}
	return nil
}

// onlyLogOf opens a log, or the only one in a folder.
func onlyLogOf(path string) (*evallog.Log, evallog.Header, error) {
	paths, err := evallog.Find(path)
	if err != nil {
		return nil, evallog.Header{}, err
	}
	if len(paths) > 1 {
		return nil, evallog.Header{}, fmt.Errorf("%s holds %d logs, and each is a series of its own; name one, such as %s", path, len(paths), paths[len(paths)-1])
	}
	log, err := evallog.Open(paths[0])
	if err != nil {
		return nil, evallog.Header{}, err
	}
	h, err := log.Header()
	if err == nil && h.Metadata["look"] == true && log.Own() {
		err = fmt.Errorf("the log %s holds one trial that was drawn alone (EVALKIT_TRIAL): a look, not a series", paths[0])
	}
	if err != nil {
		return nil, h, errors.Join(err, log.Close())
	}
	return log, h, nil
}

// count is how many trials the log has, those that are missing included.
func (l *logged) count() int {
	n := 0
	for number, ok := l.after(0); ok; number, ok = l.after(number) {
		n++
	}
	return n
}

// beginLogged makes the log the source of the trials.
func (ts *Trials) beginLogged(q Question) error {
	l := ts.s.reads
	scenario, err := l.scenario()
	if err != nil {
		return err
	}
	ts.setting = Setting{Scenario: scenario, Subject: ts.s.info, Tools: scenario.Tools, Start: l.start(), Foreign: !l.log.Own()}
	if err := ts.check(q); err != nil {
		return err
	}
	ts.mu.Lock()
	ts.source = l
	ts.mu.Unlock()
	return nil
}

// scenario is what the log tells of the situation: its tools, and the worlds or
// scorers that gave outcomes.
func (l *logged) scenario() (Scenario, error) {
	scenario := l.s.scenario
	tools, err := l.tools()
	if err != nil {
		return scenario, err
	}
	scenario.Tools = tools
	summaries, err := l.log.Summaries()
	if err != nil {
		return scenario, err
	}
	for _, s := range summaries {
		for _, score := range s.Scores {
			w := loggedWorld(score.World)
			if !slices.Contains(scenario.World, World(w)) {
				scenario.World = append(scenario.World, w)
			}
		}
	}
	return scenario, nil
}

// loggedWorld is a world of which a log holds the outcomes.
type loggedWorld string

// Name implements world.World.
func (w loggedWorld) Name() string { return string(w) }

// Enter implements world.World.
func (w loggedWorld) Enter(context.Context, *world.Site, *world.Props) (world.Instance, error) {
	return nil, fmt.Errorf("the world %s is known from a log only", strings.ToValidUTF8(string(w), "?"))
}
