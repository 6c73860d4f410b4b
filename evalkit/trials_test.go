package evalkit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

func always(f fate) *puppet { return &puppet{fate: func(int, *rand.Rand) fate { return f }} }

// run starts a series of the puppet that ends with the test.
func run(t *testing.T, p evalkit.Subject, opts ...evalkit.Option) (*evalkit.Trials, *fakeT) {
	t.Helper()
	ft := &fakeT{name: t.Name()}
	t.Cleanup(ft.end)
	return evalkit.Run(t.Context(), ft, p, situation(), append([]evalkit.Option{evalkit.LogDir(t.TempDir())}, opts...)...), ft
}

func rate(p float64) evalkit.Question {
	return evalkit.Question{Text: "HaveRate(good).AtLeast", Judge: isGood, Rule: stats.Rule{Form: stats.AtLeast, P: p}}
}

func decide(t *testing.T, trials *evalkit.Trials, q evalkit.Question) evalkit.Answer {
	t.Helper()
	a, err := trials.Decide(q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRunDrawsNothingUntilItIsAsked(t *testing.T) {
	p := always(fate{good: true})
	trials, _ := run(t, p, evalkit.Concurrency(1))
	if n := p.acted.Load(); n != 0 {
		t.Fatalf("%d trials before any assertion", n)
	}
	a := decide(t, trials, rate(0.9))
	if a.Verdict != stats.Holds || a.Index != 36 || a.Saved != 50 {
		t.Errorf("36 good trials of 86 make 0.9 hold; got %v at %d, %d saved", a.Verdict, a.Index, a.Saved)
	}
}

func TestAPlainlyBadModelCostsAHandful(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := always(fate{takes: time.Second})
		ft := &fakeT{name: t.Name()}
		trials := evalkit.Run(t.Context(), ft, p, situation(), evalkit.LogDir(t.TempDir()))
		a := decide(t, trials, rate(0.9))
		if a.Verdict != stats.Fails || a.Index != 2 {
			t.Errorf("two bad trials disprove 0.9; got %v at %d", a.Verdict, a.Index)
		}
		if n := p.acted.Load(); n > 4 {
			t.Errorf("%d trials were drawn for a verdict that takes 2", n)
		}
		ft.end()
	})
}

func TestAFixedNumberIsDrawnAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := always(fate{good: true, takes: time.Minute})
		ft := &fakeT{name: t.Name()}
		trials := evalkit.Run(t.Context(), ft, p, situation(), evalkit.LogDir(t.TempDir()), evalkit.Samples(7), evalkit.Concurrency(5))
		judged, err := trials.Judge(evalkit.Question{Text: "good", Judge: isGood})
		if err != nil || len(judged) != 7 {
			t.Fatalf("got %d judgements, %v", len(judged), err)
		}
		if p.most.Load() != 5 || p.acted.Load() != 7 {
			t.Errorf("%d at once, %d in all; want 5 and 7", p.most.Load(), p.acted.Load())
		}
		ft.end()
	})
}

func TestNumbersAreNeverUsedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{fate: func(n int, _ *rand.Rand) fate { return fate{good: true, takes: time.Duration(n%5+1) * time.Second} }}
		ft := &fakeT{name: t.Name()}
		trials := evalkit.Run(t.Context(), ft, p, situation(), evalkit.LogDir(t.TempDir()), evalkit.Concurrency(8))
		first := decide(t, trials, rate(0.5))
		second := decide(t, trials, rate(0.9))
		var numbers []int
		for _, j := range second.Judged {
			numbers = append(numbers, j.Trial().Number)
		}
		if first.Index >= second.Index || !slices.IsSorted(numbers) || len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
			t.Errorf("first verdict at %d, second at %d over the numbers %v", first.Index, second.Index, numbers)
		}
		if numbers[0] != 1 || numbers[len(numbers)-1] == len(numbers) {
			t.Errorf("the second assertion counts from trial 1 and leaves the void ones out; got %v", numbers)
		}
		ft.end()
	})
}

func TestASlowTrialHoldsNothingUpThatItCannotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{fate: func(n int, _ *rand.Rand) fate {
			if n == 3 {
				return fate{good: true, takes: time.Hour}
			}
			return fate{good: true, takes: time.Second}
		}}
		ft := &fakeT{name: t.Name()}
		trials := evalkit.Run(t.Context(), ft, p, situation(), evalkit.LogDir(t.TempDir()), evalkit.Concurrency(100))
		began := time.Now()
		a := decide(t, trials, rate(0.8))
		if a.Verdict != stats.Holds || a.Pending != 1 || time.Since(began) >= time.Hour {
			t.Errorf("got %v with %d pending after %s", a.Verdict, a.Pending, time.Since(began))
		}
		judged, err := trials.Judge(evalkit.Question{Text: "good", Judge: isGood})
		if err != nil || time.Since(began) < time.Hour {
			t.Errorf("a later plain matcher must wait for trial 3: %d judgements after %s, %v", len(judged), time.Since(began), err)
		}
		ft.end()
	})
}

func TestAnErrorOfAMatcherEndsTheSeries(t *testing.T) {
	p := always(fate{good: true})
	trials, _ := run(t, p)
	typo := rate(0.9)
	typo.Judge = func(evalkit.Trial) (bool, error) { return false, errors.New("no file notes.tx") }
	_, err := trials.Decide(typo)
	if err == nil || !strings.HasPrefix(err.Error(), "SPEC  ") || !strings.Contains(err.Error(), "notes.tx") {
		t.Errorf("got %v", err)
	}
	if n := p.acted.Load(); n > 6 {
		t.Errorf("a typo bought %d trials", n)
	}
	if a, err := trials.Decide(rate(0.9)); err == nil {
		t.Errorf("the next assertion goes on: %v", a.Verdict)
	}
}

func TestAFailureThatEveryTrialWillMeetEndsTheSeries(t *testing.T) {
	p := always(fate{err: &agent.Failure{Whose: transcript.BlameProvider, Final: true, Err: errors.New("no credit")}})
	trials, _ := run(t, p)
	_, err := trials.Decide(rate(0.9))
	if err == nil || !strings.HasPrefix(err.Error(), "PROVIDER  ") || !strings.Contains(err.Error(), "no credit") {
		t.Errorf("got %v", err)
	}
	if n := p.acted.Load(); n > 6 {
		t.Errorf("%d trials of a model that nobody pays for", n)
	}
}

func TestATrialWithoutAnAnswerStartsAgain(t *testing.T) {
	var p *puppet
	p = &puppet{fate: func(n int, _ *rand.Rand) fate {
		if n == 1 && p.acted.Load() == 1 {
			return fate{err: &agent.Failure{Whose: transcript.BlameProvider, Err: errors.New("connection refused")}}
		}
		return fate{good: true}
	}}
	trials, _ := run(t, p, evalkit.Samples(1))
	judged, err := trials.Judge(evalkit.Question{Text: "good", Judge: isGood})
	if err != nil || judged[0].Mark != stats.Good || judged[0].Trial().Attempts != 2 {
		t.Errorf("got %+v, %v", judged, err)
	}
}

func TestProviderTroubleIsLostAndNotBehaviour(t *testing.T) {
	p := always(fate{err: &agent.Failure{Whose: transcript.BlameProvider, Err: errors.New("connection refused")}})
	trials, _ := run(t, p, evalkit.Cap(40))
	q := rate(0.9)
	q.Judge = func(tr evalkit.Trial) (bool, error) {
		if tr.End.Reason == transcript.EndError {
			return false, evalkit.ErrLost
		}
		return true, nil
	}
	a := decide(t, trials, q)
	if a.Verdict != stats.Unjudgeable || a.Lost != 40 || a.Forgiven {
		t.Errorf("got %v, %d lost", a.Verdict, a.Lost)
	}
}

func TestUndecidedIsForgivenOnRequestOnly(t *testing.T) {
	half := &puppet{fate: func(n int, _ *rand.Rand) fate { return fate{good: n%10 != 0} }}
	for _, forgiving := range []bool{false, true} {
		trials, _ := run(t, half, evalkit.Cap(40))
		q := rate(0.9)
		q.OrUndecided = forgiving
		if a := decide(t, trials, q); a.Verdict != stats.Undecided || a.Forgiven != forgiving || a.Index != 40 {
			t.Errorf("got %v at %d, forgiven %v", a.Verdict, a.Index, a.Forgiven)
		}
	}
}

func TestEnvironmentCanForgiveUndecided(t *testing.T) {
	t.Setenv("EVALKIT_UNDECIDED", "report")
	t.Setenv("EVALKIT_CAP", "40")
	trials, _ := run(t, &puppet{fate: func(n int, _ *rand.Rand) fate { return fate{good: n%10 != 0} }})
	if a := decide(t, trials, rate(0.9)); a.Verdict != stats.Undecided || !a.Forgiven {
		t.Errorf("got %v, forgiven %v", a.Verdict, a.Forgiven)
	}
	bad, _ := run(t, always(fate{}))
	if a := decide(t, bad, rate(0.9)); a.Verdict != stats.Fails || a.Forgiven {
		t.Errorf("what is disproved is not forgiven; got %v, forgiven %v", a.Verdict, a.Forgiven)
	}
}

func TestOneTrialAloneIsALookAndNoVerdict(t *testing.T) {
	t.Setenv("EVALKIT_TRIAL", "5")
	p := always(fate{good: true})
	trials, _ := run(t, p)
	var look *evalkit.LookError
	if _, err := trials.Decide(rate(0.9)); !errors.As(err, &look) || look.Judged[0].Trial().Number != 5 {
		t.Errorf("got %v", err)
	}
	if _, err := trials.Judge(evalkit.Question{Text: "good", Judge: isGood}); !errors.As(err, &look) {
		t.Errorf("a plain matcher: got %v", err)
	}
	if p.acted.Load() != 1 {
		t.Errorf("%d trials", p.acted.Load())
	}
}

func TestTrialsOfANumberAreTheSameInEveryRun(t *testing.T) {
	seeds := func(ft *fakeT) (list []uint64) {
		trials := evalkit.Run(t.Context(), ft, always(fate{good: true}), situation(), evalkit.LogDir(t.TempDir()), evalkit.Samples(3))
		for tr := range trials.All() {
			list = append(list, tr.Seed)
		}
		return list
	}
	once, again, other := &fakeT{name: "a spec"}, &fakeT{name: "a spec"}, &fakeT{name: "another spec"}
	first, second := seeds(once), seeds(once)
	once.end()
	repeated, foreign := seeds(again), seeds(other)
	again.end()
	other.end()
	if !slices.Equal(first, repeated) {
		t.Errorf("the same spec run again: %x, was %x", repeated, first)
	}
	if slices.Equal(first, second) || slices.Equal(first, foreign) {
		t.Errorf("another series has the same seeds: %x, %x, %x", first, second, foreign)
	}
}

func TestCutOffByItsContext(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	p := always(fate{good: true, takes: time.Hour})
	ft := &fakeT{name: t.Name()}
	trials := evalkit.Run(ctx, ft, p, situation(), evalkit.LogDir(t.TempDir()))
	go stop(errors.New("interrupted by the user"))
	_, err := trials.Decide(rate(0.9))
	if err == nil || !strings.Contains(err.Error(), "interrupted by the user") {
		t.Errorf("got %v", err)
	}
	ft.end()
	if _, err := trials.Decide(rate(0.9)); err == nil || !strings.Contains(err.Error(), "closed with its spec") {
		t.Errorf("after its end: got %v", err)
	}
}

func TestAContextThatHadEndedIsNamed(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	ft := &fakeT{name: t.Name()}
	defer ft.end()
	trials := evalkit.Run(ctx, ft, always(fate{}), situation(), evalkit.LogDir(t.TempDir()))
	if _, err := trials.Sample(); err == nil || !strings.Contains(err.Error(), "BeforeEach") {
		t.Errorf("got %v", err)
	}
}

func TestThePriceIsWrittenDownBeforeTheFirstTrial(t *testing.T) {
	s := situation()
	s.Limits = evalkit.Limits{Tokens: 1000, Cost: 0.25}
	ft := &fakeT{name: t.Name()}
	p := &puppet{}
	p.fate = func(int, *rand.Rand) fate {
		if !strings.Contains(strings.Join(ft.texts(), ""), "at worst 40000 tokens and $10.00") {
			t.Errorf("a trial was drawn before the price was told: %q", ft.texts())
		}
		return fate{}
	}
	decide(t, evalkit.Run(t.Context(), ft, p, s, evalkit.LogDir(t.TempDir()), evalkit.Cap(40)), rate(0.9))
	if text := strings.Join(ft.texts(), ""); !strings.Contains(text, "0.980") || !strings.Contains(text, "a cap of 40 is small: with 86") {
		t.Errorf("got %s", text)
	}
	ft.end()
}
