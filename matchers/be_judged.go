package matchers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// BeJudged succeeds if the judge's verdict by the named rubric is one of those
// given, or without any, one that the rubric calls good. The judge is asked by a
// world of the scenario (world.Judged), once a trial.
//
//	Expect(trials).To(HaveRate(BeJudged("polite")).AtLeast(0.9))
//
// A trial of which the judge has given no verdict is lost, whatever the reason;
// one in which it was not asked is not reached. Without verdicts of your own
// choice, what a calibration tells of the judge's errors moves the threshold of
// a rate.
func BeJudged(rubric string, verdicts ...string) types.GomegaMatcher {
	return newPlain("BeJudged", beJudgedRule{rubric, verdicts})
}

type beJudgedRule struct {
	rubric   string
	verdicts []string
}

func (b beJudgedRule) String() string {
	texts := []string{render(b.rubric)}
	for _, v := range b.verdicts {
		texts = append(texts, render(v))
	}
	return "BeJudged(" + strings.Join(texts, ", ") + ")"
}

func (beJudgedRule) did() string { return "were judged so" }

func (b beJudgedRule) rests() []evalkit.Rests {
	if len(b.verdicts) > 0 {
		return []evalkit.Rests{{}} // a calibration counts by good and not
	}
	return []evalkit.Rests{{Rubric: b.rubric}}
}

func (b beJudgedRule) check(s evalkit.Setting) error {
	if s.Foreign {
		return errors.New("another tool recorded the trials: the log holds no answers of a judge of ours")
	}
	if !slices.Contains(s.Rubrics, b.rubric) {
		return fmt.Errorf("no world of scenario %s asks a judge by rubric %q; those asked are %q", s.Scenario.Name, b.rubric, s.Rubrics)
	}
	for _, w := range s.Scenario.World {
		judged, ok := w.(world.Judged)
		if !ok {
			continue // of a log that is read, the record tells
		}
		if _, rubric := judged.Judging(); rubric.Name == b.rubric {
			return b.listed(rubric)
		}
	}
	return nil
}

// listed demands that the verdicts are the rubric's.
func (b beJudgedRule) listed(r world.Rubric) error {
	for _, name := range b.verdicts {
		if _, ok := r.Verdict(name); !ok {
			return fmt.Errorf("rubric %q has no verdict %q", r.Name, name)
		}
	}
	return nil
}

func (b beJudgedRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	records, err := world.JudgeRecords(r)
	if err != nil {
		return finding{}, err
	}
	for event, record := range records {
		if record.Question.Rubric.Name == b.rubric {
			return b.judge(record, event)
		}
	}
	if broke := brokeOff(t); broke != nil {
		return finding{}, broke
	}
	return finding{}, notReached("the judge was not asked", "rubric "+b.rubric)
}

func (b beJudgedRule) judge(record world.JudgeRecord, event int) (finding, error) {
	a, q := record.Answer, record.Question
	because := []int{event}
	if a.None != "" {
		return finding{}, lostBy(blamedForSilence(a), "the judge gave no verdict: "+string(a.None), a.Why, because...)
	}
	if err := b.listed(q.Rubric); err != nil {
		return finding{}, err
	}
	v, ok := q.Rubric.Verdict(a.Verdict)
	if !ok {
		return finding{}, fmt.Errorf("the verdict %q on record is none of rubric %q", a.Verdict, b.rubric)
	}
	good := v.Good
	if len(b.verdicts) > 0 {
		good = slices.ContainsFunc(b.verdicts, func(name string) bool { return world.FoldVerdict(name) == world.FoldVerdict(v.Name) })
	}
	if a.Passage >= 0 && a.Passage < len(q.Passages) {
		because = append(because, q.Passages[a.Passage].Event)
	}
	slices.Sort(because)
	return finding{good: good, what: "judged " + v.Name, because: slices.Compact(because), detail: a.Reason}, nil
}

// blamedForSilence is whom a judge's silence is laid to: where its server gave
// no answer, to that.
func blamedForSilence(a world.JudgeAnswer) string {
	if a.None == world.NoneError {
		return string(transcript.BlameProvider)
	}
	return undecided
}
