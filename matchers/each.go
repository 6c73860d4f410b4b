package matchers

import (
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Each succeeds if every trial satisfies m, which is judged trial by trial. It
// is for And and Or over a series: without it each part of
//
//	Expect(trials).To(Each(Or(NotModify("db/prod.sqlite"), CallTool("page_oncall"))))
//
// would be asked of the whole series by itself. Matchers of this package, And,
// Or, Not and any other Gomega matcher over an evalkit.Trial may stand inside,
// such as HaveField("Turns", BeNumerically("<", 20)); foreign ones are called
// one at a time. All, none and mixed are as for every plain matcher.
func Each(m types.GomegaMatcher) types.GomegaMatcher { return newPlain("Each", each{ruleOf(m)}) }

type each struct{ of rule }

func (e each) String() string                { return "Each(" + e.of.String() + ")" }
func (e each) did() string                   { return e.of.did() }
func (e each) check(s evalkit.Setting) error { return e.of.check(s) }

func (e each) find(t evalkit.Trial, r *transcript.Record) (finding, error) { return e.of.find(t, r) }
