package evalkit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Replay plays one recorded run into a scenario, the sandbox answering for
// real, and gives the finished, judged and logged trial with what did not fit.
//
//	t, err := scripted.OpenTranscript("runs/07.jsonl")
//	…
//	played, err := evalkit.Replay(ctx, scenario, t)
//	fmt.Println(played.Outcome, len(played.Unmatched), len(played.Leftover))
//
// The error says why there is no judgement: the scenario is wrong, its
// rehearsal failed, the trial broke off. The options Sandbox, LogDir and Seed
// apply; Seed is here the seed of the trial itself, so that a logged trial's
// seed gives the same variant of the scenario. Of the environment
// EVALKIT_LOG_DIR alone is read. No spec is needed; in one, Run with Transcript
// lets matchers ask.
func Replay(ctx context.Context, s Scenario, t scripted.Transcript, opts ...Option) (Replayed, error) {
	r, err := newReplay(ctx, s, []string{t.Name}, opts)
	if err != nil {
		return Replayed{}, err
	}
	played := r.playApart(ctx, 1, TranscriptOf(t).(*playback))
	if err := r.close(); err != nil {
		return played, err
	}
	return played, played.Err
}

// ReplayFiles plays the recorded runs in the files at paths into a scenario,
// and yields one result a file, in the order of the paths; file n is trial n of
// one log. Every transcript is read, and the scenario rehearsed, before
// anything is played; what is wrong with the scenario is the one error yielded.
// A transcript that cannot be read, and a trial that breaks off, is the result
// of its file alone, with Err saying why. Concurrency is the number of files
// played at once: 10. Other options are as for Replay; all trials have the same
// seed, so that no file's outcome hangs on its neighbours. When ctx ends, what
// is finished is yielded as it is, and the files left are Interrupted.
func ReplayFiles(ctx context.Context, s Scenario, paths []string, opts ...Option) iter.Seq2[Replayed, error] {
	return func(yield func(Replayed, error) bool) {
		r, err := newReplay(ctx, s, paths, opts)
		if err != nil {
			yield(Replayed{}, err)
			return
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		results := r.playAll(ctx, paths)
		for i := range paths {
			if !yield(<-results[i], nil) {
				stop()
				for _, rest := range results[i+1:] {
					<-rest
				}
				_ = r.close() // nobody listens any more
				return
			}
		}
		if err := r.close(); err != nil {
			yield(Replayed{}, err)
		}
	}
}

// replay is a scenario made ready for recorded runs.
type replay struct {
	series series
	log    *evallog.Writer
}

// newReplay says all that is wrong with the scenario, and opens the log.
func newReplay(ctx context.Context, s Scenario, files []string, opts []Option) (*replay, error) {
	set, err := readSettings(func(string) string { return "" })
	set.logDir = os.Getenv("EVALKIT_LOG_DIR")
	for _, option := range opts {
		err = errors.Join(err, option(&set))
	}
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	set.samples = max(len(files), 1)
	r := &replay{series: series{ctx: ctx, scenario: s, set: set, spec: "replay", ordinal: 1, oneSeed: true, info: (&playback{}).Info()}}
	if len(files) == 1 {
		r.series.info.Version = files[0]
	}
	if err := s.validate(); err != nil {
		return nil, r.wrong(err)
	}
	if err := r.series.checkJudges(); err != nil {
		return nil, r.wrong(err)
	}
	seen, err := r.series.inspect()
	if err != nil {
		return nil, r.wrong(err)
	}
	if err := r.series.rehearse(); err != nil {
		return nil, r.wrong(err)
	}
	if r.log, err = r.series.openLog(seen); err != nil {
		return nil, r.wrong(err)
	}
	return r, nil
}

// wrong is an error of the series, with the party to blame.
func (r *replay) wrong(err error) error {
	b := blame(r.series.inTime(err), transcript.BlameSpec)
	return &SeriesError{Whose: b.Whose, Err: fmt.Errorf("replay into %s: %w", r.series.scenario.full(), b.Err)}
}

// playAll plays every file, up to Concurrency at once, and gives a channel with
// the result of each.
func (r *replay) playAll(ctx context.Context, paths []string) []chan Replayed {
	results := make([]chan Replayed, len(paths))
	subjects := make([]*playback, len(paths))
	for i, path := range paths {
		results[i], subjects[i] = make(chan Replayed, 1), Transcript(path).(*playback)
		_ = subjects[i].Check(ctx) // reads it; play tells the error
	}
	next := make(chan int, len(paths))
	for i := range paths {
		next <- i
	}
	close(next)
	var players sync.WaitGroup
	for range min(r.series.set.concurrency, len(paths)) {
		players.Go(func() {
			for i := range next {
				results[i] <- r.playApart(ctx, i+1, subjects[i])
			}
		})
	}
	return results
}

// playApart is play on a goroutine of its own, which the scenario's code may end
// (t.FailNow does).
func (r *replay) playApart(ctx context.Context, number int, p *playback) Replayed {
	done := make(chan Replayed, 1)
	go func() {
		result := r.unplayed(p, number, errors.New("its goroutine was ended, by t.FailNow or the like in the scenario's own code; return an error instead"))
		defer func() { done <- result }()
		result = r.play(ctx, number, p)
	}()
	return <-done
}

// play plays one transcript as the trial with a number.
func (r *replay) play(ctx context.Context, number int, p *playback) Replayed {
	if err := p.Check(ctx); err != nil {
		return r.unplayed(p, number, &SeriesError{Whose: transcript.BlameSpec, Err: err})
	}
	if ctx.Err() != nil {
		left := r.unplayed(p, number, fmt.Errorf("it was not played: %w", context.Cause(ctx)))
		left.Interrupted = true
		return left
	}
	one := r.series
	one.subject = p
	record, cut, err := one.attempt(ctx, number)
	f := factsOf(record)
	trial := f.trial(number, r.series.info.Name, r.series.scenario.Name, r.series.scenario.Condition, r.log.Path())
	trial.origin = inMemory{record}
	result := Replayed{Trial: trial, Interrupted: cut}
	var unread error
	if result.Played, unread = ReadPlayed(record); unread != nil {
		result.File = p.name // it never came to play
	}
	if _, logged := r.log.Append(record); logged != nil {
		err = errors.Join(err, fmt.Errorf("writing the log %s: %w", r.log.Path(), logged))
	}
	result.Err = result.unjudged(err)
	return result
}

func (r *replay) unplayed(p *playback, number int, err error) Replayed {
	return Replayed{
		Trial:  Trial{Number: number, Seed: r.series.set.seed, Subject: r.series.info.Name, Scenario: r.series.scenario.Name, Condition: r.series.scenario.Condition},
		Played: Played{File: p.name}, Err: err,
	}
}

func (r *replay) close() error {
	final := evallog.Final{}
	if r.series.ctx.Err() != nil {
		final.Status = evallog.Cancelled
	}
	if err := r.log.Close(final); err != nil {
		return fmt.Errorf("closing the log %s: %w", r.log.Path(), err)
	}
	return nil
}
