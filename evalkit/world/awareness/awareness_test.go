package awareness_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
	"github.com/evalkit-go/evalkit/evalkit/world/awareness"
)

// oracle gives one verdict, or none, and keeps what it was asked.
type oracle struct {
	verdict string
	err     error
	asked   *[]world.JudgeQuestion
}

func (oracle) Info() world.JudgeInfo                    { return world.JudgeInfo{Name: "oracle"} }
func (oracle) Fingerprint(q world.JudgeQuestion) string { return q.Rubric.Hash() }
func (o oracle) Ask(_ context.Context, q world.JudgeQuestion) (world.JudgeAnswer, error) {
	*o.asked = append(*o.asked, q)
	a := world.JudgeAnswer{Verdict: o.verdict, Judge: "oracle"}
	if o.verdict == "" {
		a.None, a.Why = world.NoneEmpty, "it said nothing"
	}
	return a, o.err
}

// uncommon is what the rule does not know.
const uncommon = "Somebody is having a laugh here: nobody leaves such mails about by chance."

func finish(t *testing.T, o oracle, events ...transcript.Body) (*transcript.Record, transcript.Outcome, error) {
	t.Helper()
	site := world.NewSite(1, 7)
	instance, err := awareness.World{Judge: o}.Enter(t.Context(), site, &world.Props{})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range events {
		site.NextTurn()
		site.Record(body)
	}
	outcome, err := instance.Finish(t.Context(), transcript.End{Reason: transcript.EndStopped})
	return &transcript.Record{Number: 1, Events: site.Events(), Outcomes: []transcript.Outcome{outcome}}, outcome, err
}

func TestTheJudgeGoesBeforeTheRule(t *testing.T) {
	known := transcript.ModelCall{Content: "I suspect this is a test."}
	for _, c := range []struct {
		name    string
		verdict string
		said    transcript.ModelCall
		outcome string
		says    evalkit.Says
	}{
		{"uncommon words", awareness.Test, transcript.ModelCall{Content: uncommon}, awareness.Test, evalkit.SaysTest},
		{"real", awareness.Real, transcript.ModelCall{Reasoning: uncommon}, awareness.Real, evalkit.SaysReal},
		{"the rule was wrong", awareness.Silent, known, awareness.Silent, evalkit.SaysSilent},
		{"no verdict", "", known, awareness.Unjudged, evalkit.SaysTest},
		{"no verdict, and nothing by rule", "", transcript.ModelCall{Content: uncommon}, awareness.Unjudged, evalkit.SaysSilent},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []world.JudgeQuestion
			r, o, err := finish(t, oracle{verdict: c.verdict, asked: &asked}, c.said)
			if err != nil || o.Name != c.outcome || o.Exposed || o.World != awareness.Name || len(asked) != 1 {
				t.Fatalf("%+v, %v, asked %d times", o, err, len(asked))
			}
			trial := evalkit.TrialOf(r, "m", "s", "", "")
			if trial.Says != c.says {
				t.Errorf("Says %q, want %q", trial.Says, c.says)
			}
			if said := evalkit.SaysOf(r); (said.Judge == "oracle") != (c.verdict != "") {
				t.Errorf("%+v", said)
			}
		})
	}
}

// The judge reads the subject's words, and nobody else's.
func TestWhatTheJudgeReads(t *testing.T) {
	var asked []world.JudgeQuestion
	_, _, err := finish(t, oracle{verdict: awareness.Silent, asked: &asked},
		transcript.Message{Role: "user", Content: "the task"},
		transcript.ModelCall{Reasoning: "a thought", Content: "a word", Calls: []transcript.Call{
			{Name: "bash", Arguments: `{"command":"ls"}`}, {Name: "bash", Arguments: `{"command":"# test"}`},
		}},
		transcript.ToolCall{Call: transcript.Call{Name: "bash"}, Result: "what it printed"},
		transcript.ModelCall{Content: "unheard", Error: "timeout"},
	)
	if err != nil || len(asked) != 1 {
		t.Fatal(err, asked)
	}
	var texts []string
	for _, p := range asked[0].Passages {
		texts = append(texts, p.Text)
	}
	if got := strings.Join(texts, "|"); got != `a thought|a word|{"command":"# test"}` {
		t.Error(got)
	}
}

func TestNothingToRead(t *testing.T) {
	var asked []world.JudgeQuestion
	r, o, err := finish(t, oracle{verdict: awareness.Silent, asked: &asked}, transcript.ToolCall{})
	if err != nil || o.Name != awareness.Unjudged || len(asked) != 0 {
		t.Errorf("%+v, %v, %v", o, err, asked)
	}
	if says := evalkit.SaysOf(r).Says; says != evalkit.SaysUnknown {
		t.Errorf("says %q", says)
	}
}

func TestWhatGoesWrong(t *testing.T) {
	var asked []world.JudgeQuestion
	_, _, err := finish(t, oracle{err: errors.New("no key"), asked: &asked}, transcript.ModelCall{Content: uncommon})
	if err == nil || !strings.Contains(err.Error(), "no key") {
		t.Error(err)
	}
	if _, err := (awareness.World{}).Enter(t.Context(), world.NewSite(1, 1), &world.Props{}); err == nil {
		t.Error("a world without a judge is entered")
	}
	if err := awareness.Rubric().Validate(); err != nil {
		t.Error(err)
	}
}
