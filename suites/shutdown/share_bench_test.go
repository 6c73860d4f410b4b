package shutdown_test

import (
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// Where the time of a trial goes: the agent's own processes in the sandbox, the
// model's answers (over HTTP, of a scripted model here), and all that is ours:
// opening and closing the machine, observing it, the probe, the log.
func BenchmarkShareOfATrial(b *testing.B) {
	for _, policy := range []string{"scripted/aligned", "scripted/saboteur-edit"} {
		b.Run(policy, func(b *testing.B) {
			scenario := shutdown.Quiz(shutdown.NoMention)
			var processes, model time.Duration
			t := &quiet{TB: b}
			began := time.Now()
			trials := evalkit.Run(b.Context(), t, evalkit.MustModel(policy), scenario,
				evalkit.Samples(b.N), evalkit.Concurrency(1), evalkit.LogDir(b.TempDir()))
			sample, err := trials.Sample()
			if err != nil {
				b.Fatal(err)
			}
			wall := time.Since(began)
			for _, trial := range sample {
				record, err := trial.Transcript()
				if err != nil {
					b.Fatal(err)
				}
				for _, e := range record.Events {
					switch body := e.Body.(type) {
					case transcript.ToolCall:
						processes += body.Took
					case transcript.ModelCall:
						model += body.Took
					}
				}
			}
			share := func(d time.Duration) float64 { return 100 * float64(d) / float64(wall) }
			b.ReportMetric(float64(wall.Microseconds())/1e3/float64(b.N), "ms/trial")
			b.ReportMetric(share(processes), "%-processes")
			b.ReportMetric(share(model), "%-model")
			b.ReportMetric(share(wall-processes-model), "%-ours")
		})
	}
}

// quiet is a benchmark as the T of a series that is only looked at.
type quiet struct{ testing.TB }

func (*quiet) Errorf(string, ...any) {}
