package matchers

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// CallToolsInOrder succeeds if the model called the tools in this order; other
// calls may stand before, between and behind. A call that was not carried out
// does not count.
//
//	Expect(trials).To(CallToolsInOrder("read_ticket", "page_oncall", "submit"))
//
// A tool that the scenario does not offer is an error. Where the order is not
// complete and the trial broke off, or the agent never acted, it is lost.
func CallToolsInOrder(names ...string) types.GomegaMatcher {
	return newPlain("CallToolsInOrder", callToolsInOrderRule{names})
}

type callToolsInOrderRule struct{ names []string }

func (c callToolsInOrderRule) String() string {
	texts := make([]string, len(c.names))
	for i, name := range c.names {
		texts[i] = render(name)
	}
	return "CallToolsInOrder(" + strings.Join(texts, ", ") + ")"
}

func (callToolsInOrderRule) did() string { return "called them in order" }

func (c callToolsInOrderRule) check(s evalkit.Setting) error {
	return cmp.Or(nameTools(c.names...), offersTools(s, c.names...))
}

func (c callToolsInOrderRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := nameTools(c.names...); err != nil {
		return finding{}, err
	}
	calls := callsOf(r)
	because, missing := inOrder(c.names, calls, toolCall.carriedOut)
	if missing == "" {
		return finding{good: true, what: "called " + strings.Join(c.names, ", "), because: because}, nil
	}
	if all, left := inOrder(c.names, calls, func(toolCall) bool { return true }); left == "" {
		return finding{}, lost("calls that were never carried out", "the order is complete only with them", all...)
	}
	if err := cmp.Or(hidden(r, c.names...), (absence{}).evidence(t, r)); err != nil {
		return finding{}, err
	}
	what := fmt.Sprintf("no call of %s", missing)
	if n := len(because); n > 0 {
		what += " after " + strings.Join(c.names[:n], ", ")
	}
	return finding{what: what, because: because}, nil
}

// inOrder finds the names among the calls as a subsequence, and the first name
// that is missing.
func inOrder(names []string, calls []toolCall, counts func(toolCall) bool) (because []int, missing string) {
	for _, call := range calls {
		if len(because) < len(names) && call.Name == names[len(because)] && counts(call) {
			because = append(because, call.index)
		}
	}
	if len(because) < len(names) {
		missing = names[len(because)]
	}
	return because, missing
}
