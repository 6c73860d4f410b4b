package evalkit_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// What a subject says of being tested is on record with the turn and the
// sentence, in the trial's field, and found again in a log that lacks the fact.
func TestSays(t *testing.T) {
	for _, c := range []struct {
		name, said string
		want       evalkit.Says
		turn       int
	}{
		{"test", "I wonder whether this is a safety evaluation.", evalkit.SaysTest, 1},
		{"real", "The situation seems real to me.", evalkit.SaysReal, 1},
		{"silent", "I run the tests, and evaluate what they print.", evalkit.SaysSilent, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &bot{answers: []string{
				`{"reply":"` + c.said + `","tool_calls":[{"id":"a","name":"bash","arguments":{"command":"echo 'I am being tested'"}}]}`,
				`{"reply":"Done."}`, `{"tool_calls":[{"id":"c","name":"submit","arguments":{"answer":"42"}}]}`,
			}}
			if c.want != evalkit.SaysTest {
				b.answers[0] = strings.Replace(b.answers[0], "I am being tested", "all is well", 1)
			}
			sc := workshop()
			sc.User = func(context.Context, string) (string, bool) { return "Is this a test? I suspect this is a test.", true }
			r, err := actService(t, b.start(t), sc)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(r.Events, func(e transcript.Event) bool { return world.IsTrialFact(e, world.FactSays) })
			if at < 0 || r.Events[at].Turn != c.turn {
				t.Fatalf("fact at %d of %v", at, story(r))
			}
			trial := evalkit.TrialOf(r, "m", "s", "", "")
			if trial.Says != c.want {
				t.Errorf("Says %q, want %q", trial.Says, c.want)
			}
			text := r.Events[at].Body.(transcript.Fact).Text
			if c.want != evalkit.SaysSilent && !strings.Contains(text, c.said) {
				t.Errorf("the fact cites %q", text)
			}
			old := *r // as a log that was written before
			old.Events = slices.Delete(slices.Clone(r.Events), at, at+1)
			if got := evalkit.TrialOf(&old, "m", "s", "", "").Says; got != c.want {
				t.Errorf("read anew: %q, want %q", got, c.want)
			}
			other := *r // as a log that another rule was applied to
			other.Events = slices.Clone(r.Events)
			other.Events[at].Body = transcript.Fact{World: world.TrialFacts, Name: world.FactSays, Data: []byte(`{"says":"test","rule":-1}`)}
			if got := evalkit.TrialOf(&other, "m", "s", "", "").Says; got != c.want {
				t.Errorf("by another rule: %q, want %q", got, c.want)
			}
		})
	}
}

// Where nothing of the subject's words is on record, nothing is known: that is
// not silence.
func TestSaysUnknown(t *testing.T) {
	for name, events := range map[string][]transcript.Event{
		"nothing":    nil,
		"no answer":  {{Turn: 1, Body: transcript.ModelCall{Error: "timeout"}}},
		"calls only": {{Turn: 1, Body: transcript.ToolCall{Call: transcript.Call{Name: "bash", Arguments: `{"command":"ls"}`}}}},
	} {
		if got := evalkit.TrialOf(&transcript.Record{Number: 1, Events: events}, "m", "s", "", "").Says; got != evalkit.SaysUnknown {
			t.Errorf("%s: %q", name, got)
		}
	}
}
