package evalkit

import (
	"context"
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// source gives the trial with a number: drawn now, or read from a log.
type source interface {
	// trial returns cut if the context ended before the trial had.
	trial(ctx context.Context, number int) (f facts, cut bool, err error)
	// record gives the record of a trial that has ended, ref being its facts'.
	record(number int, ref evallog.Ref) (*transcript.Record, error)
	// path is the log's.
	path() string
	// after gives the number of the trial behind number, and false if there is
	// none.
	after(number int) (int, bool)
}

// Causes with which a trial is stopped.
var (
	errVoid   = errors.New("a verdict made the trial void")
	errClosed = errors.New("the spec has ended")
)

// start begins trials until n are kept or width are under way, and returns how
// many it began.
func (ts *Trials) start(n, width int) int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	began := 0
	for len(ts.kept) < n && len(ts.running) < width && ts.fatal == nil && !ts.closed {
		number, ok := ts.source.after(ts.last)
		if !ok {
			break
		}
		ctx, stop := context.WithCancelCause(ts.s.ctx)
		s := &slot{of: ts, number: int32(number), index: int32(len(ts.kept))}
		ts.kept = append(ts.kept, s)
		ts.last = number
		ts.running[s] = stop
		began++
		ts.wg.Go(func() { ts.draw(ctx, s) })
	}
	return began
}

// draw runs one trial to its end. It is the body of the library's own
// goroutines, so that Ginkgo's progress reports show none of their stacks.
func (ts *Trials) draw(ctx context.Context, s *slot) {
	var f facts
	var cut bool
	err := errors.New("its goroutine was ended, by t.FailNow or the like in the scenario's own code; return an error instead")
	defer func() {
		if p := recover(); p != nil {
			err = agent.Panicked("the scenario's own code", p)
		}
		ts.over(s, f, cut, err)
	}()
	f, cut, err = ts.source.trial(ctx, int(s.number))
}

// over enters the end of a trial.
func (ts *Trials) over(s *slot, f facts, cut bool, err error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.running[s](nil)
	delete(ts.running, s)
	f.cut = cut
	ts.enterFacts(s, f)
	ts.ended = append(ts.ended, s)
	if err != nil && ts.fatal == nil {
		ts.fatal = fmt.Errorf("trial %d: %w", s.number, err)
	}
	select {
	case ts.changed <- struct{}{}:
	default:
	}
}

// endBy ends the series by an error of a matcher that no rate can live with.
func (ts *Trials) endBy(err error) error {
	ts.mu.Lock()
	if ts.fatal == nil {
		ts.fatal = err
	}
	ts.mu.Unlock()
	ts.stopAll(errClosed)
	return ts.seriesError(err)
}

// wait returns when a trial has ended, or with the error that ended the series.
func (ts *Trials) wait() error {
	select {
	case <-ts.changed:
		return nil
	case <-ts.s.ctx.Done():
		return ts.cutOff()
	}
}

// idle says that no trial is under way.
func (ts *Trials) idle() bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.running) == 0
}

// failure is what ended the series, or nil.
func (ts *Trials) failure() error {
	ts.mu.Lock()
	fatal, closed := ts.fatal, ts.closed
	ts.mu.Unlock()
	switch {
	case closed:
		return ts.seriesError(errClosed)
	case ts.s.ctx.Err() != nil:
		return ts.cutOff()
	case fatal != nil:
		ts.stopAll(errClosed)
		return ts.seriesError(fatal)
	}
	return nil
}

// cutOff is the error of a series whose context ended: by a time-out, a Ctrl-C,
// or the end of the set-up node that it was made in.
func (ts *Trials) cutOff() error {
	ended := 0
	ts.mu.Lock()
	for _, s := range ts.kept {
		if s.done && !s.cut {
			ended++
		}
	}
	ts.interrupted = true
	ts.mu.Unlock()
	ts.stopAll(errClosed)
	return ts.seriesError(fmt.Errorf("the series was cut off after %d trials: %w; no verdict", ended, context.Cause(ts.s.ctx)))
}

// stopAll ends the trials under way.
func (ts *Trials) stopAll(cause error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, stop := range ts.running {
		stop(cause)
	}
}

// settle makes every trial void that no assertion has counted: what a verdict
// left over was chosen by a look, and would favour the quick.
func (ts *Trials) settle(index int) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.counted = max(ts.counted, index)
	if _, again := ts.source.(*logged); again {
		return // what is left of a log was kept without a look
	}
	for _, s := range ts.kept[min(ts.counted, len(ts.kept)):] {
		ts.void = append(ts.void, int(s.number))
		if stop, ok := ts.running[s]; ok {
			stop(errVoid)
		}
	}
	ts.kept = ts.kept[:min(ts.counted, len(ts.kept))]
}

// seriesError puts the series in front of an error, with the party to blame.
func (ts *Trials) seriesError(err error) error {
	b := blame(err, transcript.BlameSpec)
	if b.Err != err {
		return b
	}
	return &SeriesError{Whose: b.Whose, Err: fmt.Errorf("%s\n%w", ts.s.title(), b.Err)}
}
