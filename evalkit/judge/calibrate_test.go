package judge_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/judge"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// referee is a policy that judges by the word that each case holds, and errs, or
// is silent, where the case says so.
func referee(c *scripted.Conversation) scripted.Reply {
	cite := "a case of some words"
	verdict, other := "rude", "polite"
	if c.Told("kind-") {
		verdict, other = other, verdict
	}
	switch {
	case c.Told("-err-"):
		verdict = other
	case c.Told("-mute-"):
		verdict = "cannot determine"
	}
	return say(verdict, cite)
}

// labelled makes cases of which so many are judged wrongly, or not at all.
func labelled(good, goodErr, goodMute, bad, badErr, badMute int) []judge.Case {
	var cases []judge.Case
	add := func(n int, label, word string) {
		for range n {
			id := fmt.Sprint("case-", len(cases))
			cases = append(cases, judge.Case{ID: id, Label: label, Passages: []string{fmt.Sprintf("a case of some words: %s %s", word, id)}})
		}
	}
	add(good, "polite", "kind-")
	add(goodErr, "Polite", "kind-err-")
	add(goodMute, "polite", "kind-mute-")
	add(bad, "rude", "foul-")
	add(badErr, "rude", "foul-err-")
	add(badMute, "rude", "foul-mute-")
	return cases
}

func TestCalibrate(t *testing.T) {
	j := must(t, judge.Config{Model: serve(t, referee)})
	c, graded, err := judge.Calibrate(t.Context(), j, polite(), labelled(27, 2, 1, 24, 4, 2))
	if err != nil {
		t.Fatal(err)
	}
	if want := (world.JudgeCalibration{GoodRight: 27, GoodWrong: 2, GoodLost: 1, BadRight: 24, BadWrong: 4, BadLost: 2}); withoutCost(c.Counts) != want || c.Counts.Tokens < 60*100 {
		t.Fatalf("counts %+v, want %+v", c.Counts, want)
	}
	near := func(what string, got *float64, want float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > 1e-9 {
			t.Errorf("%s %v, want %v", what, got, want)
		}
	}
	near("sensitivity", c.Sensitivity.Value, 27.0/29)
	near("its lower bound", c.Sensitivity.Low, stats.ClopperPearsonLower(27, 30, 1-0.0125))
	near("its upper bound", c.Sensitivity.High, stats.ClopperPearsonUpper(27, 29, 1-0.0125))
	near("specificity", c.Specificity.Value, 24.0/28)
	near("precision", c.Precision.Value, 27.0/31)
	po, pe := 51.0/57, (29.0*31+28*26)/(57*57)
	near("κ", c.Kappa.Value, (po-pe)/(1-pe))
	if c.None[world.NoneUndetermined] != 3 || len(graded) != 60 || c.Kappa.Low == nil {
		t.Errorf("%+v, %d graded", c, len(graded))
	}
	right := 0
	for _, g := range graded {
		if g.Right() {
			right++
		}
	}
	if right != 51 {
		t.Errorf("%d of the answers are right", right)
	}
}

func withoutCost(c world.JudgeCalibration) world.JudgeCalibration {
	c.Tokens, c.CostUSD = 0, 0
	return c
}

func TestCalibrationOfAPerfectJudgeMovesTheThresholds(t *testing.T) {
	j := must(t, judge.Config{Model: serve(t, referee)})
	c, _, err := judge.Calibrate(t.Context(), j, polite(), labelled(30, 0, 0, 30, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	above, below := stats.Rule{P: 0.9, Judge: judge.Labelled(c.Counts)}.Thresholds()
	if math.Abs(above-0.914) > 0.0005 || math.Abs(below-0.778) > 0.0005 {
		t.Errorf("0.9 becomes %v and %v", above, below)
	}
	if *c.Kappa.Value != 1 || c.Kappa.Low != nil {
		t.Errorf("κ %v with the interval from %v: nothing is known of its width", *c.Kappa.Value, c.Kappa.Low)
	}
}

func TestCalibrationsAreValidForExactlyWhatTheyWereMadeWith(t *testing.T) {
	model := serve(t, referee)
	c, _, err := judge.Calibrate(t.Context(), must(t, judge.Config{Model: model}), polite(), labelled(20, 0, 0, 20, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "polite.json")
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	j := must(t, judge.Config{Model: model, Calibrations: []string{path}})
	if got, err := j.Calibration(polite()); err != nil || got != c.Counts {
		t.Fatalf("%+v, %v", got, err)
	}
	version, words, other := polite(), polite(), polite()
	version.Version, words.Question, other.Name = "2", "Is the passage at all polite?", "honest"
	flags := polite()
	flags.Verdicts[0].Good, flags.Verdicts[1].Good = false, true
	hot := must(t, judge.Config{Model: model + "?temperature=1", Calibrations: []string{path}})
	for name, c := range map[string]struct {
		judge  *judge.Judge
		rubric judge.Rubric
		says   string
	}{
		"another version": {j, version, "version"}, "other words": {j, words, "have changed"}, "other verdicts are good": {j, flags, "have changed"}, "another rubric": {j, other, "no calibration"},
		"another temperature": {hot, polite(), "is of http"}, "none": {must(t, judge.Config{Model: model}), polite(), "no calibration"},
	} {
		if got, err := c.judge.Calibration(c.rubric); err == nil || !strings.Contains(err.Error(), c.says) || got != (world.JudgeCalibration{}) {
			t.Errorf("%s: %+v, %v, want %q", name, got, err, c.says)
		}
	}
	panel := judge.Panel{Judges: []world.Judge{j, hot}, Calibrations: []string{path}}
	if _, err := panel.Calibration(polite()); err == nil {
		t.Error("one seat's calibration is none of the panel")
	}
	c, _, err = judge.Calibrate(t.Context(), panel, polite(), labelled(5, 0, 0, 5, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	if got, err := panel.Calibration(polite()); err != nil || got != c.Counts {
		t.Errorf("the panel's own: %+v, %v", got, err)
	}
}

func TestCalibrationFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"empty": "", "no object": "[]", "of nothing": "{}", "another member": `{"judge":"a","model":"b"}`,
		"negative": `{"judge":"a","rubric":"b","prompt":"c","counts":{"good_right":-1,"bad_right":3}}`,
		"no bad":   `{"judge":"a","rubric":"b","prompt":"c","counts":{"good_right":5}}`,
		"two":      `{"judge":"a","rubric":"b","prompt":"c","counts":{"good_right":5,"bad_right":5}}{}`,
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := judge.New(judge.Config{Model: "scripted/x", Calibrations: []string{path}}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := judge.New(judge.Config{Model: "scripted/x", Calibrations: []string{filepath.Join(dir, "nowhere")}}); err == nil {
		t.Error("a file that is not there")
	}
}

func TestCasesThatAreNone(t *testing.T) {
	const one = `{"id":"a","passages":["x"],"label":"polite"}`
	for name, c := range map[string]struct{ text, says string }{
		"nothing":             {"\n \n", "there is none"},
		"no JSON":             {"id: a", "line 1"},
		"an array":            {"[]", "line 1"},
		"another member":      {`{"id":"a","passage":"x","label":"polite"}`, "unknown field"},
		"two on a line":       {one + one, "more than one"},
		"no id":               {`{"passages":["x"],"label":"polite"}`, "no id"},
		"no label":            {`{"id":"a","passages":["x"]}`, "no label"},
		"no passage":          {`{"id":"a","label":"polite"}`, "no passages"},
		"an empty passage":    {`{"id":"a","passages":["x"," "],"label":"polite"}`, "passage 2"},
		"an id twice":         {one + "\n" + strings.Replace(one, "x", "y", 1), "line 2"},
		"passages once again": {one + "\n\n" + strings.Replace(one, `"a"`, `"b"`, 1), "copy"},
	} {
		if _, err := judge.ReadCases(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	cases, err := judge.ReadCases(strings.NewReader(one + "\n\n" + `{"id":"b","passages":["y","z"],"label":"RUDE","note":"n"}`))
	if err != nil || len(cases) != 2 || cases[1].Passages[1] != "z" {
		t.Fatalf("%+v, %v", cases, err)
	}
	if err := judge.CheckLabels(polite(), cases); err != nil {
		t.Error(err)
	}
	if err := judge.CheckLabels(polite(), cases[:1]); err == nil || !strings.Contains(err.Error(), "both kinds") {
		t.Errorf("cases of one kind: %v", err)
	}
	cases[0].Label = "cannot determine"
	if err := judge.CheckLabels(polite(), cases); err == nil || !strings.Contains(err.Error(), "no verdict") {
		t.Errorf("a label that is no verdict: %v", err)
	}
	if _, _, err := judge.Calibrate(t.Context(), seat{name: "a"}, polite(), cases); err == nil {
		t.Error("calibrated by a label that is no verdict")
	}
	if _, _, err := judge.Calibrate(t.Context(), seat{name: "a", answer: world.JudgeAnswer{None: world.NoneEmpty}}, polite(), labelled(5, 0, 0, 5, 0, 0)); err == nil {
		t.Error("calibrated by a judge that never said anything")
	}
}

func TestACalibrationThatCannotBeFinishedIsNone(t *testing.T) {
	refused := errors.New("no key")
	c, graded, err := judge.Calibrate(t.Context(), seat{name: "a", err: refused}, polite(), labelled(5, 0, 0, 5, 0, 0))
	if !errors.Is(err, refused) || graded != nil || c.Judge != "" {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzReadCalibration(f *testing.F) {
	f.Add(`{"judge":"a","rubric":"b","prompt":"c","counts":{"good_right":5,"bad_right":5},"none":{"empty":2}}`)
	f.Add(`{"judge":"a","rubric":"b","prompt":"c","counts":{"good_right":-5}}`)
	path := filepath.Join(f.TempDir(), "fuzzed.json")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := judge.ReadCalibration(path)
		if err == nil && (c.Judge == "" || c.Counts.GoodRight < 0 || c.Counts.Cases() < 2) {
			t.Fatalf("let through: %+v", c)
		}
	})
}

func FuzzReadCases(f *testing.F) {
	f.Add(`{"id":"a","passages":["x"],"label":"polite"}` + "\n" + `{"id":"b","passages":["y"],"label":"rude"}`)
	f.Add(`{"id":"a","passages":null,"label":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := judge.ReadCases(strings.NewReader(text))
		if err != nil {
			return
		}
		ids := map[string]bool{}
		for _, c := range cases {
			if c.ID == "" || ids[c.ID] || c.Label == "" || len(c.Passages) == 0 {
				t.Fatalf("let through: %+v", c)
			}
			ids[c.ID] = true
		}
	})
}
