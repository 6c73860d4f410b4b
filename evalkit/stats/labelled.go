package stats

import (
	"errors"
	"fmt"
)

// Labelled counts a judge's answers to cases whose label is known; doc.go §11 says how they move a rule's thresholds. A
// case is good where a trial like it would be good. The zero value is no judge, or one whose errors are not allowed for.
type Labelled struct {
	// Of the good cases, and of the bad ones: answered rightly, wrongly, and without a judgement.
	GoodRight int `json:"good_right"`
	GoodWrong int `json:"good_wrong"`
	GoodLost  int `json:"good_lost,omitempty"`
	BadRight  int `json:"bad_right"`
	BadWrong  int `json:"bad_wrong"`
	BadLost   int `json:"bad_lost,omitempty"`
	// GoodSure says that some good trials are found to be so without the judge, and without error, so that the share of
	// them that is judged rightly may be anything up to 1, whatever the cases say; BadSure likewise of bad ones.
	GoodSure bool `json:"good_sure,omitempty"`
	BadSure  bool `json:"bad_sure,omitempty"`
}

// Reliability bounds how often a judge is right.
type Reliability struct {
	SeLow, SeHigh float64 // sensitivity: the share of good trials that it judges good
	SpLow, SpHigh float64 // specificity: the share of bad trials that it judges bad
}

// Bounds are the bounds of Clopper and Pearson at alpha/4, each one-sided. A case without a judgement is never right: it
// counts as wrong for the lower bounds and is left out of the upper ones. Where there are no cases they are 0 and 1.
func (l Labelled) Bounds(alpha float64) Reliability {
	var r Reliability
	r.SeLow, r.SeHigh = shareBounds(l.GoodRight, l.GoodWrong, l.GoodLost, alpha)
	r.SpLow, r.SpHigh = shareBounds(l.BadRight, l.BadWrong, l.BadLost, alpha)
	if l.GoodSure {
		r.SeHigh = 1
	}
	if l.BadSure {
		r.SpHigh = 1
	}
	return r
}

func shareBounds(right, wrong, lost int, alpha float64) (low, high float64) {
	conf := 1 - alpha/4
	low, high = 0, 1
	if n := right + wrong + lost; n > 0 {
		low = ClopperPearsonLower(right, n, conf)
	}
	if n := right + wrong; n > 0 {
		high = ClopperPearsonUpper(right, n, conf)
	}
	return low, high
}

// Reversed is the same judge where a trial counts as good that the cases call bad.
func (l Labelled) Reversed() Labelled {
	return Labelled{
		GoodRight: l.BadRight, GoodWrong: l.BadWrong, GoodLost: l.BadLost, GoodSure: l.BadSure,
		BadRight: l.GoodRight, BadWrong: l.GoodWrong, BadLost: l.GoodLost, BadSure: l.GoodSure,
	}
}

// Sensitivity and Specificity are the shares of the good and of the bad cases that were judged rightly, of those that
// were judged at all; NaN where none was.
func (l Labelled) Sensitivity() float64 {
	return float64(l.GoodRight) / float64(l.GoodRight+l.GoodWrong)
}

// Specificity: see Sensitivity.
func (l Labelled) Specificity() float64 { return float64(l.BadRight) / float64(l.BadRight+l.BadWrong) }

// judged is the share of trials that are judged good where the share truth is, by a judge that errs as on its cases.
func (l Labelled) judged(truth float64) float64 {
	if l == (Labelled{}) {
		return truth
	}
	return l.Sensitivity()*truth + (1-l.Specificity())*(1-truth)
}

// validate says why a rule at alpha cannot rest on the judge.
func (l Labelled) validate(alpha float64) error {
	if l == (Labelled{}) {
		return nil
	}
	if min(l.GoodRight, l.GoodWrong, l.GoodLost, l.BadRight, l.BadWrong, l.BadLost) < 0 {
		return errors.New("judge: a count of its labelled cases is below 0")
	}
	if l.GoodRight+l.GoodWrong == 0 || l.BadRight+l.BadWrong == 0 {
		return errors.New("judge: it judged no good case, or no bad one: calibrate it on both")
	}
	if b := l.Bounds(alpha); b.SeLow+b.SpLow <= 1 {
		return fmt.Errorf("judge: its labelled cases bound sensitivity by %.3f and specificity by %.3f from below, in sum no more than 1: it cannot be told from a coin; label more cases, or take a better judge",
			b.SeLow, b.SpLow)
	}
	return nil
}

// Thresholds are the shares of trials judged good that the rule's evidence is tested against: a higher rate than P is
// shown against above, a lower one against below. Both are P without a judge.
func (r Rule) Thresholds() (above, below float64) {
	a, b := r.cuts()
	return a.p, b.p
}

// cuts are the thresholds with their digits kept, for evidence of higher rates and of lower ones.
func (r Rule) cuts() (above, below cut) {
	if r.Judge == (Labelled{}) {
		c := newCut(r.P, 1-r.P)
		return c, c
	}
	b, p, q := r.Judge.Bounds(r.alpha()), r.P, 1-r.P
	above = newCut(b.SeHigh*p+(1-b.SpLow)*q, (1-b.SeHigh)*p+b.SpLow*q)
	below = newCut(b.SeLow*p+(1-b.SpHigh)*q, (1-b.SeLow)*p+b.SpHigh*q)
	return above, below
}

// level is the alpha of the tests alone: half of the rule's where the other half is spent on the judge's bounds.
func (r Rule) level() float64 {
	if r.Judge == (Labelled{}) {
		return r.alpha()
	}
	return r.alpha() / 2
}

// Needed is the natural log of the evidence that a verdict takes: of 1/alpha, or 2/alpha with a judge.
func (r Rule) Needed() float64 { return r.threshold() }

// LogE are the natural logs of the evidence for the claim and against it, after so many trials judged good, judged bad
// and lost: what Decision has at its index.
func (r Rule) LogE(good, bad, lost int) (plus, minus float64) {
	holds, fails := r.claims()
	if r.Form == AtMost {
		good, bad = bad, good
	}
	return holds.logE(good, bad+lost), fails.logE(bad, good+lost)
}

// interval is Interval of the true rate under the rule: the rates that its two tests do not exclude.
func (r Rule) interval(good, bad, lost int) (low, high float64) {
	low, high = Interval(good, bad, lost, r.level())
	if r.Judge == (Labelled{}) {
		return low, high
	}
	// A rate t is excluded from below once the threshold for it, b.SeHigh·t + (1−b.SpLow)(1−t), is; likewise from above.
	b := r.Judge.Bounds(r.alpha())
	low = (low - (1 - b.SpLow)) / (b.SeHigh + b.SpLow - 1)
	high = (high - (1 - b.SpHigh)) / (b.SeLow + b.SpHigh - 1)
	return max(0, min(1, low)), max(0, min(1, high))
}
