package evalkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Rests says that an assertion rests on the answers of a judge, and how: by that
// it is known what the judge's errors do to a rate.
type Rests struct {
	// Rubric is the one that decides; empty where the assertion may rest on any
	// judge of the scenario, in a way that no calibration speaks of.
	Rubric string
	// Outcomes are those that the assertion asks for, where it asks for some: it
	// rests on the judges of the worlds that give them.
	Outcomes []string
	// Reversed: a match is what the rubric calls bad.
	Reversed bool
	// MatchSure: some trials match whatever the judge would say, by evidence
	// that does not err; MissSure: some do not match.
	MatchSure, MissSure bool
}

// JudgeUse is what an assertion has to say of the judge that it rests on.
type JudgeUse struct {
	// Judge names the models, Rubric what they were asked.
	Judge, Rubric string
	// Uncalibrated says why the judge's errors are not allowed for; empty where
	// they are.
	Uncalibrated string
}

// Line is what every verdict says: who judged, by what, and what that is worth.
func (u JudgeUse) Line(r stats.Rule) string {
	text := fmt.Sprintf("judged by %s, rubric %s", u.Judge, u.Rubric)
	if u.Uncalibrated != "" {
		return text + "; UNCALIBRATED: " + u.Uncalibrated + "; its errors are not allowed for"
	}
	if r.P == 0 || r.Judge == (stats.Labelled{}) {
		return text + ", calibrated"
	}
	b := r.Judge.Bounds(r.Alpha)
	above, below := r.Thresholds()
	return fmt.Sprintf("%s; sensitivity at least %.3f, specificity at least %.3f, so that %v is tested as %.3f from below and %.3f from above",
		text, b.SeLow, b.SpLow, r.P, above, below)
}

// judging is a rubric that a world of the scenario puts to a judge.
type judging struct {
	World        string                  `json:"world"`
	Judge        string                  `json:"judge"`
	Rubric       string                  `json:"rubric"`
	Version      string                  `json:"rubric_version,omitempty"`
	RubricHash   string                  `json:"rubric_hash"`
	Calibration  *world.JudgeCalibration `json:"calibration,omitempty"`
	Uncalibrated string                  `json:"uncalibrated,omitempty"`
	Outcomes     []string                `json:"outcomes,omitempty"`

	judge  world.Judge
	rubric world.Rubric
}

// judgings are those of the scenario's worlds; of a log that is read, those that
// its header names.
func (s *series) judgings() []judging {
	if s.reads != nil {
		return s.reads.judgings
	}
	return judgingsOf(s.scenario.World)
}

func judgingsOf(worlds []World) []judging {
	var all []judging
	for _, w := range worlds {
		judged, ok := w.(world.Judged)
		if !ok {
			continue
		}
		j, rubric := judged.Judging()
		if j == nil {
			continue
		}
		g := judging{World: w.Name(), Judge: j.Info().Name, Rubric: rubric.Name, Version: rubric.Version, RubricHash: rubric.Hash(), Outcomes: judged.Outcomes(), judge: j, rubric: rubric}
		if counts, why := world.CalibrationOf(j, rubric); why == "" {
			g.Calibration = &counts
		} else {
			g.Uncalibrated = why
		}
		all = append(all, g)
	}
	return all
}

// judgingsIn are those that a log's header names.
func judgingsIn(h evallog.Header) ([]judging, error) {
	named, ok := h.Metadata["judges"]
	if !ok {
		return nil, nil
	}
	text, err := json.Marshal(named)
	if err != nil {
		return nil, fmt.Errorf("its judges: %w", err)
	}
	var all []judging
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("its judges: %w", err)
	}
	return all, nil
}

// checkJudges says what is wrong with the judges of the scenario's worlds. Where
// a log is judged again by the answers on record, nobody is asked.
func (s *series) checkJudges() error {
	asks := s.set.rejudge == "" || s.set.judgeAgain
	seen := map[string]string{}
	var errs []error
	for _, g := range judgingsOf(s.scenario.World) {
		err := g.rubric.Validate()
		if other, twice := seen[g.Rubric]; twice && err == nil {
			err = fmt.Errorf("the worlds %s and %s both ask by the rubric %q: give each its own", other, g.World, g.Rubric)
		}
		seen[g.Rubric] = g.World
		if err == nil && asks {
			err = s.checkJudge(g.judge)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("world %s: %w", g.World, err))
		}
	}
	return errors.Join(errs...)
}

func (s *series) checkJudge(j world.Judge) error {
	for _, seat := range j.Info().Seats {
		if under := s.served(); !seat.Self && under != "" && under == baseName(seat.Served) {
			return fmt.Errorf("the judge %s is the model under test, which is no impartial one; name another, or allow it (judge.Config.Self)", seat.Model)
		}
		if err := AllowedJudge(seat); err != nil {
			return err
		}
	}
	if c, ok := j.(world.JudgeChecker); ok {
		return c.Check(s.ctx)
	}
	return nil
}

// AllowedJudge says why a judge's model may not be asked here, if it may not: it
// costs money, and the environment does not agree to that.
func AllowedJudge(seat world.JudgeSeat) error {
	if !seat.Paid || os.Getenv("EVALKIT_LIVE") == "1" {
		return nil
	}
	return fmt.Errorf("EVALKIT_LIVE=1 is missing: the judge %s may cost money, so that a key alone starts nothing", seat.Model)
}

// served is the name of the model under test, as a judge's seat is compared with
// it: whoever serves it, it is the same model.
func (s *series) served() string {
	switch subject := s.subject.(type) {
	case Model:
		return baseName(subject.endpoint.Name)
	case OutsideProgram:
		return baseName(subject.behind.endpoint.Name)
	}
	name, _, _ := strings.Cut(s.info.Model, "?")
	return baseName(name)
}

// baseName is a model's name without those who made or serve it.
func baseName(name string) string {
	return strings.ToLower(name[strings.LastIndexAny(name, "/#")+1:])
}

// weigh finds the judge that a question rests on, and gives a rate's rule what
// is known of its errors.
func (ts *Trials) weigh(q *Question) *JudgeUse {
	all := concerned(ts.s.judgings(), q.Rests)
	if len(all) == 0 {
		return nil
	}
	if len(q.Rests) == 1 && q.Rests[0].Rubric != "" {
		return all[0].weigh(q)
	}
	use := &JudgeUse{Uncalibrated: "the assertion asks otherwise than a rubric, so that no calibration speaks of it"}
	var judges, rubrics []string
	for _, g := range all {
		judges, rubrics = append(judges, g.Judge), append(rubrics, g.Rubric)
	}
	use.Judge, use.Rubric = strings.Join(judges, " and "), strings.Join(rubrics, " and ")
	return use
}

// concerned are the judges that an assertion rests on, or may rest on.
func concerned(all []judging, rests []Rests) []judging {
	return slices.DeleteFunc(slices.Clone(all), func(g judging) bool {
		return !slices.ContainsFunc(rests, func(r Rests) bool {
			switch {
			case r.Rubric != "":
				return r.Rubric == g.Rubric
			case len(r.Outcomes) > 0 && len(g.Outcomes) > 0:
				return slices.ContainsFunc(r.Outcomes, func(o string) bool { return slices.Contains(g.Outcomes, o) })
			}
			return true
		})
	})
}

func (g judging) weigh(q *Question) *JudgeUse {
	use := &JudgeUse{Judge: g.Judge, Rubric: strings.TrimSpace(g.Rubric + " " + g.Version), Uncalibrated: g.Uncalibrated}
	if g.Calibration == nil {
		return use
	}
	c, rests := *g.Calibration, q.Rests[0]
	l := stats.Labelled{
		GoodRight: c.GoodRight, GoodWrong: c.GoodWrong, GoodLost: c.GoodLost,
		BadRight: c.BadRight, BadWrong: c.BadWrong, BadLost: c.BadLost,
	}
	if rests.Reversed {
		l = l.Reversed()
	}
	l.GoodSure, l.BadSure = rests.MatchSure, rests.MissSure
	q.Rule.Judge = l
	return use
}
