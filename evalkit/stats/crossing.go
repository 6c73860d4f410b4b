package stats

// crossing finds the first index at which the verdict is the same whatever becomes of the pending marks. It starts
// after the tally t, in which nothing is pending, and leaves t at the crossing or at the end.
//
// Of all completions the one in which every pending trial goes against the claim has the smallest E⁺ and the largest
// E⁻ at every index; lost, not reached and copied ones lie in between. So "holds" is sure as soon as that one crosses
// up without having crossed down before, and "fails" is its mirror image.
func crossing(b *boundary, f Form, t *tally, marks []Mark) (Verdict, int) {
	mayFall, mayRise := false, false // a crossing down, up, at an earlier index in some completion
	for i, m := range marks {
		t.add(m)
		toward, against := t.sides(f)
		n := t.evidence()
		switch {
		case !mayFall && b.holds(toward, n):
			return Holds, i + 1
		case !mayRise && b.fails(against, n):
			return Fails, i + 1
		case t.pending == 0:
			continue
		}
		mayFall = mayFall || b.fails(against+t.pending, n)
		mayRise = mayRise || b.holds(toward+t.pending, n)
	}
	return Open, len(marks)
}
