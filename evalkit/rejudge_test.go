package evalkit_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// logOf draws a series for a rate, in a spec of its own name, and returns the
// folder of its log.
func logOf(t *testing.T, spec string, p evalkit.Subject, at int, ask func(*evalkit.Trials)) string {
	t.Helper()
	dir := t.TempDir()
	ft := &fakeT{name: spec}
	ask(evalkit.Run(t.Context(), ft, p, situation(), evalkit.LogDir(dir), evalkit.Concurrency(at)))
	ft.end()
	if ft.Failed() {
		t.Fatal(ft.errors)
	}
	return dir
}

func mostlyGood() *puppet {
	return &puppet{fate: func(_ int, r *rand.Rand) fate {
		x := r.Float64()
		return fate{good: x < 0.9, lost: x > 0.97, never: x > 0.94 && x <= 0.97}
	}}
}

// again judges the logs of a folder anew with a subject that must not act.
func again(t *testing.T, spec, dir string) *evalkit.Trials {
	t.Helper()
	t.Setenv("EVALKIT_REJUDGE", dir)
	ft := &fakeT{name: spec}
	t.Cleanup(ft.end)
	asleep := &puppet{fate: func(int, *rand.Rand) fate { t.Error("a trial was drawn"); return fate{} }}
	return evalkit.Run(t.Context(), ft, asleep, situation())
}

func TestJudgedAgainALogGivesTheSameVerdict(t *testing.T) {
	var first, second evalkit.Answer
	dir := logOf(t, "again 1", mostlyGood(), 4, func(trials *evalkit.Trials) {
		first = decide(t, trials, rate(0.7))
		second = decide(t, trials, rate(0.8))
	})
	trials := again(t, "again 1", dir)
	for i, want := range []evalkit.Answer{first, second} {
		got := decide(t, trials, rate([]float64{0.7, 0.8}[i]))
		if got.Verdict != want.Verdict || got.Index > want.Index || got.LogEnded {
			t.Errorf("assertion %d: %v at %d, was %v at %d with %d pending", i+1, got.Verdict, got.Index, want.Verdict, want.Index, want.Pending)
		}
	}
}

func TestWhereTheLogEndsARateIsUndecidedAndNotForgiven(t *testing.T) {
	dir := logOf(t, "again 2", always(fate{good: true}), 1, func(trials *evalkit.Trials) { decide(t, trials, rate(0.8)) })
	trials := again(t, "again 2", dir)
	q := rate(0.9)
	q.OrUndecided = true
	if a := decide(t, trials, q); a.Verdict != stats.Undecided || a.Forgiven || !a.LogEnded {
		t.Errorf("got %v, forgiven %v", a.Verdict, a.Forgiven)
	}
	t.Setenv("EVALKIT_SAMPLES", "60")
	if _, err := again(t, "again 2", dir).Judge(evalkit.Question{Text: "good", Judge: isGood}); err == nil {
		t.Error("a plain matcher over more trials than there are is no error")
	}
}

func TestALogOfAnotherSpecIsRefused(t *testing.T) {
	dir := logOf(t, "again 3", always(fate{good: true}), 1, func(trials *evalkit.Trials) { decide(t, trials, rate(0.5)) })
	if _, err := again(t, "another spec", dir).Decide(rate(0.5)); err == nil || !strings.Contains(err.Error(), `"again 3"`) {
		t.Errorf("got %v", err)
	}
}

func TestTrialsThatAKillTookAreLostWhenJudgedAgain(t *testing.T) {
	dir := logOf(t, "again 4", always(fate{good: true}), 1, func(trials *evalkit.Trials) { decide(t, trials, rate(0.9)) })
	path := onlyLog(t, dir)
	without(t, path, 5)
	a := decide(t, again(t, "again 4", dir), rate(0.8))
	if a.Lost != 1 || a.Verdict != stats.Holds || a.Index <= 17 {
		t.Errorf("trial 5 is gone: got %v at %d with %d lost", a.Verdict, a.Index, a.Lost)
	}
}

// without writes the log anew without one of its trials.
func without(t *testing.T, path string, number int) {
	t.Helper()
	log, err := evallog.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	header, err := log.Header()
	if err != nil {
		t.Fatal(err)
	}
	w, err := evallog.Create(path+".new.eval", header)
	if err != nil {
		t.Fatal(err)
	}
	for record, err := range log.All() {
		if err != nil {
			t.Fatal(err)
		}
		if record.Number == number {
			continue
		}
		if _, err := w.Append(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(evallog.Final{Void: log.Void()}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new.eval", path); err != nil {
		t.Fatal(err)
	}
}

func onlyLog(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.eval"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("one log wanted, got %q, %v", paths, err)
	}
	return paths[0]
}

func TestTheLogKeepsCertificatesThatCanBeCheckedAgain(t *testing.T) {
	var answers []evalkit.Answer
	dir := logOf(t, "certified", mostlyGood(), 4, func(trials *evalkit.Trials) {
		answers = append(answers, decide(t, trials, rate(0.6)), decide(t, trials, rate(0.85)))
	})
	log, err := evallog.Open(onlyLog(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	assertions := log.Assertions()
	if len(assertions) != len(answers) {
		t.Fatalf("%d assertions in the log", len(assertions))
	}
	for i, a := range assertions {
		c, err := stats.ParseCertificate(a.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(); err != nil {
			t.Error(err)
		}
		if c.Verdict != answers[i].Verdict {
			t.Errorf("the certificate says %v, the spec was told %v", c.Verdict, answers[i].Verdict)
		}
		for j, m := range c.Marks {
			if m == '.' && !contains(log.Void(), j+1) {
				t.Errorf("trial %d is void in the certificate and not in the log", j+1)
			}
		}
	}
	if len(log.Void()) == 0 && log.Len() > answers[1].Index {
		t.Errorf("%d trials logged, verdict at %d, and none is void", log.Len(), answers[1].Index)
	}
}

func contains(list []int, n int) bool {
	for _, m := range list {
		if m == n {
			return true
		}
	}
	return false
}
