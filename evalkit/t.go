package evalkit

import (
	"context"

	"github.com/onsi/ginkgo/v2/types"
)

// T is what Run asks of a test: GinkgoT() and *testing.T satisfy it.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Failed() bool
	Skipped() bool
	Name() string
	Cleanup(func())
}

// specContext is the part of Ginkgo's SpecContext that is used. It is found in
// the context by its key, so that nothing here registers Ginkgo's flags.
type specContext interface {
	SpecReport() types.SpecReport
	AttachProgressReporter(func() string) func()
}

func specContextOf(ctx context.Context) (specContext, bool) {
	sc, ok := ctx.Value("GINKGO_SPEC_CONTEXT").(specContext)
	return sc, ok
}

// entries is the part of GinkgoT() that keeps a value in Ginkgo's report.
type entries interface {
	AddReportEntryVisibilityFailureOrVerbose(name string, args ...any)
}
