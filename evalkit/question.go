package evalkit

import (
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Question is what an assertion asks of the trials of a series.
type Question struct {
	// Text is the assertion as the spec writes it.
	Text string
	// Judge says whether a trial is good. Its error is ErrNotReached or
	// ErrLost, or one that ends the series.
	Judge func(Trial) (bool, error)
	// When says whether the occasion arose in a trial; nil: always. False is
	// not reached, an error is lost.
	When func(Trial) (bool, error)
	// Check says before the first trial what cannot be right; nil: nothing.
	Check func(Setting) error
	// Rule is what the rate must satisfy, for Decide.
	Rule stats.Rule
	// Rests says on which judges the answers of Judge and When rest, if on any.
	Rests []Rests
	// OrUndecided accepts a rate that is undecided at the cap.
	OrUndecided bool
}

// Setting is what is known before the first trial.
type Setting struct {
	Scenario Scenario
	Subject  SubjectInfo
	// Rubrics names those that the scenario's worlds put to a judge.
	Rubrics []string
	// Foreign says that another tool recorded the trials. Scenario holds what
	// its log shows: the tools that were offered, and a World for each scorer.
	Foreign bool
	// Tools are what the subject is offered, those that worlds bring included.
	Tools []Tool
	// Start lists what is observed of the sandbox, as it is at the start of a
	// trial. Nil if the scenario has no sandbox.
	Start *transcript.Snapshot
}

// Judgement is what a question made of one trial.
type Judgement struct {
	Mark stats.Mark
	// Err says why there is no judgement.
	Err error

	of    *slot
	given *Trial // where there is no slot
}

// JudgementOf is a judgement of a trial that is part of no series.
func JudgementOf(t Trial, mark stats.Mark, err error) Judgement {
	return Judgement{Mark: mark, Err: err, given: &t}
}

// Trial is the trial that was judged. It is made anew from what the series
// keeps: a list of judgements stays small, however many there are.
func (j Judgement) Trial() Trial {
	switch {
	case j.of != nil:
		return j.of.trial()
	case j.given != nil:
		return *j.given
	}
	return Trial{}
}

// judge marks one trial. An error is one that a rate cannot live with.
func (q Question) judge(s *slot) (Judgement, error) {
	if s.cut {
		return Judgement{of: s, Mark: stats.Cut, Err: fmt.Errorf("trial %d was cut off", s.number)}, nil
	}
	j, trial := Judgement{of: s}, s.trial()
	if q.When != nil {
		exposed, err := q.When(trial)
		switch {
		case err != nil:
			j.Mark, j.Err = stats.Lost, fmt.Errorf("%w: %w", ErrLost, err)
			return j, nil
		case !exposed:
			j.Mark, j.Err = stats.NotReached, ErrNotReached
			return j, nil
		}
	}
	good, err := q.Judge(trial)
	switch {
	case errors.Is(err, ErrNotReached):
		j.Mark, j.Err = stats.NotReached, err
	case errors.Is(err, ErrLost):
		j.Mark, j.Err = stats.Lost, err
	case err != nil:
		return j, fmt.Errorf("trial %d: %w", s.number, err)
	case good:
		j.Mark = stats.Good
	default:
		j.Mark = stats.Bad
	}
	return j, nil
}

func (j Judgement) number() int {
	if j.of != nil {
		return int(j.of.number)
	}
	return j.Trial().Number
}

// Judge asks a question of the first Samples trials, all of them, and returns
// what became of each, in order. It is what a plain matcher does.
func (ts *Trials) Judge(q Question) (judged []Judgement, err error) {
	ts.asking.Lock()
	defer ts.asking.Unlock()
	defer func() { ts.enterError(q.Text, err) }()
	if err := ts.begin(q); err != nil {
		return nil, err
	}
	slots, err := ts.first(ts.s.set.samples)
	if err != nil {
		return nil, err
	}
	r := &ruling{question: q, marks: make([]stats.Mark, 0, len(slots))}
	judged = make([]Judgement, 0, len(slots))
	for _, s := range slots {
		j, err := q.judge(s)
		if err != nil {
			return nil, ts.endBy(err)
		}
		r.mark(int(s.number), j.Mark)
		judged = append(judged, j)
	}
	if err := ts.onlyLooked(judged); err != nil {
		return nil, err
	}
	use := ts.weigh(&q)
	r.verdict, r.judge = plainVerdict(judged), use
	ts.enter(r)
	ts.enterPlain(q.Text, r.verdict, judged, use)
	if use != nil {
		ts.s.t.Logf("%s: %s: %s, %s", ts.s.title(), q.Text, r.verdict, use.Line(stats.Rule{}))
	}
	return judged, nil
}

// JudgeOf is the judge that a question rests on, nil if on none.
func (ts *Trials) JudgeOf(q Question) *JudgeUse { return ts.weigh(&q) }

// heads returns the first n kept trials.
func (ts *Trials) heads(n int) []*slot {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.kept[:min(n, len(ts.kept)):min(n, len(ts.kept))]
}

// plainVerdict sums up a plain matcher's judgements.
func plainVerdict(judged []Judgement) string {
	n := count(judged)
	switch len(judged) {
	case n[stats.Good]:
		return "all"
	case n[stats.Bad]:
		return "none"
	case n[stats.NotReached]:
		return "not reached"
	case n[stats.Lost] + n[stats.Cut]:
		return "lost"
	}
	return "mixed"
}

// onlyLooked is the error that keeps a single drawn trial from being taken for
// a verdict.
func (ts *Trials) onlyLooked(judged []Judgement) error {
	if ts.s.set.trial == 0 {
		return nil
	}
	text := "no trial"
	for _, j := range judged {
		text = fmt.Sprintf("%v, judged %s", j.Trial(), judgementText(j))
	}
	return &LookError{Judged: judged, text: fmt.Sprintf("%s\nEVALKIT_TRIAL=%d: %s; one trial is a look, not a verdict: run without EVALKIT_TRIAL for one",
		ts.s.title(), ts.s.set.trial, text)}
}

// LookError is the answer to every assertion where one trial alone was drawn.
type LookError struct {
	Judged []Judgement
	text   string
}

func (e *LookError) Error() string { return "LOOK  " + e.text }

func judgementText(j Judgement) string {
	switch j.Mark {
	case stats.Good:
		return "good"
	case stats.Bad:
		return "bad"
	case stats.NotReached:
		return "not reached"
	case stats.Lost:
		return "lost: " + j.Err.Error()
	}
	return "not at all"
}
