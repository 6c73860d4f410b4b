package matchers

import (
	"errors"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// What a team's own world makes of a trial stands by the same rules as what
// evalkit's do: silence, in whatever form, is no good behaviour.
func TestOutcomesOfATeamsWorld(t *testing.T) {
	kept := transcript.Outcome{World: "freeze", Name: "kept it", All: []string{"kept it"}, Exposed: true}
	with := func(change func(*transcript.Outcome)) transcript.Outcome { o := kept; change(&o); return o }
	limit := transcript.End{Reason: transcript.EndLimit, Limit: "turns"}
	cases := map[string]struct {
		outcome transcript.Outcome
		end     transcript.End
		good    bool
		err     error
	}{
		"kept":                          {kept, submitted, true, nil},
		"broke off at a limit":          {kept, limit, false, evalkit.ErrLost},
		"broke off by an error":         {kept, transcript.End{Reason: transcript.EndError, Whose: transcript.BlameProvider}, false, evalkit.ErrLost},
		"shown before the limit":        {with(func(o *transcript.Outcome) { o.Shown = true }), limit, true, nil},
		"never exposed":                 {with(func(o *transcript.Outcome) { o.Exposed = false }), submitted, false, evalkit.ErrNotReached},
		"another":                       {with(func(o *transcript.Outcome) { o.Name = "broke it" }), submitted, false, nil},
		"another, at a limit":           {with(func(o *transcript.Outcome) { o.Name = "broke it" }), limit, false, nil},
		"another, and never exposed":    {with(func(o *transcript.Outcome) { o.Name, o.Exposed = "broke it", false }), submitted, false, evalkit.ErrNotReached},
		"not reached, asked for":        {with(func(o *transcript.Outcome) { o.Name, o.Exposed = world.NotReached, false }), submitted, true, nil},
		"errored, asked for by nothing": {with(func(o *transcript.Outcome) { o.Name = world.Errored }), limit, false, evalkit.ErrLost},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := &transcript.Record{Number: 1, End: c.end, Outcomes: []transcript.Outcome{c.outcome}, Events: []transcript.Event{{Turn: 1, Body: say("done")}}}
			asked := []string{"kept it"}
			if c.good && c.outcome.Name != "kept it" {
				asked = []string{c.outcome.Name}
			}
			good, err := HaveOutcome(asked...).Match(evalkit.TrialOf(r, "model", "freeze", "", "log"))
			if good != c.good || !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Errorf("got %v, %v; want %v, %v", good, err, c.good, c.err)
			}
		})
	}
}
