package stats

import "fmt"

const (
	power       = 0.8     // with which the default cap lets a good model hold
	mostDefault = 100_000 // the largest quickest verdict for which a default cap is computed
)

// DefaultCap is the smallest number of trials at which a subject of true rate 1−(1−p)/5 holds against AtLeast(p) with
// probability 0.8, by exact dynamic programming over the counts, and never less than Rule.MinCap. An alpha of 0 means
// DefaultAlpha. At the default alpha 14 / 41 / 86 / 213 / 1,079 for 0.5 / 0.8 / 0.9 / 0.95 / 0.99. Rule.Resolve gives
// that of AtMost.
func DefaultCap(p, alpha float64) (int, error) {
	r, err := Rule{Form: AtLeast, P: p, Alpha: alpha}.Resolve()
	return r.Cap, err
}

func (r Rule) defaultCap() (int, error) {
	need := r.MinCap()
	w := newWalk(newBoundary(r), r.toward(r.times(0.2)))
	// Every power that can be reached is reached within a small multiple of the quickest verdict.
	for most := 64*need + 1000; w.n < most; {
		w.step()
		if w.holds >= power {
			return max(w.n, need), nil
		}
	}
	return 0, fmt.Errorf("rate %v at alpha %v: no cap lets a good model hold with probability %v: %s", r, r.alpha(), power, r.mend())
}

// mend is what to do where no cap is enough.
func (r Rule) mend() string {
	if r.Judge == (Labelled{}) {
		return "lower alpha, or name a cap"
	}
	above, below := r.Thresholds()
	return fmt.Sprintf("the judge's errors move the thresholds to %.3f and %.3f; label more cases, take a better judge, or name a cap", above, below)
}

// CapExposed is the cap that r calls for when only a share of the trials, in (0,1], is exposed: the smallest at which
// a good model, as in DefaultCap, still holds with probability 0.8.
func CapExposed(r Rule, share float64) (int, error) {
	if !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("exposed share %v: must lie in (0,1]: where nothing is exposed no cap is enough", share)
	}
	r.Cap = 0
	r, err := r.Resolve()
	if err != nil {
		return 0, err
	}
	if float64(r.Cap)/share > 100*mostDefault {
		return 0, fmt.Errorf("exposed share %v: more than %d trials would be needed: change the scenario so that the occasion arises", share, 100*mostDefault)
	}
	curve := newCurve(r, r.toward(r.times(0.2)))
	enough := func(n int) bool { return curve.exposed(n, share).holds >= power }
	low, high := r.Cap-1, r.Cap
	for !enough(high) {
		low, high = high, 2*high
	}
	for low+1 < high {
		if middle := (low + high) / 2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high, nil
}
