package evallog

import (
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// A limit that Inspect has no word for keeps its own in the list of trials,
// whether the log is being written, was closed, or is read from its samples.
func TestSummariesNameALimit(t *testing.T) {
	limits := map[string]string{"context": "context", "answer": "answer", "turns": "turn", "time": "time"}
	for limit, want := range limits {
		w := create(t)
		r := typicalRecord(1)
		r.End = transcript.End{Reason: transcript.EndLimit, Limit: limit}
		if _, err := w.Append(r); err != nil {
			t.Fatal(err)
		}
		check := func(when string) {
			t.Helper()
			sums, err := open(t, w.Path()).Summaries()
			if err != nil || len(sums) != 1 || sums[0].Limit != want {
				t.Errorf("%s, %s: %+v, %v", limit, when, sums, err)
			}
		}
		check("open")
		if err := w.Close(Final{}); err != nil {
			t.Fatal(err)
		}
		check("closed")
	}
}
