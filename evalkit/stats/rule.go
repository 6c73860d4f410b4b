package stats

import (
	"fmt"
	"math"
)

// DefaultAlpha is the error bound of a rule that names none.
const DefaultAlpha = 0.05

// Rule is what a rate must satisfy.
type Rule struct {
	Form  Form
	P     float64 // threshold in (0,1)
	Alpha float64 // bound on a wrong "holds" and on a wrong "fails", each; in (0,0.5]; 0 means DefaultAlpha
	Cap   int     // trials after which an open question is undecided; 0 means DefaultCap
	// Judge is what is known of the judge that the trials' marks rest on, doc.go §11; zero where none errs.
	Judge Labelled
}

// String is the rule as a reader would say it, such as "at least 0.9".
func (r Rule) String() string { return fmt.Sprintf("%v %v", r.Form, r.P) }

// Validate says what is wrong with r, if anything: a threshold outside (0,1), an alpha outside (0,0.5], a judge that its
// cases do not tell from a coin, or a cap that ends the series before the rule could hold, or before it could be
// disproved.
func (r Rule) Validate() error {
	if r.Form != AtLeast && r.Form != AtMost {
		return fmt.Errorf("rule: %v is no form: use AtLeast or AtMost", r.Form)
	}
	if !(r.P > 0 && r.P < 1) {
		return fmt.Errorf("threshold %v: a rate can be shown to lie above or below a number between 0 and 1 only: choose one, such as 0.9", r.P)
	}
	if a := r.alpha(); !(a > 0 && a <= 0.5) {
		return fmt.Errorf("alpha %v (confidence %v): must lie in (0, 0.5]: choose one, such as 0.05", a, 1-a)
	}
	if err := r.Judge.validate(r.alpha()); err != nil {
		return err
	}
	if r.Cap < 0 {
		return fmt.Errorf("cap %d: must be positive, or 0 for the default", r.Cap)
	}
	if r.Cap == 0 {
		if need := r.MinCap(); need > mostDefault {
			return fmt.Errorf("rate %v: takes at least %d trials, too many to choose a cap for: name a cap, or a threshold farther from 0 and 1", r, need)
		}
		return nil
	}
	if need := r.QuickestHolds(); r.Cap < need {
		return fmt.Errorf("cap %d: rate %v can never satisfy its rule with it, %d trials all for it are the fewest that show it at alpha %v: raise the cap to %d or more",
			r.Cap, r, need, r.alpha(), r.MinCap())
	}
	if need := r.QuickestFails(); r.Cap < need {
		return fmt.Errorf("cap %d: rate %v can never be disproved with it, %d trials all against it are the fewest that do at alpha %v: raise the cap to %d or more",
			r.Cap, r, need, r.alpha(), r.MinCap())
	}
	return nil
}

// Resolve is r with its defaults filled in, or what is wrong with it.
func (r Rule) Resolve() (Rule, error) {
	if err := r.Validate(); err != nil {
		return r, err
	}
	r.Alpha = r.alpha()
	if r.Cap > 0 {
		return r, nil
	}
	n, err := r.defaultCap()
	r.Cap = n
	return r, err
}

// QuickestHolds is the number of trials, all for the claim, after which it holds: the quickest possible "holds".
// For AtLeast and the default alpha 6 / 17 / 36 / 74 / 377 at 0.5 / 0.8 / 0.9 / 0.95 / 0.99. 0 for an invalid rule.
func (r Rule) QuickestHolds() int {
	if !r.testable() {
		return 0
	}
	holds, _ := r.claims()
	return quickest(holds, r.threshold())
}

// QuickestFails is the number of trials, all against the claim, after which it is disproved: the quickest possible
// "fails". For AtLeast and the default alpha 6 / 3 / 2 / 2 / 1. 0 for an invalid rule.
func (r Rule) QuickestFails() int {
	if !r.testable() {
		return 0
	}
	_, fails := r.claims()
	return quickest(fails, r.threshold())
}

// MinCap is the smallest cap with which the rule can hold and can be disproved.
func (r Rule) MinCap() int { return max(r.QuickestHolds(), r.QuickestFails()) }

func (r Rule) alpha() float64 {
	if r.Alpha == 0 {
		return DefaultAlpha
	}
	return r.Alpha
}

func (r Rule) testable() bool {
	a := r.alpha()
	return r.P > 0 && r.P < 1 && a > 0 && a <= 0.5 && r.Judge.validate(a) == nil
}

// threshold is what log E must reach.
func (r Rule) threshold() float64 { return -math.Log(r.level()) }

// claims are the thresholds of holding and of failing, each seen from its own side: a trial that speaks for it is a
// success. Everything but intervals is computed in this view, so that AtMost is the mirror image of AtLeast by
// construction.
func (r Rule) claims() (holds, fails cut) {
	above, below := r.cuts()
	if r.Form == AtMost {
		return below.mirror(), above
	}
	return above, below.mirror()
}

// toward is the chance that a trial is judged to be for the claim where the true rate of good ones is truth.
func (r Rule) toward(truth float64) float64 {
	judged := r.Judge.judged(truth)
	if r.Form == AtMost {
		return 1 - judged
	}
	return judged
}

// times is the true rate of good trials at which n times as many go against the claim as the threshold allows for.
func (r Rule) times(n float64) float64 {
	if r.Form == AtMost {
		return min(1, n*r.P)
	}
	return 1 - min(1, n*(1-r.P))
}

// quickest is the smallest n for which n successes in a row reach the threshold. E grows with every success, so it
// is found by doubling and halving.
func quickest(c cut, threshold float64) int {
	high := 1
	for c.logE(high, 0) < threshold {
		if high > math.MaxInt/4 {
			return math.MaxInt
		}
		high *= 2
	}
	low := high / 2
	for low+1 < high {
		middle := low + (high-low)/2
		if c.logE(middle, 0) < threshold {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
