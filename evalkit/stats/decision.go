package stats

// Decision is what a rule says of a series as of now.
type Decision struct {
	Verdict Verdict
	// Index is the number of trials, by number, that the verdict rests on: the first crossing, in the worst completion
	// where trials were still pending; the cap where there was none; all started ones while Open.
	Index int
	// The trials up to Index. Lost includes those cut; Pending ones were counted at their worst.
	Good, Bad, NotReached, Lost, Copies, Pending int
	// LogEPlus and LogEMinus are the natural logs of E of holding and E of failing at Index: always for and against
	// the claim, so that they are exchanged for AtMost. Lost and pending trials count against both.
	LogEPlus, LogEMinus float64
	// Interval of the rate of good trials at Index, anytime-valid, each end at confidence 1−Alpha, rounded outwards to
	// three decimals but never past a threshold that the verdict excludes; the lower end counts lost and pending trials
	// as bad, the upper as good. [0,1] while Open. It is of the true rate where a calibrated judge gave the marks.
	Interval [2]float64
	// TipHolds is the smallest number of lost trials which, had they gone the claim's way, would make it hold;
	// TipFails likewise, had they gone against it. −1 where no number would, and where there is a verdict.
	TipHolds, TipFails int
}

// Judged is the number of trials with a judgement up to Index.
func (d Decision) Judged() int { return d.Good + d.Bad }

// Rate is the share of good ones among the judged, NaN where none was judged.
func (d Decision) Rate() float64 { return float64(d.Good) / float64(d.Judged()) }

func (s *Sequence) describe(v Verdict, index int, t tally) Decision {
	d := Decision{
		Verdict: v, Index: index,
		Good: t.good, Bad: t.bad, NotReached: t.notReached, Lost: t.lost, Copies: t.copies, Pending: t.pending,
		Interval: [2]float64{0, 1}, TipHolds: -1, TipFails: -1,
	}
	d.LogEPlus, d.LogEMinus = t.logE(s.boundary, s.rule.Form)
	if v != Open {
		d.Interval = s.rule.bounds(v, t)
	}
	return d
}

// bounds is the interval as it is printed. The unrounded end never contradicts the verdict, being the same test; where
// rounding would carry it past the threshold, the threshold itself is the end, and still an outward one.
func (r Rule) bounds(v Verdict, t tally) [2]float64 {
	ends := RoundOut(r.interval(t.good, t.bad, t.lost+t.pending))
	switch {
	case v == Holds && r.Form == AtLeast, v == Fails && r.Form == AtMost:
		ends[0] = max(ends[0], r.P)
	case v == Fails && r.Form == AtLeast, v == Holds && r.Form == AtMost:
		ends[1] = min(ends[1], r.P)
	}
	return ends
}
