package ginkgokit

import (
	"fmt"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// ProgressEvery is the time after which a spec on a model shows what it is at,
// and then again each time.
const ProgressEvery = time.Minute

// PollProgress decorates a spec so that it shows its progress after a minute,
// and each minute from then on, in series and under -p, where nothing else is
// live: evalkit attaches one line on the series to Ginkgo's reports. Specs in
// DescribeModel have it already.
//
//	It("migrates", PollProgress(), func(ctx SpecContext) { … })
//
// A spec's own PollProgressAfter goes before it, and so does
// --poll-progress-after.
func PollProgress() []any {
	if suite, _ := ginkgo.GinkgoConfiguration(); suite.PollProgressAfter > 0 {
		return nil
	}
	return []any{ginkgo.PollProgressAfter(ProgressEvery), ginkgo.PollProgressInterval(ProgressEvery)}
}

// watch makes every spec that is built show its progress, and refuses
// FlakeAttempts on any node, until undo.
func watch() (undo func()) {
	return ginkgo.AddTreeConstructionNodeArgsTransformer(decorate)
}

func decorate(node types.NodeType, offset ginkgo.Offset, text string, args []any) (string, []any, []error) {
	polls := false
	for _, arg := range args {
		switch decorator := arg.(type) {
		case ginkgo.FlakeAttempts:
			if decorator > 1 {
				return text, args, []error{types.GinkgoError{
					Heading:      fmt.Sprintf("FlakeAttempts(%d) on a spec that judges a model", decorator),
					Message:      noRetries,
					CodeLocation: types.NewCodeLocation(int(offset)),
				}}
			}
		case ginkgo.PollProgressAfter, ginkgo.PollProgressInterval:
			polls = true
		}
	}
	if node == types.NodeTypeIt && !polls {
		args = append(args, PollProgress()...)
	}
	return text, args, nil
}
