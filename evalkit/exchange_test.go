package evalkit_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// echo answers every trial under the id that it is told.
type echo struct {
	id func(number int) string
}

func (echo) Info() evalkit.SubjectInfo { return evalkit.SubjectInfo{Name: "echo"} }

func (e echo) Act(_ context.Context, stage *evalkit.Stage) (transcript.End, error) {
	stage.Record(transcript.Message{Role: "user", Content: stage.Prompt})
	stage.NextTurn()
	stage.Record(transcript.ModelCall{Content: "good", Finish: "stop", ID: e.id(stage.Number)})
	return transcript.End{Reason: transcript.EndStopped, Answer: "good"}, nil
}

// Answers under one id came from a cache; answers without any id did not, for
// all that is known.
func TestTheSameAnswerTwiceIsACopy(t *testing.T) {
	const drawn = 74 // the fewest that can show 0.95
	cases := map[string]struct {
		id     func(number int) string
		copies int
	}{
		"an id each": {func(n int) string { return fmt.Sprint(n) }, 0},
		"one id":     {func(int) string { return "cached" }, 73},
		"two ids":    {func(n int) string { return fmt.Sprint(n % 2) }, 72},
		"no id":      {func(int) string { return "" }, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ft := &fakeT{name: t.Name()}
			trials := evalkit.Run(t.Context(), ft, echo{c.id}, situation(), evalkit.LogDir(t.TempDir()))
			a, err := trials.Decide(evalkit.Question{Text: "rate", Judge: isGood, Rule: stats.Rule{P: 0.95, Cap: drawn}})
			if err != nil {
				t.Fatal(err)
			}
			if a.Copies != c.copies || a.Good != drawn-c.copies {
				t.Errorf("%d copies and %d good, want %d and %d", a.Copies, a.Good, c.copies, drawn-c.copies)
			}
			ft.end()
		})
	}
}
