package stats

import "math"

// walk carries the exact distribution of a series through its trials, for a true rate that does not change: the
// probability of every count against the claim that has crossed neither boundary, and of having crossed either.
type walk struct {
	boundary     *boundary
	toward       float64 // probability that a trial is for the claim
	n            int
	alive        []float64 // alive[i]: probability of lowest+i trials against, and no crossing yet
	lowest       int
	holds, fails float64 // probability of having crossed by n
}

func newWalk(b *boundary, toward float64) *walk {
	return &walk{boundary: b, toward: toward, alive: []float64{1}}
}

// step adds one judged trial.
func (w *walk) step() {
	w.n++
	w.boundary.extend(w.n)
	w.alive = append(w.alive, 0)
	for i := len(w.alive) - 1; i > 0; i-- {
		w.alive[i] = w.alive[i]*w.toward + w.alive[i-1]*(1-w.toward)
	}
	w.alive[0] *= w.toward
	// Crossed up: n−f ≥ up. Crossed down: f ≥ down.
	for len(w.alive) > 0 && w.lowest <= w.n-w.boundary.up[w.n] {
		w.holds += w.alive[0]
		w.alive = w.alive[1:]
		w.lowest++
	}
	for last := len(w.alive) - 1; last >= 0 && w.lowest+last >= w.boundary.down[w.n]; last-- {
		w.fails += w.alive[last]
		w.alive = w.alive[:last]
	}
}

// open is the probability of no crossing yet. It is summed, not taken from 1, so that small ones keep their digits.
func (w *walk) open() float64 {
	sum := 0.0
	for _, p := range w.alive {
		sum += p
	}
	return sum
}

// curve is a walk remembered at every number of judged trials.
type curve struct {
	walk               *walk
	holds, fails, open []float64
}

func newCurve(r Rule, truth float64) *curve {
	return &curve{walk: newWalk(newBoundary(r), truth), holds: []float64{0}, fails: []float64{0}, open: []float64{1}}
}

func (c *curve) extend(n int) {
	for c.walk.n < n {
		c.walk.step()
		c.holds = append(c.holds, c.walk.holds)
		c.fails = append(c.fails, c.walk.fails)
		c.open = append(c.open, c.walk.open())
	}
}

// ending is how a series of limited length ends.
type ending struct{ holds, fails, open, trials float64 }

// exposed is how a series ends that is capped at n trials of which each is exposed with probability share.
// The number of judged trials is binomial; of the trials drawn while m were judged, P(more than m of n) ÷ share are
// expected, which gives the expected length without a sum over lengths.
func (c *curve) exposed(n int, share float64) ending {
	// Beyond twelve standard deviations the binomial is below 1e-30.
	mean := float64(n) * share
	far := 12*math.Sqrt(mean*(1-share)) + 30
	lowest, highest := max(0, int(mean-far)), min(n, int(mean+far))
	c.extend(highest)
	var e ending
	more := 0.0 // P(more than m of n are exposed)
	for m := highest; m >= lowest; m-- {
		e.trials += c.open[m] * more / share
		p := binomial(n, m, share)
		e.holds += p * c.holds[m]
		e.fails += p * c.fails[m]
		e.open += p * c.open[m]
		more += p
	}
	for m := lowest - 1; m >= 0; m-- { // more is 1 here
		e.trials += c.open[m] / share
	}
	return e
}

func binomial(n, k int, p float64) float64 {
	if p == 1 {
		if k == n {
			return 1
		}
		return 0
	}
	return math.Exp(logBinomial(n, k, p))
}

// logBinomial is for 0 < p < 1.
func logBinomial(n, k int, p float64) float64 {
	return float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p) -
		math.Log(float64(n+1)) - logBeta(float64(k+1), float64(n-k+1))
}
