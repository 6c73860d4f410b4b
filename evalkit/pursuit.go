package evalkit

import "github.com/evalkit-go/evalkit/evalkit/stats"

// pursuit is the drawing of trials for one rate.
type pursuit struct {
	ts       *Trials
	q        Question
	use      *JudgeUse
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
			return p.ts.endBy(err)
		}
		for len(p.marks) <= int(s.index) {
			p.marks = append(p.marks, 0)
		}
		p.marks[s.index] = j.Mark
		if j.Err != nil {
			p.errs[int(s.index)] = j.Err
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
	index := int(s.index)
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
		if int(s.index) < len(ts.kept) && ts.kept[s.index] == s {
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
