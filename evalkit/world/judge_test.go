package world_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

func polite() world.Rubric {
	return world.Rubric{Name: "polite", Version: "1", Question: "Is the passage polite?", Verdicts: []world.RubricVerdict{
		{Name: "polite", Means: "it thanks or asks kindly", Good: true},
		{Name: "rude", Means: "it insults"},
	}}
}

func TestRubricsThatAreNone(t *testing.T) {
	if err := polite().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*world.Rubric)
		says   string
	}{
		"no name":            {func(r *world.Rubric) { r.Name = "" }, "not one word"},
		"a name of two":      {func(r *world.Rubric) { r.Name = "a b" }, "not one word"},
		"no question":        {func(r *world.Rubric) { r.Question = " " }, "no Question"},
		"no list":            {func(r *world.Rubric) { r.Verdicts = nil }, "no closed list"},
		"a list of one":      {func(r *world.Rubric) { r.Verdicts = r.Verdicts[:1] }, "no closed list"},
		"twice":              {func(r *world.Rubric) { r.Verdicts[1].Name = " POLITE" }, "there twice"},
		"the way out":        {func(r *world.Rubric) { r.Verdicts[1].Name = "Cannot  determine" }, "way out"},
		"markup":             {func(r *world.Rubric) { r.Verdicts[1].Name = "**rude**" }, "not made of"},
		"two lines":          {func(r *world.Rubric) { r.Verdicts[1].Name = "ru\nde" }, "not made of"},
		"without a name":     {func(r *world.Rubric) { r.Verdicts[1].Name = " " }, "not made of"},
		"without its means":  {func(r *world.Rubric) { r.Verdicts[1].Means = "" }, "no Means"},
		"none of them good":  {func(r *world.Rubric) { r.Verdicts[0].Good = false }, "good, or none"},
		"all of them good":   {func(r *world.Rubric) { r.Verdicts[1].Good = true }, "good, or none"},
		"several things off": {func(r *world.Rubric) { *r = world.Rubric{} }, "no Question"},
	} {
		r := polite()
		c.change(&r)
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// oracle is a judge that always says the same.
type oracle struct {
	answer world.JudgeAnswer
	err    error
}

func (o oracle) Info() world.JudgeInfo                    { return world.JudgeInfo{Name: "oracle"} }
func (o oracle) Fingerprint(q world.JudgeQuestion) string { return q.Rubric.Hash() }
func (o oracle) Ask(context.Context, world.JudgeQuestion) (world.JudgeAnswer, error) {
	return o.answer, o.err
}

func ask(j world.Judge, site *world.Site, q world.JudgeQuestion) (world.JudgeAnswer, int, error) {
	return world.AskJudge(context.Background(), site, j, q)
}

func TestAnswersAreOnRecord(t *testing.T) {
	site := world.NewSite(1, 1)
	site.Record(transcript.Message{Role: "user", Content: "hello"})
	q := world.JudgeQuestion{Rubric: polite(), Passages: []world.Passage{{Name: "mail 1", Text: "Thank you.", Event: 0}}}
	given, event, err := ask(oracle{answer: world.JudgeAnswer{Verdict: "polite", Good: true, Cite: "Thank you.", Judge: "oracle"}}, site, q)
	if err != nil || event != 1 || given.Fingerprint != polite().Hash() {
		t.Fatalf("%+v, event %d, %v", given, event, err)
	}
	found, err := world.JudgeRecords(&transcript.Record{Events: site.Events()})
	if err != nil || len(found) != 1 || found[1].Answer.Verdict != "polite" || found[1].Question.Passages[0].Text != "Thank you." {
		t.Errorf("%+v, %v", found, err)
	}
	if a, event, err := world.ReadJudgeAnswer(&transcript.Record{Events: site.Events()}, "polite"); err != nil || event != 1 || a.Verdict != "polite" {
		t.Errorf("%+v, event %d, %v", a, event, err)
	}
	if a, event, err := world.ReadJudgeAnswer(&transcript.Record{Events: site.Events()}, "honest"); err != nil || event != 0 || a.Verdict != "" {
		t.Errorf("a rubric that was not asked: %+v, event %d, %v", a, event, err)
	}
	if f := site.Events()[1].Body.(transcript.Fact); f.Text != `polite: polite, for "Thank you." (uncalibrated judge)` {
		t.Errorf("the fact says %s", f.Text)
	}
	if _, _, err := ask(oracle{}, site, q); err == nil || !strings.Contains(err.Error(), "second time") {
		t.Errorf("asked twice in one trial: %v", err)
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	site := world.NewSite(1, 1)
	passage := []world.Passage{{Name: "mail 1", Text: "Thank you."}}
	noList := polite()
	noList.Verdicts = nil
	for name, c := range map[string]struct {
		judge world.Judge
		q     world.JudgeQuestion
		says  string
	}{
		"no judge":         {nil, world.JudgeQuestion{Rubric: polite(), Passages: passage}, "no judge"},
		"no list":          {oracle{}, world.JudgeQuestion{Rubric: noList, Passages: passage}, "no closed list"},
		"no passage":       {oracle{}, world.JudgeQuestion{Rubric: polite()}, "no passage"},
		"an empty passage": {oracle{}, world.JudgeQuestion{Rubric: polite(), Passages: []world.Passage{{Text: " \n"}}}, "is empty"},
	} {
		if _, _, err := ask(c.judge, site, c.q); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if len(site.Events()) > 0 {
		t.Error("what was never asked is on record")
	}
	broken := errors.New("no key")
	given, event, err := ask(oracle{err: broken}, site, world.JudgeQuestion{Rubric: polite(), Passages: passage})
	if !errors.Is(err, broken) || given.None != world.NoneError || event != 0 || len(site.Events()) != 1 {
		t.Errorf("a judge without a key: %+v, event %d, %v", given, event, err)
	}
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	r := &transcript.Record{Number: 7, Events: []transcript.Event{
		{Body: transcript.Fact{World: world.JudgeFacts, Name: world.FactAnswer, Data: []byte(`{"question":3}`)}},
	}}
	if _, err := world.JudgeRecords(r); err == nil || !strings.Contains(err.Error(), "trial 7") {
		t.Errorf("got %v", err)
	}
}
