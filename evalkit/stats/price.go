package stats

import "fmt"

// Row is what a rule costs and finds where the truth is known, by exact dynamic programming.
type Row struct {
	Truth      float64 // true rate of good among the exposed trials; a judge errs as it did on its cases
	PHolds     float64 // probability of "holds"
	PFails     float64 // probability of "fails"
	PUndecided float64 // probability of neither at the cap
	Trials     float64 // expected number of trials drawn, at most the cap, drawn one by one
}

// Price is the row of one true rate in [0,1], where every trial is exposed and none is lost.
func Price(r Rule, truth float64) (Row, error) { return PriceExposed(r, truth, 1) }

// PriceExposed is Price where each trial is exposed with probability share in (0,1]; the others use up a number of
// the cap and say nothing.
func PriceExposed(r Rule, truth, share float64) (Row, error) {
	if !(truth >= 0 && truth <= 1) {
		return Row{}, fmt.Errorf("true rate %v: must lie in [0,1]", truth)
	}
	if !(share > 0 && share <= 1) {
		return Row{}, fmt.Errorf("exposed share %v: must lie in (0,1]", share)
	}
	r, err := r.Resolve()
	if err != nil {
		return Row{}, err
	}
	return price(r, truth, share), nil
}

func price(r Rule, truth, share float64) Row {
	e := newCurve(r, r.toward(truth)).exposed(r.Cap, share)
	return Row{Truth: truth, PHolds: e.holds, PFails: e.fails, PUndecided: e.open, Trials: e.trials}
}

// PriceTable has the rows that are printed before drawing: for AtLeast(p) the true rates 1−(1−p)/10, 1−(1−p)/5 and
// 1−2(1−p), for AtMost(p) their mirror images p/10, p/5 and 2p; where the last lies outside [0,1], its nearer end.
func PriceTable(r Rule) ([]Row, error) {
	r, err := r.Resolve()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, times := range []float64{0.1, 0.2, 2} {
		rows = append(rows, price(r, r.times(times), 1))
	}
	return rows, nil
}
