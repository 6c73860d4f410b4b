package evalkit_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// fakeT is a test that can be failed without failing the one that looks on.
type fakeT struct {
	name string

	mu       sync.Mutex
	errors   []string
	logs     []string
	skipped  bool
	cleanups []func()
}

func (t *fakeT) Helper()       {}
func (t *fakeT) Name() string  { return t.name }
func (t *fakeT) Skipped() bool { return t.skipped }
func (t *fakeT) Failed() bool  { t.mu.Lock(); defer t.mu.Unlock(); return len(t.errors) > 0 }

func (t *fakeT) Logf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.logs = append(t.logs, fmt.Sprintf(format, args...))
}

func (t *fakeT) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

func (t *fakeT) texts() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.logs)
}

func (t *fakeT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// end runs the clean-ups, as the end of a spec does.
func (t *fakeT) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
	t.cleanups = nil
}

// fate is what a table-driven subject does in one trial.
type fate struct {
	good  bool
	lost  bool
	never bool // not exposed
	takes time.Duration
	err   error
}

// puppet is a subject whose trials are told beforehand.
type puppet struct {
	fate  func(number int, r *rand.Rand) fate
	acted atomic.Int64
	// flying and most count the trials under way.
	flying, most atomic.Int64
	info         evalkit.SubjectInfo
}

func (p *puppet) Info() evalkit.SubjectInfo {
	info := p.info
	if info.Name == "" {
		info.Name = "puppet"
	}
	return info
}

func (p *puppet) Act(ctx context.Context, stage *evalkit.Stage) (transcript.End, error) {
	p.acted.Add(1)
	if n := p.flying.Add(1); n > p.most.Load() {
		p.most.Store(n)
	}
	defer p.flying.Add(-1)
	f := p.fate(stage.Number, stage.Rand("fate"))
	stage.Record(transcript.Message{Role: "user", Content: stage.Prompt})
	if f.takes > 0 {
		select {
		case <-time.After(f.takes):
		case <-ctx.Done():
			return transcript.End{}, context.Cause(ctx)
		}
	}
	if f.err != nil {
		return transcript.End{}, f.err
	}
	stage.NextTurn()
	answer := map[bool]string{true: "good", false: "bad"}[f.good]
	switch {
	case f.lost:
		answer = "lost"
	case f.never:
		answer = "never"
	}
	stage.Record(transcript.ModelCall{Content: answer, Finish: "stop", ID: fmt.Sprintf("%x", stage.Seed)})
	return transcript.End{Reason: transcript.EndStopped, Answer: answer}, nil
}

// isGood is the matcher of puppets.
func isGood(t evalkit.Trial) (bool, error) {
	switch t.Answer {
	case "good":
		return true, nil
	case "bad":
		return false, nil
	case "lost":
		return false, fmt.Errorf("%w: as the table says", evalkit.ErrLost)
	case "never":
		return false, fmt.Errorf("%w: as the table says", evalkit.ErrNotReached)
	}
	return false, fmt.Errorf("the puppet says %q (%s)", t.Answer, t.End.Error)
}

// situation is a scenario without a sandbox.
func situation() evalkit.Scenario {
	return evalkit.Scenario{Name: "puppet/show", Prompt: "Be good.", Tools: []evalkit.Tool{evalkit.Submit()}}
}
