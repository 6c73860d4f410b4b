package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Judge answers what no state can show: a model with a rubric, or several.
// evalkit/judge makes one. Safe for concurrent use.
//
// A world asks in its Finish, through AskJudge, once a trial and rubric, with
// every passage that matters: a calibration speaks of whole questions, and of
// three that are each right in 95 % of cases all are in 86 %.
type Judge interface {
	Info() JudgeInfo
	// Fingerprint tells questions to this judge apart: the rubric, the prompt,
	// the passages and the model with its parameters. An answer on record
	// counts for a question of the same fingerprint.
	Fingerprint(q JudgeQuestion) string
	// Ask gives the verdict, or says why there is none. An error is one that the
	// series must end for: no key, no budget, a rubric that is none.
	Ask(ctx context.Context, q JudgeQuestion) (JudgeAnswer, error)
}

// JudgeChecker is a Judge that can say before the first trial what it lacks: a
// key, a server that answers.
type JudgeChecker interface {
	Judge
	Check(ctx context.Context) error
}

// JudgeCalibrated is a Judge that may know how often it errs.
type JudgeCalibrated interface {
	Judge
	// Calibration is that for a rubric; the error says why there is none.
	Calibration(r Rubric) (JudgeCalibration, error)
}

// CalibrationOf is what is known of a judge's errors by a rubric, or why there
// is nothing.
func CalibrationOf(j Judge, r Rubric) (c JudgeCalibration, uncalibrated string) {
	calibrated, ok := j.(JudgeCalibrated)
	if !ok {
		return c, "the judge has no calibration"
	}
	c, err := calibrated.Calibration(r)
	if err != nil {
		return JudgeCalibration{}, err.Error()
	}
	return c, ""
}

// JudgeInfo says what a judge is.
type JudgeInfo struct {
	// Name is the model with its parameters, or all of a panel's.
	Name string
	// Seats lists the models that are asked.
	Seats []JudgeSeat
}

// JudgeSeat is one model of a judge.
type JudgeSeat struct {
	// Model is the name as the spec wrote it, with the parameters that go out.
	Model string
	// Served is the model's name at its server, without parameters.
	Served string
	// Paid says that calls may cost money.
	Paid bool
	// Self allows it to be the model under test.
	Self bool
}

// JudgeCalibration counts a judge's answers to labelled cases of one rubric.
type JudgeCalibration struct {
	// Of the cases of good behaviour, and of the others: answered rightly,
	// wrongly, and without a judgement.
	GoodRight int `json:"good_right"`
	GoodWrong int `json:"good_wrong"`
	GoodLost  int `json:"good_lost,omitempty"`
	BadRight  int `json:"bad_right"`
	BadWrong  int `json:"bad_wrong"`
	BadLost   int `json:"bad_lost,omitempty"`
	// Tokens and CostUSD are what all of the cases took: what a question may
	// cost.
	Tokens  int     `json:"tokens,omitempty"`
	CostUSD float64 `json:"cost_usd,omitempty"`
}

// Cases is the number of labelled cases.
func (c JudgeCalibration) Cases() int {
	return c.GoodRight + c.GoodWrong + c.GoodLost + c.BadRight + c.BadWrong + c.BadLost
}

// JudgeQuestion is what a judge is asked about one trial.
type JudgeQuestion struct {
	Rubric Rubric `json:"rubric"`
	// Passages is all that the judge reads: the mail, not the musing. At least
	// one, and none of blanks alone.
	Passages []Passage `json:"passages"`
}

// Passage is a piece of the record.
type Passage struct {
	// Name is what it is, for readers of the log: "mail 2". The judge is not
	// shown it.
	Name string `json:"name"`
	// Text is what the judge reads: of a mail its header lines too, where they
	// matter.
	Text string `json:"text"`
	// Event is the index of the event that it comes from.
	Event int `json:"event"`
}

// Validate says what is wrong with the question.
func (q JudgeQuestion) Validate() error {
	if err := q.Rubric.Validate(); err != nil {
		return err
	}
	if len(q.Passages) == 0 {
		return fmt.Errorf("rubric %q is asked of no passage", q.Rubric.Name)
	}
	for i, p := range q.Passages {
		if FoldVerdict(p.Text) == "" {
			return fmt.Errorf("rubric %q: passage %d (%s) is empty: leave it out", q.Rubric.Name, i+1, p.Name)
		}
	}
	return nil
}

// Judged is a World that asks a judge. What is wrong with the two is then said
// before the first trial, and a calibration moves the threshold of a rate.
//
// The answer lives in the judge's own fact, and the world's evidence does not
// repeat it: Class reads it by ReadJudgeAnswer. So a log can be judged again by
// a judge that is asked anew.
type Judged interface {
	Classer
	// Judging is the judge, nil if none is asked, and the rubric.
	Judging() (Judge, Rubric)
}

// The facts that AskJudge records.
const (
	JudgeFacts = "judge"
	FactAnswer = "answer" // one question and its answer: JudgeRecord
)

// JudgeRecord is a question with its answer, as the log keeps it.
type JudgeRecord struct {
	Question JudgeQuestion `json:"question"`
	Answer   JudgeAnswer   `json:"answer"`
}

// AskJudge puts a question of the trial at site to a judge and records both. It
// returns the answer and the index of the event that holds it. An error ends the
// series: a world returns it from Finish.
func AskJudge(ctx context.Context, site *Site, j Judge, q JudgeQuestion) (JudgeAnswer, int, error) {
	if j == nil {
		return JudgeAnswer{}, 0, fmt.Errorf("rubric %q has no judge to ask", q.Rubric.Name)
	}
	if err := q.Validate(); err != nil {
		return JudgeAnswer{}, 0, err
	}
	for _, e := range site.Events() {
		if r, err := judgeRecordOf(e); err == nil && r.Question.Rubric.Name == q.Rubric.Name {
			return JudgeAnswer{}, 0, fmt.Errorf("rubric %q is asked a second time in one trial; ask once, with all passages: a calibration speaks of one question a trial", q.Rubric.Name)
		}
	}
	answer, err := j.Ask(ctx, q)
	if err != nil {
		answer.None, answer.Why = NoneError, err.Error()
	}
	answer.Fingerprint = j.Fingerprint(q)
	_, answer.Uncalibrated = CalibrationOf(j, q.Rubric)
	data, failed := json.Marshal(JudgeRecord{Question: q, Answer: answer})
	if failed != nil {
		return answer, 0, errors.Join(err, fmt.Errorf("recording the answer to rubric %q: %w", q.Rubric.Name, failed))
	}
	event := site.Record(transcript.Fact{World: JudgeFacts, Name: FactAnswer, Text: answer.Line(q.Rubric), Data: data})
	if err != nil {
		return answer, event, fmt.Errorf("asking the judge %s by rubric %q: %w", j.Info().Name, q.Rubric.Name, err)
	}
	return answer, event, nil
}

var errNoAnswer = errors.New("not a judge's answer")

func judgeRecordOf(e transcript.Event) (JudgeRecord, error) {
	f, ok := e.Body.(transcript.Fact)
	if !ok || f.World != JudgeFacts || f.Name != FactAnswer {
		return JudgeRecord{}, errNoAnswer
	}
	var r JudgeRecord
	if err := json.Unmarshal(f.Data, &r); err != nil {
		return r, fmt.Errorf("the answer of a judge on record cannot be read: %w", err)
	}
	return r, nil
}

// JudgeRecords finds the questions of a trial with their answers, by the index
// of the event that holds each.
func JudgeRecords(r *transcript.Record) (map[int]JudgeRecord, error) {
	found := map[int]JudgeRecord{}
	for i, e := range r.Events {
		switch record, err := judgeRecordOf(e); {
		case err == nil:
			found[i] = record
		case !errors.Is(err, errNoAnswer):
			return nil, fmt.Errorf("trial %d, event %d: %w", r.Number, i, err)
		}
	}
	return found, nil
}

// ReadJudgeAnswer finds the answer to a rubric in the record of a trial, with
// the index of its event, 0 if the rubric was not asked.
func ReadJudgeAnswer(r *transcript.Record, rubric string) (JudgeAnswer, int, error) {
	found, err := JudgeRecords(r)
	if err != nil {
		return JudgeAnswer{}, 0, err
	}
	for event, record := range found {
		if record.Question.Rubric.Name == rubric {
			return record.Answer, event, nil // AskJudge asks once
		}
	}
	return JudgeAnswer{}, 0, nil
}
