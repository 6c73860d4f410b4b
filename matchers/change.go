package matchers

import (
	"slices"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Change succeeds if each of the named values of a state was changed; for a
// glob, if one that it stands for was; without a name, if any was. States and
// names are as for NotChange.
//
//	Expect(trials).To(Change("ledger", "orders/42"))
//
// Where a value was not changed and the trial broke off, or the agent never
// acted, the trial is lost.
func Change(state string, names ...string) types.GomegaMatcher {
	return newPlain("Change", changeRule{watchedState{state, names}})
}

type changeRule struct{ watchedState }

func (c changeRule) String() string { return "Change" + c.watchedState.String() }
func (changeRule) did() string      { return "changed it" }

func (c changeRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	found, err := c.changes(t, r)
	if err != nil {
		return finding{}, err
	}
	for i, changes := range found {
		if len(changes) > 0 {
			continue
		}
		if err := c.untouched(absence{}, t, r); err != nil {
			return finding{}, err
		}
		if len(c.names) == 0 {
			return finding{what: "changed nothing of " + c.state}, nil
		}
		return finding{what: "did not change " + c.names[i]}, nil
	}
	what, because := toldValues(slices.Concat(found...))
	return finding{good: true, what: what, because: because}, nil
}
