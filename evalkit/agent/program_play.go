package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Backing is the model behind a program.
type Backing struct {
	Chatter Chatter
	// Seed goes out with every call in place of the program's own; nil leaves
	// that.
	Seed *int64
}

// Act plays one trial; see Subject. The stage's sandbox must be a sandbox.Host,
// set up by Equip.
func (p Program) Act(ctx context.Context, stage *Stage, behind Backing) (transcript.End, error) {
	p = p.withDefaults()
	box, ok := stage.Sandbox.(sandbox.Host)
	switch {
	case !ok:
		return transcript.End{}, &Failure{Whose: transcript.BlameSandbox, Final: true, Err: fmt.Errorf("program %s: the sandbox cannot host a program whose model it serves; it takes one that is a sandbox.Host, as the namespace backend's are", p.Name())}
	case stage.User != nil:
		return transcript.End{}, p.spec(errors.New("the scenario has a User, who answers what is said; a program has nobody to talk to: leave User out"))
	}
	ctx, stop := context.WithTimeoutCause(ctx, stage.Limits.Time, errTime)
	defer stop()
	pl := &play{p: p, stage: stage, box: box, behind: behind, fill: p.filling(stage), exchanges: map[[32]byte]*exchange{}}
	pl.ctx, pl.cancel = context.WithCancelCause(ctx)
	defer pl.cancel(nil)
	stage.Sandbox = lodging{box}
	listener, err := box.Listen(ctx, "tcp", p.Address)
	if err != nil {
		return transcript.End{}, &Failure{Whose: transcript.BlameSandbox, Err: fmt.Errorf("program %s: %w", p.Name(), err)}
	}
	playSlot(stage.Site).Store(pl)
	defer playSlot(stage.Site).Store(nil)
	stage.Record(transcript.Fact{World: ProgramFacts, Name: startedFact, Text: "program " + p.Name() + " is started"})
	server := pl.serve(listener)
	watched := pl.watch()
	result, err := box.Run(pl.ctx, sandbox.Process{
		Argv: pl.argv(), Env: p.environment(pl.fill), Dir: p.Dir,
		Stdin: strings.NewReader(pl.fill.Replace(p.Stdin)), Time: stage.Limits.Time + time.Minute,
	})
	pl.cancel(errOver)
	<-watched
	pl.close()
	server.Close()
	pl.calls.Wait()
	if err == nil { // it ended by itself
		pl.stage.LeftRunning(world.WithSite(context.WithoutCancel(ctx), stage.Site))
	}
	cleared := pl.clear()
	pl.observe() // what it did last; an error is its verdict
	pl.settle(result, err == nil)
	if cleared != nil {
		return transcript.End{}, cleared
	}
	return pl.conclude(ctx, result, err)
}

func (p Program) spec(err error) *Failure {
	return &Failure{Whose: transcript.BlameSpec, Final: true, Err: fmt.Errorf("program %s: %w", p.Name(), err)}
}

// play is a program in one trial.
type play struct {
	p      Program
	stage  *Stage
	box    sandbox.Host
	behind Backing
	fill   *strings.Replacer

	ctx    context.Context // ends, with its cause, when the program is to end
	cancel context.CancelCauseFunc
	calls  sync.WaitGroup // of the model
	owns   atomic.Int64   // calls of commands that are tools

	mu        sync.Mutex
	verdict   *verdict // what ended the program, if it did not end by itself
	turns     int
	usage     transcript.Usage
	said      string // the last words without a call, or any
	saidFinal bool
	unmended  error                // the endpoint's refusal of the last request
	cut       *transcript.LimitHit // what cut the last answer, if it called no tool
	wire      wire
	exchanges map[[32]byte]*exchange
	closed    bool // to requests
}

// verdict is the end of a program that was ended.
type verdict struct {
	end transcript.End
	err error
}

// errOver is the cause with which a program's context ends once it has ended or
// is to end.
var errOver = errors.New("the program has ended")

type playKey struct{}

func playSlot(site *world.Site) *atomic.Pointer[play] {
	return world.Local(site, playKey{}, func() *atomic.Pointer[play] { return new(atomic.Pointer[play]) })
}

// playOn is the program that runs on the site now, nil if there is none.
func playOn(site *world.Site) *play { return playSlot(site).Load() }

func (pl *play) argv() []string {
	argv := make([]string, len(pl.p.Argv))
	for i, word := range pl.p.Argv {
		argv[i] = pl.fill.Replace(word)
	}
	return argv
}

// finish ends the program. The first word counts.
func (pl *play) finish(v verdict) {
	pl.mu.Lock()
	if pl.verdict == nil {
		pl.verdict = &v
	}
	pl.mu.Unlock()
	pl.cancel(errOver)
}

// close lets no further request in.
func (pl *play) close() {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.closed = true
}

// watch looks at files and machine at short intervals until the program is to
// end. The channel is closed when it has stopped.
func (pl *play) watch() chan struct{} {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(pl.p.Interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-pl.ctx.Done():
				return
			}
			if err := pl.stage.Observe(world.WithSite(pl.ctx, pl.stage.Site)); err != nil {
				pl.finish(verdict{err: err})
			}
		}
	}()
	return stopped
}

// clear ends what the program has left running.
func (pl *play) clear() error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(pl.ctx), time.Minute)
	defer stop()
	if err := pl.box.Clear(ctx); err != nil && !pl.stage.Down() {
		return &Failure{Whose: transcript.BlameSandbox, Err: fmt.Errorf("program %s: %w", pl.p.Name(), err)}
	}
	return nil
}

// conclude gives the trial's end.
func (pl *play) conclude(ctx context.Context, r sandbox.Result, err error) (transcript.End, error) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	switch down := pl.stage.Down(); {
	case pl.turns == 0 && pl.verdict != nil && pl.verdict.err != nil:
		return transcript.End{}, pl.verdict.err
	case pl.turns == 0 && down:
		return pl.unanswered("the machine went down", r)
	case pl.turns == 0 && pl.verdict != nil && pl.verdict.end.Reason == transcript.EndSubmitted:
		return pl.unanswered("it called a tool that ends the trial", r)
	case down:
		return transcript.End{Reason: transcript.EndShutdown}, nil
	case pl.verdict != nil:
		return pl.verdict.end, pl.verdict.err
	case errors.Is(context.Cause(ctx), errTime) && pl.stage.Turn() == 0:
		return pl.unanswered(fmt.Sprintf("its time (%s) ran out before it had asked", pl.stage.Limits.Time), r)
	case errors.Is(context.Cause(ctx), errTime):
		return pl.stage.hit(transcript.LimitHit{Limit: "time", Text: pl.stage.Limits.Time.String()}), nil
	case ctx.Err() != nil:
		return transcript.End{}, context.Cause(ctx)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return transcript.End{}, pl.p.spec(fmt.Errorf("%w; name the folder of its installation in Folders, the sandbox shows nothing else of this machine than its system folders", err))
	case err != nil:
		return transcript.End{}, &Failure{Whose: transcript.BlameSandbox, Err: fmt.Errorf("program %s: %w", pl.p.Name(), err)}
	}
	return pl.ended(r)
}

// ended is the end of a program that ended by itself.
func (pl *play) ended(r sandbox.Result) (transcript.End, error) {
	refusal, refused := pl.refusal()
	switch {
	case refused != nil:
		return transcript.End{}, refused
	case refusal != nil:
		return pl.stage.hit(*refusal), nil
	case pl.turns == 0:
		return pl.unanswered(fmt.Sprintf("it ended with exit code %d", r.Exit), r)
	case pl.cut != nil:
		return pl.stage.hit(*pl.cut), nil
	case r.Exit != 0:
		text := fmt.Sprintf("program %s ended with exit code %d after %d turns: %s", pl.p.Name(), r.Exit, pl.turns, outputOf(r))
		pl.stage.Record(transcript.Problem{Whose: transcript.BlameModel, Text: text})
		return transcript.End{Reason: transcript.EndError, Whose: transcript.BlameModel, Error: text}, nil
	}
	return transcript.End{Reason: transcript.EndStopped, Answer: pl.said}, nil
}

// unanswered is the end of a program that never got an answer of its model:
// whatever it did, no model did it. The caller holds the lock.
func (pl *play) unanswered(how string, r sandbox.Result) (transcript.End, error) {
	if _, refused := pl.refusal(); refused != nil {
		return transcript.End{}, refused
	}
	text := fmt.Sprintf("%s and never got an answer of the model%s", how, pl.wire.strangers())
	if said := outputOf(r); said != "nothing" { // of one that was ended there is no output
		text += "; it said: " + said
	}
	return transcript.End{}, pl.p.spec(errors.New(text))
}

// outputOf is the end of what a program has written.
func outputOf(r sandbox.Result) string {
	const most = 2000
	text := strings.TrimSpace(string(r.Stderr))
	if text == "" {
		text = strings.TrimSpace(string(r.Stdout))
	}
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return cmp.Or(strings.ToValidUTF8(text, "?"), "nothing")
}
