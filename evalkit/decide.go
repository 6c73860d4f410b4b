package evalkit

import (
	"fmt"
	"strings"

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
	sequence, err := stats.NewSequence(q.Rule)
	if err != nil {
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
	ts.price(q.Rule)
	p := &pursuit{ts: ts, q: q, sequence: sequence, copies: map[exchange]int{}, errs: map[int]error{}}
	if err := p.run(); err != nil {
		return Answer{}, err
	}
	ts.settle(p.decision.Index)
	return ts.answer(p), nil
}

// refuseCopies refuses a rate over trials that would all be the same one.
func (ts *Trials) refuseCopies(q Question) error {
	if ts.s.info.Deterministic && ts.s.scenario.Vary == nil && ts.s.set.trial == 0 {
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

// pursuit is the drawing of trials for one rate.
type pursuit struct {
	ts       *Trials
	q        Question
	sequence *stats.Sequence
	decision stats.Decision

	marks  []stats.Mark     // by index in kept; zero is pending
	errs   map[int]error    // why there is no judgement, by index
	copies map[exchange]int // first exchange → index of the first trial with it
	width  int              // trials at once
	since  int              // trials that ended since width was last raised
	log    bool             // the log that is judged again has ended
}

// run draws until there is a decision. How many trials run at once starts at
// what the quickest verdict takes and doubles whenever that many have ended
// without settling it.
func (p *pursuit) run() error {
	limit := p.ts.s.set.concurrency
	p.width = min(limit, p.q.Rule.QuickestHolds(), p.q.Rule.QuickestFails())
	fresh := p.ts.all()
	for {
		if err := p.ts.failure(); err != nil {
			return err
		}
		if err := p.feed(fresh); err != nil {
			return err
		}
		if p.decision = p.sequence.Decision(); p.decision.Verdict != stats.Open {
			return nil
		}
		for p.since >= p.width && p.width < limit {
			p.since -= p.width
			p.width = min(2*p.width, limit)
		}
		if p.ts.start(p.q.Rule.Cap, p.width) == 0 && p.ts.idle() {
			if fresh = p.ts.fresh(); len(fresh) > 0 {
				continue
			}
			p.log = true
			return nil
		}
		if err := p.ts.wait(); err != nil {
			return err
		}
		fresh = p.ts.fresh()
		p.since += len(fresh)
	}
}

// feed judges trials that have ended and hands their marks on.
func (p *pursuit) feed(fresh []*slot) error {
	p.sequence.Grow(p.ts.length())
	for _, s := range fresh {
		j, err := p.q.judge(s)
		if err != nil {
			return p.ts.seriesError(err)
		}
		for len(p.marks) <= s.index {
			p.marks = append(p.marks, 0)
		}
		p.marks[s.index] = j.Mark
		if j.Err != nil {
			p.errs[s.index] = j.Err
		}
		if err := p.mark(s); err != nil {
			return p.ts.seriesError(err)
		}
	}
	return nil
}

// mark tells the sequence of a judgement. Of trials that are copies of one, the
// first by number counts: if a later one ended before it, the marks are handed
// over anew.
func (p *pursuit) mark(s *slot) error {
	index := s.index
	key := p.ts.copyKey(s.first)
	first, seen := p.copies[key]
	switch {
	case key == exchange{} || p.marks[index] == stats.Cut:
	case !seen:
		p.copies[key] = index
	case first < index:
		p.marks[index] = stats.Copy
	case first > index:
		p.copies[key] = index
		p.marks[first] = stats.Copy
		return p.again()
	}
	return p.sequence.Set(index, p.marks[index])
}

func (p *pursuit) again() error {
	sequence, err := stats.NewSequence(p.q.Rule)
	if err != nil {
		return err
	}
	p.sequence = sequence
	sequence.Grow(p.ts.length())
	for i, mark := range p.marks {
		if mark == 0 {
			continue
		}
		if err := sequence.Set(i, mark); err != nil {
			return err
		}
	}
	return nil
}

// copyKey is equal for trials that are copies of one: the same first request,
// and an answer that could not have been another. Zero for any other trial.
func (ts *Trials) copyKey(first exchange) exchange {
	switch {
	case ts.s.info.Deterministic:
		return exchange{asked: first.asked}
	case first.answered != 0:
		return first
	}
	return exchange{}
}

// all returns every kept trial that has ended; fresh those since the last call.
func (ts *Trials) all() []*slot {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.ended = nil
	var done []*slot
	for _, s := range ts.kept {
		if s.done {
			done = append(done, s)
		}
	}
	return done
}

func (ts *Trials) fresh() []*slot {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var kept []*slot
	for _, s := range ts.ended {
		if s.index < len(ts.kept) && ts.kept[s.index] == s {
			kept = append(kept, s)
		}
	}
	ts.ended = nil
	return kept
}

func (ts *Trials) length() int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.kept)
}

// answer sums a pursuit up and enters it into the books.
func (ts *Trials) answer(p *pursuit) Answer {
	d := p.decision
	a := Answer{Decision: d, Rule: p.q.Rule, LogEnded: p.log, Log: ts.logPath(), Again: ts.s.again()}
	if p.log {
		a.Decision.Verdict = stats.Undecided
	}
	a.Judged = ts.upTo(p, d.Index)
	a.Saved = p.q.Rule.Cap - d.Index
	a.Forgiven = a.Verdict == stats.Undecided && !p.log && (p.q.OrUndecided || ts.s.set.reportUndecided)
	r := &ruling{question: p.q, marks: map[int]stats.Mark{}, decision: d, verdict: a.Verdict.String()}
	for _, j := range a.Judged {
		r.marks[j.Trial.Number] = j.Mark
	}
	ts.enter(r)
	ts.enterReport(a, p.q.Text)
	return a
}

// upTo returns the judgements up to an index, those that are pending included.
func (ts *Trials) upTo(p *pursuit, index int) []Judgement {
	judged := make([]Judgement, 0, index)
	for i, s := range ts.heads(index) {
		if i < len(p.marks) && p.marks[i] != 0 {
			judged = append(judged, Judgement{Trial: s.trial(), Mark: p.marks[i], Err: p.errs[i]})
			continue
		}
		judged = append(judged, Judgement{Trial: Trial{Number: s.number}, Mark: stats.Pending})
	}
	return judged
}

// price writes down before drawing what the rule costs in trials.
func (ts *Trials) price(rule stats.Rule) {
	rows, err := stats.PriceTable(rule)
	if err != nil {
		ts.s.t.Logf("price of %v: %v", rule, err)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: rate %v, at most %d trials\n  true rate  holds  fails  trials expected\n", ts.s.title(), rule, rule.Cap)
	for _, r := range rows {
		fmt.Fprintf(&b, "  %9.3f  %4.0f%%  %4.0f%%  %6.1f\n", r.Truth, 100*r.PHolds, 100*r.PFails, r.Trials)
	}
	ts.s.t.Logf("%s", b.String())
}
