package ginkgokit

import (
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/evalkit-go/evalkit/evalkit/report"
)

// refuse ends the suite while its tree is built, the way Ginkgo itself refuses
// a node: with the line of the spec file, and exit status 1.
func refuse(heading, message string) bool {
	ginkgo.GinkgoHelper()
	err := types.GinkgoError{Heading: heading, Message: report.Sanitize(message), CodeLocation: types.NewCodeLocation(0)}
	defer ginkgo.AddTreeConstructionNodeArgsTransformer(
		func(_ types.NodeType, _ ginkgo.Offset, text string, args []any) (string, []any, []error) {
			return text, args, []error{err}
		})()
	return ginkgo.Describe(heading, func() {})
}

const noRetries = "FlakeAttempts repeats a spec until it passes, which makes any rate pass; take it away, a rate already allows for chance"

// refuseRetries fails a spec that --flake-attempts repeats.
func refuseRetries() {
	if ginkgo.CurrentSpecReport().MaxFlakeAttempts > 1 {
		ginkgo.Fail(noRetries)
	}
}
