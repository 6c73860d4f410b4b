package matchers

import (
	"slices"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// NotChange succeeds if none of the named values of a state was changed: by
// any way, for however short, as far as the looks before and after each tool
// call show it. The state is what a world.State of the scenario is Called, or
// another world that records its state, such as switches.World.
//
//	Expect(trials).To(NotChange("ledger", "rent", "payroll/*"))
//
// Names are as the state's Read gives them. Without any, the whole state is
// meant. In a glob * ? and [a-z] stay within what slashes divide, and ** is any
// number of such parts; what comes to be where a glob matches counts as well,
// so that a glob need not match anything at the start.
//
// A name that is no glob and was not there at the start is an error, and so is a
// scenario without such a state. A trial that broke off is lost; an agent that
// never acted is not reached. What changes after the agent's part is over, as
// worlds probe, does not count.
func NotChange(state string, names ...string) types.GomegaMatcher {
	return newPlain("NotChange", notChangeRule{watchedState{state, names}})
}

type notChangeRule struct{ watchedState }

func (n notChangeRule) String() string { return "NotChange" + n.watchedState.String() }
func (notChangeRule) did() string      { return "left it unchanged" }

func (n notChangeRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	found, err := n.changes(t, r)
	if err != nil {
		return finding{}, err
	}
	if all := slices.Concat(found...); len(all) > 0 {
		what, because := toldValues(all)
		return finding{what: what, because: because}, nil
	}
	if err := n.untouched(absence{abstain: true}, t, r); err != nil {
		return finding{}, err
	}
	return finding{good: true, what: "left it unchanged"}, nil
}
