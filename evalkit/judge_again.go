package evalkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// hearings are the answers of judges that were asked anew about logged trials,
// so that each is asked once, however often its record is read.
type hearings struct {
	mu      sync.Mutex
	answers map[hearing]world.JudgeAnswer
}

// hearing is a question of one trial.
type hearing struct {
	number      int
	fingerprint string
}

// judgeAgain makes the answers on record those of the spec's judges. What the
// same judge was asked in the same words stands; EVALKIT_JUDGE_AGAIN=1 has all
// asked anew. Another judge's answer, or one to another rubric, is never taken
// for it.
func (l *logged) judgeAgain(r *transcript.Record) error {
	judgings := judgingsOf(l.s.scenario.World)
	if len(judgings) == 0 {
		return nil
	}
	records, err := world.JudgeRecords(r)
	if err != nil {
		return err
	}
	r.Events = slices.Clone(r.Events)
	for event, record := range records {
		at := slices.IndexFunc(judgings, func(g judging) bool { return g.Rubric == record.Question.Rubric.Name })
		if at < 0 {
			continue // the spec asks no judge by it
		}
		answered, err := l.answer(r.Number, record, judgings[at])
		if err != nil {
			return fmt.Errorf("trial %d: %w", r.Number, err)
		}
		data, err := json.Marshal(answered)
		if err != nil {
			return fmt.Errorf("trial %d: the answer of the judge %s: %w", r.Number, judgings[at].Judge, err)
		}
		fact := r.Events[event].Body.(transcript.Fact) // JudgeRecords has found it there
		fact.Text, fact.Data = answered.Answer.Line(answered.Question.Rubric), data
		r.Events[event].Body = fact
	}
	return nil
}

// answer is the recorded answer, if it is one to this question, or a new one.
func (l *logged) answer(number int, recorded world.JudgeRecord, g judging) (world.JudgeRecord, error) {
	question := world.JudgeQuestion{Rubric: g.rubric, Passages: recorded.Question.Passages}
	print := g.judge.Fingerprint(question)
	if !l.s.set.judgeAgain {
		if print != recorded.Answer.Fingerprint {
			return recorded, fmt.Errorf("the log holds an answer of %s by another rubric, prompt or model than the spec's (%s, rubric %s); set EVALKIT_JUDGE_AGAIN=1 to ask the spec's judge",
				recorded.Answer.Judge, g.Judge, g.Rubric)
		}
		recorded.Question.Rubric = g.rubric // it says the same, and may say anew which verdicts are good
		if v, ok := g.rubric.Verdict(recorded.Answer.Verdict); ok {
			recorded.Answer.Good = v.Good
		}
		recorded.Answer.Uncalibrated = g.Uncalibrated
		return recorded, nil
	}
	l.heard.mu.Lock()
	defer l.heard.mu.Unlock()
	key := hearing{number, print}
	answer, ok := l.heard.answers[key]
	if !ok {
		var err error
		if answer, err = g.judge.Ask(l.s.ctx, question); err != nil {
			return recorded, fmt.Errorf("asking the judge %s anew by rubric %q: %w", g.Judge, g.Rubric, err)
		}
		answer.Fingerprint, answer.Uncalibrated = print, g.Uncalibrated
		if l.heard.answers == nil {
			l.heard.answers = map[hearing]world.JudgeAnswer{}
		}
		l.heard.answers[key] = answer
	}
	return world.JudgeRecord{Question: question, Answer: answer}, nil
}
