package matchers

import "github.com/evalkit-go/evalkit/evalkit"

// rester is a rule that knows on which judges its findings rest: on none, on the
// one of a rubric, or (the zero Rests) on any that the scenario may have.
type rester interface {
	rests() []evalkit.Rests
}

// restsOf says on which judges a rule rests. What is known of a judge's errors
// is carried through Not, And and Or as far as it goes: another matcher beside
// it can make a trial fail And, or match Or, whatever the judge says.
func restsOf(r rule) []evalkit.Rests {
	switch r := r.(type) {
	case rester:
		return r.rests()
	case notOf:
		all := restsOf(r.of)
		for i := range all {
			all[i].Reversed = !all[i].Reversed
			all[i].MatchSure, all[i].MissSure = all[i].MissSure, all[i].MatchSure
		}
		return all
	case allOf:
		all := restsOfAll(r)
		for i := range all {
			all[i].MissSure = all[i].MissSure || len(r) > 1
		}
		return all
	case anyOf:
		all := restsOfAll(r)
		for i := range all {
			all[i].MatchSure = all[i].MatchSure || len(r) > 1
		}
		return all
	}
	return nil
}

func restsOfAll(rules []rule) []evalkit.Rests {
	var all []evalkit.Rests
	for _, r := range rules {
		all = append(all, restsOf(r)...)
	}
	return all
}

// A stranger's matcher may look at a trial's outcome, and so may rest on a judge
// without saying so.
func (*foreign) rests() []evalkit.Rests { return []evalkit.Rests{{}} }

// An outcome by its name is more than good or not.
func (h haveOutcomeRule) rests() []evalkit.Rests { return []evalkit.Rests{{Outcomes: h.names}} }
