package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Calibration is what came of a judge's answers to labelled cases. Good
// behaviour is the positive: sensitivity is the share of the good cases that
// were judged good. It is valid for the same model with the same parameters and
// the same rubric in the same prompt, and for nothing else.
type Calibration struct {
	// Judge is the model with all its parameters, or a panel's.
	Judge string `json:"judge"`
	// Rubric and Version name the rubric, Prompt is the hash of all that the
	// judge was sent but for the passages, and of which verdicts are good.
	Rubric  string `json:"rubric"`
	Version string `json:"rubric_version,omitempty"`
	Prompt  string `json:"prompt"`
	// Cases is the hash of the labelled cases.
	Cases string `json:"cases"`
	// Counts is what the thresholds of a rate follow from.
	Counts world.JudgeCalibration `json:"counts"`

	// The figures that follow are for readers. Each comes with an interval: of
	// sensitivity and specificity the bounds of Clopper and Pearson at 1.25 %,
	// each one-sided, which is what a rate of 95 % confidence allows for; of
	// precision, the share of good ones among those judged good, and of κ at
	// 95 %, two-sided.
	Sensitivity Figure `json:"sensitivity"`
	Specificity Figure `json:"specificity"`
	Precision   Figure `json:"precision"`
	// Kappa is Cohen's κ over the verdicts by name, of the cases that were
	// judged.
	Kappa Figure `json:"kappa"`
	// None counts the cases without a judgement by kind.
	None map[world.NoJudgement]int `json:"none,omitempty"`
}

// Figure is a share or κ with its interval. Nil is what the cases do not tell.
type Figure struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// Labelled is the calibration as a rule of a rate takes it.
func Labelled(c world.JudgeCalibration) stats.Labelled {
	return stats.Labelled{
		GoodRight: c.GoodRight, GoodWrong: c.GoodWrong, GoodLost: c.GoodLost,
		BadRight: c.BadRight, BadWrong: c.BadWrong, BadLost: c.BadLost,
	}
}

// Write saves the calibration.
func (c Calibration) Write(path string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // a model's name has & in it
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	return nil
}

// ReadCalibration reads what Write saved.
func ReadCalibration(path string) (Calibration, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Calibration{}, fmt.Errorf("calibration: %w; `evalkit judge calibrate` makes one", err)
	}
	c, err := parseCalibration(text)
	if err != nil {
		return c, fmt.Errorf("calibration %s: %w", path, err)
	}
	return c, nil
}

func parseCalibration(text []byte) (Calibration, error) {
	var c Calibration
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("not readable: %w", err)
	}
	n := c.Counts
	switch {
	case decoder.More():
		return c, errors.New("something follows it in the file")
	case c.Judge == "" || c.Rubric == "" || c.Prompt == "":
		return c, errors.New("it does not say of which judge, rubric and prompt it is: it was not written whole")
	case min(n.GoodRight, n.GoodWrong, n.GoodLost, n.BadRight, n.BadWrong, n.BadLost) < 0:
		return c, errors.New("it counts fewer than no case")
	case n.GoodRight+n.GoodWrong+n.GoodLost == 0 || n.BadRight+n.BadWrong+n.BadLost == 0:
		return c, errors.New("it has no good case, or no other")
	}
	return c, nil
}

// promptOf is the hash by which a calibration knows what it is of: that of a
// question without passages, which holds the model and its parameters too, and
// that of the rubric, which says which verdicts are good.
func promptOf(j world.Judge, r world.Rubric) string {
	return digest(j.Fingerprint(world.JudgeQuestion{Rubric: r}), r.Hash())
}

// calibrationFor finds the calibration of a judge by a rubric, or says why there
// is none.
func calibrationFor(all []Calibration, j world.Judge, r world.Rubric) (world.JudgeCalibration, error) {
	why := fmt.Errorf("no calibration for rubric %q; `evalkit judge calibrate` makes one of labelled cases", r.Name)
	for _, c := range all {
		switch {
		case c.Rubric != r.Name:
		case c.Judge != j.Info().Name:
			why = fmt.Errorf("the calibration for rubric %q is of %s", r.Name, c.Judge)
		case c.Version != r.Version:
			why = fmt.Errorf("the calibration is for version %q of rubric %q, which is at %q", c.Version, r.Name, r.Version)
		case c.Prompt != promptOf(j, r):
			why = fmt.Errorf("the words of rubric %q or of the prompt have changed since the calibration", r.Name)
		default:
			return c.Counts, nil
		}
	}
	return world.JudgeCalibration{}, why
}

// Calibration implements world.JudgeCalibrated.
func (p Panel) Calibration(r world.Rubric) (world.JudgeCalibration, error) {
	var all []Calibration
	for _, path := range p.Calibrations {
		c, err := ReadCalibration(path)
		if err != nil {
			return world.JudgeCalibration{}, err
		}
		all = append(all, c)
	}
	return calibrationFor(all, p, r)
}
