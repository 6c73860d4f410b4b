package ginkgokit

import (
	"fmt"

	"github.com/onsi/ginkgo/v2"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/internal/share"
)

// What evalkit asks of a test, and of Ginkgo's report beyond it.
var (
	_ evalkit.T = ginkgo.FullGinkgoTInterface(nil)
	_ interface {
		AddReportEntryVisibilityFailureOrVerbose(name string, args ...any)
	} = ginkgo.FullGinkgoTInterface(nil)
)

// The nodes of every suite that imports this package. They are report nodes, of
// which a suite may have many, and stand at top level, where a DescribeModel
// within another container could not put them; a suite has one set-up node,
// which is its own.
func init() {
	s := &sharing{}
	share.Use(&share.Late{Find: s.find})
	ginkgo.ReportBeforeSuite(func(ginkgo.Report) {
		if err := s.begin(); err != nil {
			ginkgo.Fail(err.Error())
		}
	})
	ginkgo.ReportAfterSuite("evalkit", func(suite ginkgo.Report) {
		fmt.Print(summarize(suite, colour()))
		if err := s.end(); err != nil {
			ginkgo.Fail(err.Error())
		}
	})
}
