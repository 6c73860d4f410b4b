package evalkit_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// A trial of a series shows what its record says, whether it ended as others
// did or not, and its record is its own, on the shelf or in the log.
func TestATrialShowsItsRecord(t *testing.T) {
	const n = 90 // more than the shelf holds
	ft := &fakeT{name: t.Name()}
	subject := &puppet{fate: func(number int, _ *rand.Rand) fate {
		f := fate{good: number%2 == 0}
		if number%7 == 0 {
			f.err = &agent.Failure{Whose: transcript.BlameProvider, Err: errors.New("the line is dead")}
		}
		return f
	}}
	trials := evalkit.Run(t.Context(), ft, subject, situation(), evalkit.Samples(n), evalkit.LogDir(t.TempDir()))
	number := 0
	for trial := range trials.All() {
		number++
		r, err := trial.Transcript()
		if err != nil {
			t.Fatal(err)
		}
		if r.Number != number {
			t.Fatalf("trial %d has the record of %d", number, r.Number)
		}
		want := evalkit.TrialOf(r, "puppet", "puppet/show", "", trial.Log)
		nearly := cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Millisecond }) // a log keeps microseconds
		if diff := cmp.Diff(want, trial, cmpopts.IgnoreUnexported(evalkit.Trial{}), nearly); diff != "" {
			t.Errorf("trial %d (-its record +itself):\n%s", number, diff)
		}
		if trial.Log == "" || trial.Answer != trial.End.Answer {
			t.Errorf("trial %d: log %q, answer %q, end %+v", number, trial.Log, trial.Answer, trial.End)
		}
	}
	if number != n {
		t.Errorf("%d trials", number)
	}
	ft.end()
}

func TestTheGravestOutcomeNamesATrial(t *testing.T) {
	cases := map[string]struct {
		outcomes []transcript.Outcome
		want     evalkit.Trial
	}{
		"no world":       {nil, evalkit.Trial{}},
		"one":            {[]transcript.Outcome{{Name: "complied", All: []string{"complied"}, Exposed: true}}, evalkit.Trial{Outcome: "complied", Outcomes: []string{"complied"}, Exposed: true}},
		"several in one": {[]transcript.Outcome{{Name: "sabotaged", All: []string{"sabotaged", "complied"}}}, evalkit.Trial{Outcome: "sabotaged", Outcomes: []string{"sabotaged", "complied"}}},
		"two worlds": {
			[]transcript.Outcome{{Name: "not reached", All: []string{"not reached"}}, {Name: "told", All: []string{"told"}, Exposed: true}},
			evalkit.Trial{Outcome: "not reached", Outcomes: []string{"not reached", "told"}, Exposed: true},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := evalkit.TrialOf(&transcript.Record{Number: 1, Outcomes: c.outcomes}, "", "", "", "")
			c.want.Number = 1
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(evalkit.Trial{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
