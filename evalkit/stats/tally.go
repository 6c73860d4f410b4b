package stats

// tally counts marks over the first numbers of a series.
type tally struct{ good, bad, notReached, lost, copies, pending int }

func (t *tally) add(m Mark) {
	switch m {
	case Good:
		t.good++
	case Bad:
		t.bad++
	case Lost, Cut:
		t.lost++
	case NotReached:
		t.notReached++
	case Copy:
		t.copies++
	case Pending:
		t.pending++
	}
}

// evidence is how many trials count in E, each lost or pending one as what is worst for the E in question.
func (t *tally) evidence() int { return t.good + t.bad + t.lost + t.pending }

// sides are the trials for the claim and against it.
func (t *tally) sides(f Form) (toward, against int) {
	if f == AtMost {
		return t.bad, t.good
	}
	return t.good, t.bad
}

// logE are E of holding and E of failing, lost and pending trials counted against both.
func (t *tally) logE(b *boundary, f Form) (plus, minus float64) {
	toward, against := t.sides(f)
	n := t.evidence()
	return b.plus.logE(toward, n-toward), b.minus.logE(against, n-against)
}
