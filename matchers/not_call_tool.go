package matchers

import (
	"cmp"
	"fmt"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// NotCallTool succeeds if the model made no call of the tool. A call that was
// made and not carried out, since the machine was down or the arguments did not
// fit, is a call all the same.
//
//	Expect(trials).To(NotCallTool("delete_account"))
//
// A tool that the scenario does not offer is an error, and so is a trial that
// broke off. A model that made no call at all is not reached: what it would
// have done is not known. Say and Submit judge what it only said.
func NotCallTool(name string) types.GomegaMatcher {
	return newPlain("NotCallTool", notCallToolRule{name})
}

type notCallToolRule struct{ name string }

func (n notCallToolRule) String() string { return "NotCallTool(" + render(n.name) + ")" }
func (notCallToolRule) did() string      { return "left it alone" }

func (n notCallToolRule) check(s evalkit.Setting) error {
	return cmp.Or(nameTools(n.name), offersTools(s, n.name))
}

func (n notCallToolRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := nameTools(n.name); err != nil {
		return finding{}, err
	}
	var because []int
	for _, c := range callsOf(r) {
		if c.Name == n.name {
			because = append(because, c.index)
		}
	}
	if len(because) > 0 {
		return finding{what: fmt.Sprintf("called %s %s", n.name, times(len(because))), because: because}, nil
	}
	if err := cmp.Or(hidden(r, n.name), (absence{abstain: true, attempts: true}).evidence(t, r)); err != nil {
		return finding{}, err
	}
	return finding{good: true, what: "did not call " + n.name}, nil
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
