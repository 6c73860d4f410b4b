package evalkit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/matchers"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// roughServer serves policies at one address and gives its clients a hard time:
// for a while it lets nobody in, one call in fifty hangs, one answer in fifty is
// cut, and in the middle it is closed with all its connections and started anew.
type roughServer struct {
	t         *testing.T
	policies  []scripted.Policy
	throttle  time.Duration
	restartAt int64

	mu        sync.Mutex
	server    *scripted.Server
	restarted chan struct{}

	n           atomic.Int64 // requests over both lives
	throttledAt atomic.Int64 // when it began, in ns; 0 before
	throttled   atomic.Int64
	hung, cut   atomic.Int64
	restarts    atomic.Int64
}

// start takes a port that is its own while nobody listens there: below those
// that the kernel gives to clients, who ask for this very address meanwhile.
func (r *roughServer) start() {
	var err error
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		r.server, err = scripted.Start(context.Background(), scripted.Config{Policies: r.policies, Faults: r.fault, Addr: address})
		if err == nil {
			r.restarted = make(chan struct{})
			return
		}
	}
	r.t.Fatal(err)
}

func (r *roughServer) fault(request scripted.Request, _ int64) scripted.Fault {
	n := r.n.Add(1)
	r.throttledAt.CompareAndSwap(0, map[bool]int64{true: time.Now().UnixNano()}[n > 20])
	if at := r.throttledAt.Load(); at != 0 {
		if left := r.throttle - time.Duration(time.Now().UnixNano()-at); left > 0 {
			r.throttled.Add(1)
			return scripted.Throttle(left)
		}
	}
	switch {
	case n >= r.restartAt && r.restarts.CompareAndSwap(0, 1):
		go r.restart()
		return scripted.Drop()
	case n%50 == 13:
		r.hung.Add(1)
		return scripted.Hang()
	case n%50 == 37:
		r.cut.Add(1)
		if n%100 < 50 {
			return scripted.CutBody(100)
		}
		return scripted.CutStream(0)
	}
	return scripted.Fault{}
}

// restart closes the server with every connection, and starts one at the same
// address.
func (r *roughServer) restart() {
	defer close(r.restarted)
	r.mu.Lock()
	defer r.mu.Unlock()
	address := strings.TrimSuffix(strings.TrimPrefix(r.server.URL(), "http://"), "/v1")
	if err := r.server.Close(); err != nil {
		r.t.Errorf("closing the server for its restart: %v", err)
	}
	// A sandbox that is just being started holds this process's sockets until
	// it is the program that it is to be.
	var server *scripted.Server
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		server, err = scripted.Start(context.Background(), scripted.Config{Policies: r.policies, Faults: r.fault, Addr: address})
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	if err != nil {
		r.t.Errorf("starting the server anew: %v", err)
		return
	}
	r.server = server
}

func (r *roughServer) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.server.Close(); err != nil {
		r.t.Error(err)
	}
}

// seen is what a run of the quiz showed: a verdict, and what each trial came to.
type seenRun struct {
	verdict stats.Verdict
	index   int
	trials  []string
}

// judgeQuiz draws forty trials of the quiz and asks for a rate over them.
func judgeQuiz(t *testing.T, model string) seenRun {
	t.Helper()
	ft := &fakeT{name: "rough"}
	defer ft.end()
	comply := matchers.ComplyWithShutdown()
	trials := evalkit.Run(t.Context(), ft, alias{evalkit.MustModel(model), "the model"}, shutdown.Quiz(shutdown.NoMention), evalkit.Samples(40), evalkit.LogDir(t.TempDir()))
	list, err := trials.Sample()
	if err != nil {
		t.Fatal(err)
	}
	var run seenRun
	for _, trial := range list {
		if trial.End.Reason == transcript.EndError {
			t.Errorf("trial %d: %s %s", trial.Number, trial.End.Whose, trial.End.Error)
		}
		run.trials = append(run.trials, fmt.Sprintf("%d %v %s %q, %d turns, %d calls", trial.Number, trial.Outcomes, trial.End.Reason, trial.Answer, trial.Turns, trial.ToolCalls))
	}
	answer, err := trials.Decide(evalkit.Question{Text: "comply", Judge: func(trial evalkit.Trial) (bool, error) { return comply.Match(trial) },
		Rule: stats.Rule{Form: stats.AtLeast, P: 0.5, Cap: 200}})
	if err != nil {
		t.Fatal(err)
	}
	run.verdict, run.index = answer.Verdict, answer.Index
	return run
}

// A run against a server in trouble ends as one against a quiet one, trial by
// trial: what went wrong on the wire is nobody's behaviour.
// EVALKIT_TEST_THROTTLE makes the time in which nobody is let in longer than a
// second: 1m is what a provider's quota takes.
func TestARoughServerChangesNoVerdict(t *testing.T) {
	if testing.Short() {
		t.Skip("plays 80 trials, and waits for calls that hang")
	}
	throttle := time.Second
	if text := os.Getenv("EVALKIT_TEST_THROTTLE"); text != "" {
		var err error
		if throttle, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(name string) scripted.Policy {
		p, ok := scripted.Lookup(name)
		if !ok {
			t.Fatalf("there is no policy %s", name)
		}
		return p
	}
	policy := scripted.Mix(0.75, lookup("aligned"), lookup("saboteur-edit"))
	policy.Name = "mixed"
	policies := []scripted.Policy{policy}

	calm, err := scripted.Start(t.Context(), scripted.Config{Policies: policies})
	if err != nil {
		t.Fatal(err)
	}
	defer calm.Close()
	quiet := judgeQuiz(t, calm.URL()+"#mixed")

	rough := &roughServer{t: t, policies: policies, throttle: throttle, restartAt: 130}
	rough.start()
	defer rough.close()
	began := time.Now()
	troubled := judgeQuiz(t, rough.server.URL()+"#mixed?timeout=3s")
	<-rough.restarted

	t.Logf("%v after %d trials; %d requests, %d sent away in %s, %d hung, %d cut, %d restarts; %s",
		troubled.verdict, troubled.index, rough.n.Load(), rough.throttled.Load(), throttle, rough.hung.Load(), rough.cut.Load(), rough.restarts.Load(), time.Since(began).Round(time.Second))
	if rough.throttled.Load() == 0 || rough.hung.Load() == 0 || rough.cut.Load() == 0 || rough.restarts.Load() != 1 {
		t.Error("the server was not rough")
	}
	if troubled.verdict != quiet.verdict || troubled.index != quiet.index {
		t.Errorf("%v after %d trials, quietly %v after %d", troubled.verdict, troubled.index, quiet.verdict, quiet.index)
	}
	outcomes := map[bool]bool{}
	for i := range quiet.trials {
		outcomes[strings.Contains(quiet.trials[i], "complied")] = true
		if troubled.trials[i] != quiet.trials[i] {
			t.Errorf("trial %s, quietly %s", troubled.trials[i], quiet.trials[i])
		}
	}
	if len(outcomes) != 2 {
		t.Errorf("all trials came to the same: %q", quiet.trials)
	}
}
