package judge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/judge"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

func polite() judge.Rubric {
	return judge.Rubric{Name: "polite", Version: "1", Question: "Is the passage polite?", Verdicts: []judge.Verdict{
		{Name: "polite", Means: "it asks kindly", Good: true}, {Name: "rude", Means: "it insults"},
	}}
}

func about(text string) judge.Question {
	return judge.Question{Rubric: polite(), Passages: []judge.Passage{{Name: "mail 1", Text: text}}}
}

// serve serves one policy over HTTP and gives its name as a judge's model.
func serve(t *testing.T, reply func(*scripted.Conversation) scripted.Reply) string {
	t.Helper()
	s, err := scripted.Start(context.Background(), scripted.Config{Policies: []scripted.Policy{{Name: "referee", Reply: reply}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.URL() + "#referee"
}

func must(t *testing.T, c judge.Config) *judge.Judge {
	t.Helper()
	j, err := judge.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func say(verdict, cite string) scripted.Reply {
	return scripted.Say(fmt.Sprintf("REASON: so it is.\nCITE: %q\nVERDICT: %s", cite, verdict))
}

const thanks = "Thank you for your patience."

func TestAsk(t *testing.T) {
	for name, c := range map[string]struct {
		reply   scripted.Reply
		verdict string
		none    world.NoJudgement
		calls   int
	}{
		"a verdict":            {say("polite", thanks), "polite", "", 1},
		"the other":            {say("rude", thanks), "rude", "", 1},
		"the way out":          {say("cannot determine", thanks), "", world.NoneUndetermined, 1},
		"off the list":         {say("C", thanks), "", world.NoneOffMenu, 1},
		"what is not there":    {say("polite", "Thanks a lot, my friend."), "", world.NoneUncited, 1},
		"a refusal":            {scripted.Say("I'm sorry, I can't judge this."), "", world.NoneRefused, 1},
		"withheld":             {scripted.Reply{Text: say("polite", thanks).Text, FinishReason: "content_filter"}, "", world.NoneRefused, 1},
		"cut":                  {scripted.Reply{Text: say("polite", thanks).Text, FinishReason: "length"}, "", world.NoneCut, 1},
		"no line of a verdict": {scripted.Say("It is polite."), "", world.NoneUnread, 2},
		"a verdict in a line":  {scripted.Say("My verdict: polite"), "", world.NoneUnread, 1}, // a second one could be another
	} {
		t.Run(name, func(t *testing.T) {
			j := must(t, judge.Config{Model: serve(t, func(*scripted.Conversation) scripted.Reply { return c.reply })})
			a, err := j.Ask(t.Context(), about(thanks))
			if err != nil || a.Verdict != c.verdict || a.None != c.none || len(a.Calls) != c.calls {
				t.Fatalf("%+v, %v", a, err)
			}
			if a.Good != (c.verdict == "polite") || a.Judge != j.String() || a.Prompt == "" || a.Fingerprint != j.Fingerprint(about(thanks)) {
				t.Errorf("%+v", a)
			}
			if call := a.Calls[0]; call.Answer != c.reply.Text || call.Request == "" || call.Model != "referee" || a.Usage.TotalTokens == 0 {
				t.Errorf("the call %+v is not on record", call)
			}
		})
	}
}

func TestAnAnswerWithoutAVerdictLineIsAskedForOnce(t *testing.T) {
	j := must(t, judge.Config{Model: serve(t, func(c *scripted.Conversation) scripted.Reply {
		if c.Turn() == 0 {
			return scripted.Say("Kind words.")
		}
		if !c.Said("Kind words.") || !strings.Contains(c.LastUser(), "in the form") {
			return scripted.Say("I was not told.")
		}
		return say("polite", thanks)
	})})
	a, err := j.Ask(t.Context(), about(thanks))
	if err != nil || a.Verdict != "polite" || len(a.Calls) != 2 || a.Calls[0].Malformed == "" || a.Calls[1].Malformed != "" {
		t.Fatalf("%+v, %v", a, err)
	}
	if a.Usage.TotalTokens != a.Calls[0].Usage.TotalTokens+a.Calls[1].Usage.TotalTokens {
		t.Errorf("usage %+v of %+v", a.Usage, a.Calls)
	}
}

func TestTheJudgeReadsThePassageAlone(t *testing.T) {
	var seen atomic.Pointer[scripted.Conversation]
	j := must(t, judge.Config{Model: serve(t, func(c *scripted.Conversation) scripted.Reply {
		seen.Store(c)
		return say("polite", thanks)
	})})
	q := about(thanks)
	q.Passages[0].Name = "mail to eve@example.org"
	if _, err := j.Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	c := seen.Load()
	if len(c.Messages) != 2 || c.Told("eve@example.org") || !c.Told(thanks) || len(c.Tools) > 0 {
		t.Errorf("it was sent %+v", c.Messages)
	}
}

func TestParametersArePinned(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "")
	for name, want := range map[string]string{
		"openai/gpt-5.4":                       "openai/gpt-5.4?temperature=0&max_tokens=4000",
		"openai/gpt-5.4?temperature=1":         "openai/gpt-5.4?temperature=1&max_tokens=4000",
		"http://127.0.0.1:1/v1#q?max_tokens=9": "http://127.0.0.1:1/v1#q?max_tokens=9&temperature=0",
	} {
		j := must(t, judge.Config{Model: name})
		if j.String() != want || j.Info().Seats[0].Model != want {
			t.Errorf("%s: %s, want %s", name, j, want)
		}
	}
	if seat := must(t, judge.Config{Model: "openai/gpt-5.4", Self: true}).Info().Seats[0]; !seat.Paid || !seat.Self || seat.Served != "gpt-5.4" {
		t.Errorf("%+v", seat)
	}
	if seat := must(t, judge.Config{Model: "http://127.0.0.1:1/v1#q"}).Info().Seats[0]; seat.Paid || seat.Self {
		t.Errorf("%+v", seat)
	}
	if _, err := judge.New(judge.Config{}); err == nil {
		t.Error("a judge without a model")
	}
	a, b := must(t, judge.Config{Model: "openai/gpt-5.4"}), must(t, judge.Config{Model: "openai/gpt-5.4?temperature=1"})
	if a.Fingerprint(about(thanks)) == b.Fingerprint(about(thanks)) || a.Fingerprint(about(thanks)) == a.Fingerprint(about("Other words.")) {
		t.Error("questions that differ have one fingerprint")
	}
}

func TestWhatAJudgeLacksIsSaidBeforehand(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	t.Setenv("OPENAI_BASE_URL", "")
	for name, says := range map[string]string{
		"openai/gpt-5.4":              "OPENAI_API_KEY",
		"http://127.0.0.1:1/v1#judge": "nobody answers",
		"scripted/no-such-policy":     "no such policy",
	} {
		if err := must(t, judge.Config{Model: name}).Check(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
	if err := must(t, judge.Config{Model: serve(t, func(*scripted.Conversation) scripted.Reply { return scripted.Reply{} })}).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestServersThatFail(t *testing.T) {
	fail := func(f scripted.Fault) *judge.Judge {
		return must(t, judge.Config{Model: serve(t, func(*scripted.Conversation) scripted.Reply { return scripted.Reply{Fault: f} })})
	}
	if _, err := fail(scripted.Status(http.StatusUnauthorized, `{"error":{"message":"no such key"}}`)).Ask(t.Context(), about(thanks)); err == nil {
		t.Error("a key that is refused ends the series")
	}
	a, err := fail(scripted.Status(http.StatusBadRequest, `{"error":{"message":"triggering our content management policy"}}`)).Ask(t.Context(), about(thanks))
	if err != nil || a.None != world.NoneRefused || a.Calls[0].Error == "" {
		t.Errorf("a filter that refuses the request: %+v, %v", a, err)
	}
	a, err = fail(scripted.Status(http.StatusBadRequest, `{"error":{"message":"too long","code":"context_length_exceeded"}}`)).Ask(t.Context(), about(thanks))
	if err != nil || a.None != world.NoneError {
		t.Errorf("a passage that is too long: %+v, %v", a, err)
	}
	if _, err = fail(scripted.Status(http.StatusBadRequest, `{"error":{"message":"temperature must be 1"}}`)).Ask(t.Context(), about(thanks)); err == nil || !strings.Contains(err.Error(), "temperature=1") {
		t.Errorf("a parameter that is refused: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fail(scripted.Fault{}).Ask(ctx, about(thanks)); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	var fault *model.Error
	if _, err := must(t, judge.Config{Model: "http://127.0.0.1:1/v1#q"}).Ask(t.Context(), judge.Question{}); err == nil || errors.As(err, &fault) {
		t.Errorf("a question that is none: %v", err)
	}
}

// seat is a judge whose answer is told beforehand.
type seat struct {
	name   string
	answer world.JudgeAnswer
	err    error
}

func (s seat) Info() world.JudgeInfo {
	return world.JudgeInfo{Name: s.name, Seats: []world.JudgeSeat{{Model: s.name}}}
}
func (s seat) Fingerprint(q judge.Question) string { return s.name + q.Rubric.Hash() }
func (s seat) Ask(context.Context, judge.Question) (judge.Answer, error) {
	return s.answer, s.err
}

func TestPanels(t *testing.T) {
	rude, kind := world.JudgeAnswer{Verdict: "rude", Cite: "x"}, world.JudgeAnswer{Verdict: "polite", Good: true, Cite: "y"}
	none := world.JudgeAnswer{None: world.NoneRefused, Why: "no"}
	for name, c := range map[string]struct {
		answers []world.JudgeAnswer
		verdict string
	}{
		"two of three":                      {[]world.JudgeAnswer{kind, rude, kind}, "polite"},
		"all":                               {[]world.JudgeAnswer{rude, rude}, "rude"},
		"a tie":                             {[]world.JudgeAnswer{rude, kind}, ""},
		"most of the answers, not of seats": {[]world.JudgeAnswer{rude, none, none}, ""},
		"half of the seats":                 {[]world.JudgeAnswer{rude, rude, none, none}, ""},
		"none at all":                       {[]world.JudgeAnswer{none, none, none}, ""},
		"more than half with one silent":    {[]world.JudgeAnswer{none, kind, kind}, "polite"},
	} {
		var p judge.Panel
		for i, a := range c.answers {
			a.Usage.TotalTokens = 10
			p.Judges = append(p.Judges, seat{name: fmt.Sprint("seat", i), answer: a})
		}
		a, err := p.Ask(t.Context(), about(thanks))
		if err != nil || a.Verdict != c.verdict || (a.None == world.NoneTie) != (c.verdict == "") || a.Good != (c.verdict == "polite") {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		if len(a.Seats) != len(c.answers) || a.Usage.TotalTokens != 10*len(c.answers) || (a.Cite == "") != (c.verdict == "") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for name, p := range map[string]judge.Panel{
		"of one":   {Judges: []world.Judge{seat{name: "a"}}},
		"of none":  {},
		"of a nil": {Judges: []world.Judge{seat{name: "a"}, nil}},
		"of twins": {Judges: []world.Judge{seat{name: "a"}, seat{name: "a"}}},
	} {
		if p.Check(t.Context()) == nil {
			t.Errorf("a panel %s is none", name)
		}
		if _, err := p.Ask(t.Context(), about(thanks)); err == nil {
			t.Errorf("a panel %s answers", name)
		}
	}
	broken := judge.Panel{Judges: []world.Judge{seat{name: "a", answer: rude}, seat{name: "b", err: errors.New("no key")}}}
	if _, err := broken.Ask(t.Context(), about(thanks)); err == nil {
		t.Error("a seat without a key ends the series")
	}
	info := broken.Info()
	if info.Name != "panel(a, b)" || !slices.Equal(info.Seats, []world.JudgeSeat{{Model: "a"}, {Model: "b"}}) {
		t.Errorf("%+v", info)
	}
}
