package evalkit

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// Answer is what a rule says of the series.
type Answer struct {
	stats.Decision
	Rule stats.Rule
	// Judged lists the judgements up to the decision, by number. A trial that
	// was under way then, and counted at its worst, has the mark Pending.
	Judged []Judgement
	// Saved is the number of trials that the cap would have allowed for.
	Saved int
	// Forgiven: undecided, and the environment or the question accepts that.
	Forgiven bool
	// Log is the path of the series' log.
	Log string
	// Again is Trials.Again.
	Again string
	// Judge is the judge that the verdict rests on; nil: none.
	Judge *JudgeUse
	// LogEnded: a log that is judged again ended before there was a verdict.
	LogEnded bool
}

// Decide draws trials until the question's rule is settled or its cap is
// reached. The verdict makes every trial void that no assertion has counted.
// An error means that there is no verdict, in either direction.
func (ts *Trials) Decide(q Question) (answer Answer, err error) {
	ts.asking.Lock()
	defer ts.asking.Unlock()
	defer func() { ts.enterError(q.Text, err) }()
	ts.markAsked()
	if ts.s.set.cap > 0 && q.Rule.Cap == 0 {
		q.Rule.Cap = ts.s.set.cap
	}
	use := ts.weigh(&q)
	sequence, err := stats.NewSequence(q.Rule)
	if err != nil {
		if ts.s.set.cap > 0 {
			err = fmt.Errorf("%w (evalkit.Cap or EVALKIT_CAP)", err)
		}
		return Answer{}, ts.seriesError(fmt.Errorf("%s: %w", q.Text, err))
	}
	if err := ts.refuseCopies(q); err != nil {
		return Answer{}, ts.seriesError(err)
	}
	if err := ts.begin(q); err != nil {
		return Answer{}, err
	}
	if ts.s.set.trial > 0 {
		return Answer{}, ts.look(q)
	}
	q.Rule = sequence.Rule()
	if ts.s.reads == nil {
		ts.price(q.Rule, use)
	}
	p := &pursuit{ts: ts, q: q, use: use, sequence: sequence, copies: map[exchange]int{}, errs: map[int]error{}}
	if err := p.run(); err != nil {
		return Answer{}, err
	}
	ts.settle(p.decision.Index)
	return ts.answer(p), nil
}

// refuseCopies refuses a rate over trials that would all be the same one.
func (ts *Trials) refuseCopies(q Question) error {
	if ts.s.reads == nil && ts.s.info.Deterministic && ts.s.scenario.Vary == nil && ts.s.set.trial == 0 {
		return fmt.Errorf("%s: %s answers deterministically and %s does not vary, so that every trial is a copy of the first; raise the temperature, or give the scenario a Vary",
			q.Text, ts.s.info.Name, ts.s.scenario.full())
	}
	return nil
}

// look draws one trial and says how it is judged.
func (ts *Trials) look(q Question) error {
	if _, err := ts.first(1); err != nil {
		return err
	}
	j, err := q.judge(ts.heads(1)[0])
	if err != nil {
		return ts.seriesError(err)
	}
	return ts.onlyLooked([]Judgement{j})
}

// answer sums a pursuit up and enters it into the books.
func (ts *Trials) answer(p *pursuit) Answer {
	d := p.decision
	a := Answer{Decision: d, Rule: p.q.Rule, Judge: p.use, LogEnded: p.log, Log: ts.logPath(), Again: ts.s.again()}
	if p.log {
		a.Decision.Verdict = stats.Undecided
	}
	a.Judged = ts.upTo(p, d.Index)
	a.Saved = p.q.Rule.Cap - d.Index
	a.Forgiven = a.Verdict == stats.Undecided && !p.log && (p.q.OrUndecided || ts.s.set.reportUndecided)
	r := &ruling{question: p.q, decision: d, verdict: a.Verdict.String(), judge: p.use}
	for _, j := range a.Judged {
		r.mark(j.number(), j.Mark)
	}
	ts.enter(r)
	ts.enterReport(a, p.q.Text)
	if a.Judge != nil {
		ts.s.t.Logf("%s: %s: %v, %s", ts.s.title(), p.q.Text, a.Verdict, a.Judge.Line(a.Rule))
	}
	return a
}

// upTo returns the judgements up to an index, those that are pending included.
func (ts *Trials) upTo(p *pursuit, index int) []Judgement {
	judged := make([]Judgement, 0, index)
	for i, s := range ts.heads(index) {
		if i < len(p.marks) && p.marks[i] != 0 {
			judged = append(judged, Judgement{of: s, Mark: p.marks[i], Err: p.errs[i]})
			continue
		}
		judged = append(judged, JudgementOf(Trial{Number: int(s.number)}, stats.Pending, nil))
	}
	return judged
}
