package stats

import "fmt"

// Sequence judges one rule over the kept trials of a series, by number, while they end in any order. The first
// crossing by number decides and is final: afterwards, and past the cap, further marks change nothing.
//
// A Sequence is not safe for concurrent use.
type Sequence struct {
	rule     Rule // resolved
	boundary *boundary
	marks    []Mark // by number, up to the cap
	at       int    // marks[:at] are complete and have not crossed
	prefix   tally  // of marks[:at]
	stale    bool   // marks were added since decision
	decision Decision
}

// NewSequence is an empty series under r, its defaults filled in, or what is wrong with r.
func NewSequence(r Rule) (*Sequence, error) {
	r, err := r.Resolve()
	if err != nil {
		return nil, err
	}
	s := &Sequence{rule: r, boundary: newBoundary(r)}
	s.decision = s.describe(Open, 0, tally{})
	return s, nil
}

// Rule is the rule with its defaults filled in.
func (s *Sequence) Rule() Rule { return s.rule }

// Grow says that the first n trials have been started; those without a mark are pending. It never shrinks.
func (s *Sequence) Grow(n int) {
	for len(s.marks) < min(n, s.rule.Cap) {
		s.marks = append(s.marks, Pending)
		s.stale = true
	}
}

// Set gives the trial at index, from 0 among the kept ones, its mark, and grows the series to it. Trials may end in
// any order. A judgement is final: another mark for the same trial is an error, as are Void (a trial that is not kept
// has no place in a Sequence), a mark outside the alphabet, and a negative index; they leave the series as it was.
func (s *Sequence) Set(index int, m Mark) error {
	switch {
	case index < 0:
		return fmt.Errorf("trial index %d: must not be negative: count the kept trials from 0", index)
	case m == Void:
		return fmt.Errorf("trial index %d: void trials are not judged: set the kept ones only", index)
	case m != Pending && !m.final():
		return fmt.Errorf("trial index %d: %v is no mark: use one of %q", index, m, alphabet)
	}
	s.Grow(index + 1)
	if m == Pending || index >= len(s.marks) {
		return nil
	}
	if old := s.marks[index]; old != Pending && old != m {
		return fmt.Errorf("trial index %d: already judged %v, now %v: a judgement is final", index, old, m)
	}
	s.stale = s.stale || s.marks[index] == Pending
	s.marks[index] = m
	return nil
}

// Decision is the decision as of now. It costs one comparison for each trial from the first pending one on.
func (s *Sequence) Decision() Decision {
	if s.decision.Verdict != Open || !s.stale {
		return s.decision
	}
	s.stale = false
	s.decision = s.decide()
	return s.decision
}

func (s *Sequence) decide() Decision {
	complete := s.at
	for complete < len(s.marks) && s.marks[complete] != Pending {
		complete++
	}
	v, more := crossing(s.boundary, s.rule.Form, &s.prefix, s.marks[s.at:complete])
	s.at += more
	if v != Open {
		return s.describe(v, s.at, s.prefix)
	}
	if s.at == s.rule.Cap {
		return s.atCap()
	}
	all := s.prefix
	v, more = crossing(s.boundary, s.rule.Form, &all, s.marks[s.at:])
	return s.describe(v, s.at+more, all)
}
