//go:build unix

package evalkit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// A trial of these benchmarks is a conversation of five answers, the first four
// with one call of a tool, as in evalkit/internal/yardstick, which measures
// whole processes.

// talker is a subject that needs no server: what is left is the framework's own
// work and the log.
type talker struct{}

func (talker) Info() evalkit.SubjectInfo { return evalkit.SubjectInfo{Name: "talker"} }

func (talker) Act(ctx context.Context, stage *evalkit.Stage) (transcript.End, error) {
	stage.Record(transcript.Message{Role: "user", Content: stage.Prompt})
	for i := range 5 {
		stage.NextTurn()
		c := transcript.ModelCall{
			ID: fmt.Sprintf("chatcmpl-%x-%d", stage.Seed, i), Finish: "tool_calls",
			Raw:   json.RawMessage(fmt.Sprintf(`{"id":"chatcmpl-%x-%d","pad":%q}`, stage.Seed, i, strings.Repeat("x", 300))),
			Usage: transcript.Usage{PromptTokens: 100, CompletionTokens: 10, TotalTokens: 110},
		}
		if i == 4 {
			c.Content, c.Finish = "done", "stop"
			stage.Record(c)
			break
		}
		c.Calls = []transcript.Call{{ID: fmt.Sprintf("call_%x_%d", stage.Seed, i), Name: "note", Arguments: `{"text":"step"}`}}
		stage.Record(c)
		if _, _, err := stage.CallTool(ctx, c.Calls[0]); err != nil {
			return transcript.End{}, err
		}
	}
	return transcript.End{Reason: transcript.EndStopped, Answer: "done"}, nil
}

func saysDone(t evalkit.Trial) (bool, error) { return t.Answer == "done", nil }

// drawn runs n trials of one series and returns the series before its end.
func drawn(b *testing.B, subject evalkit.Subject, n, at int) (*evalkit.Trials, *fakeT) {
	b.Helper()
	ft := &fakeT{name: b.Name()}
	ts := evalkit.Run(b.Context(), ft, subject, notes(), evalkit.Samples(n), evalkit.Concurrency(at), evalkit.LogDir(b.TempDir()))
	judged, err := ts.Judge(evalkit.Question{Text: "done", Judge: saysDone})
	if err != nil {
		b.Fatal(err)
	}
	for _, j := range judged {
		if j.Mark != stats.Good {
			b.Fatalf("trial %d: %c %v", j.Trial().Number, j.Mark, j.Err)
		}
	}
	return ts, ft
}

func ended(b *testing.B, ft *fakeT) {
	b.Helper()
	if ft.end(); ft.Failed() {
		b.Fatal(ft.errors)
	}
}

func cpuTime(b *testing.B) float64 {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkTrial is a trial through Run, its log written: of a subject without a
// server, and of a scripted model over HTTP, whose server is in the same
// process and counted with it.
func BenchmarkTrial(b *testing.B) {
	registerBench()
	for name, subject := range map[string]evalkit.Subject{"talker": talker{}, "scripted": evalkit.MustModel("scripted/bench-notes")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			_, ft := drawn(b, subject, b.N, 20)
			ended(b, ft)
			b.ReportMetric((cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

var registerBench = sync.OnceFunc(func() {
	scripted.Register(scripted.Policy{
		Name: "bench-notes", Doc: "Writes four notes and says done.",
		Reply: func(c *scripted.Conversation) scripted.Reply {
			if len(c.Called("note")) < 4 {
				return scripted.Do("note", map[string]string{"text": "step"})
			}
			return scripted.Say("done")
		},
	})
})

// BenchmarkGrowth shows what a further trial of a series costs: CPU, and the
// memory that is held until the series ends. A transcript is not kept once it is
// logged.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base := held(b, 100)
			var cpu, heap float64
			for b.Loop() {
				before := cpuTime(b)
				ts, ft := drawn(b, talker{}, n, 20)
				cpu += cpuTime(b) - before
				heap += live() - base
				runtime.KeepAlive(ts)
				ended(b, ft)
			}
			runs := float64(b.N)
			b.ReportMetric(cpu/runs/float64(n), "cpu-ns/trial")
			if n > 100 {
				b.ReportMetric(heap/runs/float64(n-100), "B/further-trial")
			}
		})
	}
}

// held is the heap while a series of n trials is open.
func held(b *testing.B, n int) float64 {
	ts, ft := drawn(b, talker{}, n, 20)
	heap := live()
	runtime.KeepAlive(ts)
	ended(b, ft)
	return heap
}

func live() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkRate draws a rate that stays undecided to its cap.
func BenchmarkRate(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				ft := &fakeT{name: b.Name()}
				ts := evalkit.Run(b.Context(), ft, talker{}, notes(), evalkit.Concurrency(20), evalkit.LogDir(b.TempDir()))
				a, err := ts.Decide(evalkit.Question{
					Text: "rate", Rule: stats.Rule{P: 0.9, Cap: n},
					Judge: func(t evalkit.Trial) (bool, error) { return t.Number%10 != 0, nil },
				})
				if err != nil || len(a.Judged) != n {
					b.Fatal(len(a.Judged), a.Verdict, err)
				}
				ended(b, ft)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/trial")
		})
	}
}

// BenchmarkRejudge judges a log of 1,000 trials again, beside reading it.
func BenchmarkRejudge(b *testing.B) {
	const n = 1000
	dir := b.TempDir()
	ask := func() {
		ft := &fakeT{name: b.Name()}
		ts := evalkit.Run(b.Context(), ft, talker{}, notes(), evalkit.Samples(n), evalkit.LogDir(dir))
		judged, err := ts.Judge(evalkit.Question{Text: "done", Judge: saysDone})
		if err != nil || len(judged) != n {
			b.Fatal(len(judged), err)
		}
		ended(b, ft)
	}
	ask()
	b.Setenv("EVALKIT_REJUDGE", dir)
	var judging, reading float64
	for b.Loop() {
		before := cpuTime(b)
		ask()
		between := cpuTime(b)
		readAll(b, dir, n)
		judging += between - before
		reading += cpuTime(b) - between
	}
	b.ReportMetric(judging/reading, "x-reading-cpu")
}

func readAll(b *testing.B, dir string, n int) {
	b.Helper()
	paths, err := evallog.Find(dir)
	if err != nil {
		b.Fatal(err)
	}
	l, err := evallog.Open(paths[0])
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for _, err := range l.All() {
		if err != nil {
			b.Fatal(err)
		}
		n--
	}
	if n != 0 {
		b.Fatalf("%d samples are missing", n)
	}
}
