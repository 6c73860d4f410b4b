package evalkit

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// maxAttempts is how often a trial is started under its number, as long as no
// answer of the model has arrived.
const maxAttempts = 3

// live draws trials from the subject and logs them.
type live struct {
	s   *series
	log *evallog.Writer
	// recent are the latest records.
	recent shelf
}

func (*live) after(number int) (int, bool) { return number + 1, true }

// trial implements source: the life of one trial, from its seed to its place in
// the log.
func (l *live) trial(ctx context.Context, number int) (facts, bool, error) {
	record, cut, err := l.s.attempt(ctx, number)
	f, logged := l.keep(record)
	var failure *agent.Failure
	switch {
	case logged != nil:
		return f, cut, logged
	case cut:
		return f, true, nil
	case errors.As(err, &failure) && !failure.Final:
		return f, false, nil // the trial's own trouble: it is judged from what there is
	}
	return f, false, err
}

// attempt performs a trial, again where it may. Cut says that the context ended
// before the trial had.
func (s *series) attempt(ctx context.Context, number int) (record *transcript.Record, cut bool, err error) {
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		record, err = s.perform(ctx, number)
		record.Attempts = attempt
		if err == nil || ctx.Err() != nil || !worthAnother(record, err) {
			break
		}
	}
	if ctx.Err() != nil {
		record.End = transcript.End{Reason: transcript.EndError, Error: cutOff + context.Cause(ctx).Error()}
		return record, true, err
	}
	return record, false, err
}

// cutOff opens the error of a trial that was stopped by the harness.
const cutOff = "cut off: "

// wasCut says whether a record is of such a trial.
func wasCut(r *transcript.Record) bool {
	return r.End.Reason == transcript.EndError && strings.HasPrefix(r.End.Error, cutOff)
}

// worthAnother says whether a trial may start again: not once an answer of the
// model has arrived, since restarting what failed half-way selects the quick.
func worthAnother(r *transcript.Record, err error) bool {
	var failure *agent.Failure
	return errors.As(err, &failure) && !failure.Final && failure.Whose == transcript.BlameProvider && r.Turns() == 0
}

// keep writes the record to the log and returns its facts.
func (l *live) keep(record *transcript.Record) (facts, error) {
	f := factsOf(record)
	ref, err := l.log.Append(record)
	if err != nil {
		return f, &agent.Failure{Whose: transcript.BlameSpec, Final: true, Err: fmt.Errorf("writing the log %s: %w", l.log.Path(), err)}
	}
	f.ref = ref
	l.recent.put(record, ref.Size)
	return f, nil
}

// record implements source.
func (l *live) record(number int, ref evallog.Ref) (*transcript.Record, error) {
	if r := l.recent.find(number); r != nil {
		return r, nil
	}
	return l.log.Read(ref)
}

// path implements source.
func (l *live) path() string { return l.log.Path() }

// perform acts a trial out. The record is what there is of it, in any case.
func (s *series) perform(ctx context.Context, number int) (record *transcript.Record, err error) {
	site := world.NewSite(number, s.trialSeed(number))
	record = &transcript.Record{Number: number, Seed: site.Seed, Attempts: 1, ID: newID(), Started: site.Started()}
	var set *scene
	defer func() {
		if p := recover(); p != nil {
			err = agent.Panicked("the scenario's own code", p)
			record.End = s.broke(site, err)
		}
		if set != nil {
			if closed := set.close(); closed != nil && err == nil {
				site.Record(transcript.Problem{Whose: transcript.BlameSandbox, Text: closed.Error()})
			}
		}
		s.conclude(record, site)
	}()
	if set, err = s.setUp(ctx, site, s.vary(site)); err != nil {
		record.End = s.broke(site, err)
		return record, err
	}
	err = s.act(ctx, site, set, record)
	return record, err
}

// act lets the subject act on the stage, and the worlds judge it.
func (s *series) act(ctx context.Context, site *world.Site, set *scene, record *transcript.Record) error {
	if slices.Contains(s.info.Hides, agent.SeesToolCalls) {
		site.Record(transcript.Fact{World: world.TrialFacts, Name: world.FactUnseen, Text: "the subject does not let one see its tool calls"})
	}
	end, err := s.subject.Act(world.WithSite(ctx, site), set.stage)
	site.Reread()
	if observed := set.stage.Observe(ctx); err == nil {
		err = observed
	}
	if crashed := crash(site); crashed != nil {
		err = crashed
	}
	if err != nil {
		end = s.broke(site, err)
	}
	record.End = end
	if ctx.Err() == nil {
		if !set.stage.Down() { // what runs there now ends it, or ends with it
			site.LeftRunning(ctx)
		}
		record.Outcomes, err = s.finish(ctx, site, set, end, err)
		if crashed := crash(site); crashed != nil && err == nil {
			err = crashed
		}
	}
	return err
}

// crash is the failure of a command of the scenario's own that panicked: what
// the agent made of it is not its behaviour.
func crash(site *world.Site) error {
	for _, e := range site.Events() {
		if p, ok := e.Body.(transcript.Problem); ok && p.Whose == transcript.BlameSpec {
			return &agent.Failure{Whose: p.Whose, Final: true, Err: errors.New(p.Text)}
		}
	}
	return nil
}

// finish lets the worlds probe and judge.
func (s *series) finish(ctx context.Context, site *world.Site, set *scene, end transcript.End, err error) ([]transcript.Outcome, error) {
	var outcomes []transcript.Outcome
	if len(set.stage.Worlds) > 0 {
		site.Record(transcript.Fact{World: world.TrialFacts, Name: world.FactOver, Text: "the subject's part has ended"})
	}
	for _, w := range set.stage.Worlds {
		outcome, failed := w.Finish(world.WithSite(ctx, site), end)
		if failed != nil {
			return outcomes, errors.Join(err, fmt.Errorf("judging the trial: %w", failed))
		}
		if outcome.Name != "" {
			outcomes = append(outcomes, outcome)
		}
	}
	classed, failed := set.class(&transcript.Record{Number: site.Number, Seed: site.Seed, Started: site.Started(), Events: site.Events(), End: end}, outcomes)
	if failed != nil {
		err = errors.Join(err, fmt.Errorf("judging the trial: %w", failed))
	}
	return append(outcomes, classed...), err
}

func (s *series) conclude(record *transcript.Record, site *world.Site) {
	recordSays(site)
	record.Events = site.Events()
	record.Ended = time.Now()
	for _, e := range record.Events {
		if c, ok := e.Body.(transcript.ModelCall); ok {
			record.Usage = record.Usage.Add(c.Usage)
		}
	}
}

// broke records a failure of the surroundings as the trial's end.
func (s *series) broke(site *world.Site, err error) transcript.End {
	b := blame(err, transcript.BlameSpec)
	site.Record(transcript.Problem{Whose: b.Whose, Text: err.Error()})
	return transcript.End{Reason: transcript.EndError, Whose: b.Whose, Error: err.Error()}
}

// vary is the scenario as this trial sees it.
func (s *series) vary(site *world.Site) Scenario { return s.scenario.Varied(site.Seed) }

// trialSeed follows from the run's seed, the series and the number. The spec's
// name is part of the series: two specs on one scenario are independent.
func (s *series) trialSeed(number int) uint64 {
	if s.oneSeed {
		return s.set.seed
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d", s.key(), s.ordinal)
	return rand.New(rand.NewPCG(s.set.seed^h.Sum64(), uint64(number))).Uint64()
}
