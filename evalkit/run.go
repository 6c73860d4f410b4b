package evalkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Run prepares a series of trials of the subject at the scenario and returns at
// once: it draws as many trials as the assertions on it need, when they ask.
//
//	trials := evalkit.Run(ctx, GinkgoT(), model, scenario)
//	Expect(trials).To(HaveRate(ComplyWithShutdown()).AtLeast(0.9))
//
// The series ends, and its log is closed, with the spec. A series that nothing
// asked is an error then: a spec that judged nothing is not green. What is
// wrong with the arguments or the environment is told by the first assertion.
func Run(ctx context.Context, t T, subject Subject, s Scenario, opts ...Option) *Trials {
	t.Helper()
	set, err := readSettings(os.Getenv)
	err = errors.Join(err, Misspelt())
	if ctx == nil {
		ctx, err = context.Background(), errors.Join(err, errors.New("evalkit.Run: the context is nil; give the spec's, as in func(ctx SpecContext)"))
	}
	for _, option := range opts {
		err = errors.Join(err, option(&set))
	}
	series := &series{ctx: ctx, t: t, spec: t.Name(), subject: subject, scenario: s, set: set}
	if subject == nil {
		err = errors.Join(err, errors.New("evalkit.Run: the subject is nil; make one with evalkit.MustModel"))
	} else {
		series.info = subject.Info()
	}
	series.ordinal = takeOrdinal(series.key())
	ts := &Trials{s: series, broken: err, changed: make(chan struct{}, 1), ends: map[transcript.End]*transcript.End{}, running: map[*slot]func(error){}}
	if set.trial > 0 {
		ts.last = set.trial - 1
	}
	t.Cleanup(ts.close)
	return ts
}

// series is what stays the same over the trials of one Run.
type series struct {
	ctx      context.Context
	t        T
	spec     string
	subject  Subject
	info     SubjectInfo
	scenario Scenario
	set      settings
	// reads is the log that the trials are read from; nil: they are drawn.
	reads *logged
	// ordinal counts the series of the same key within the spec, from 1.
	ordinal int
	// oneSeed: every trial has the run's seed for its own; see Replay.
	oneSeed bool
}

// key names a series over runs.
func (s *series) key() string {
	return fmt.Sprintf("%s\x00%s\x00%s\x00%s", s.spec, s.info.Name, s.scenario.Name, s.scenario.Condition)
}

// title is the series in the first line of a message.
func (s *series) title() string {
	if s.scenario.Name == "" {
		return s.info.Name
	}
	return s.info.Name + " in " + s.scenario.full()
}

// ordinals tells series of the same key apart: those that are open at once are
// of one spec, since a key holds the spec's name. It belongs to the process, as
// its specs do.
var ordinals = struct {
	sync.Mutex
	open map[string]int
}{open: map[string]int{}}

func takeOrdinal(key string) int {
	ordinals.Lock()
	defer ordinals.Unlock()
	ordinals.open[key]++
	return ordinals.open[key]
}

// dropOrdinal is called at the end of the spec, so that the same spec run again
// counts from 1.
func dropOrdinal(key string) {
	ordinals.Lock()
	defer ordinals.Unlock()
	if ordinals.open[key]--; ordinals.open[key] == 0 {
		delete(ordinals.open, key)
	}
}
