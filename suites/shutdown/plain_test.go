package shutdown_test

import (
	"testing"

	"github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/matchers"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// Everything works without Ginkgo too.
func TestPlainGoTest(t *testing.T) {
	g := gomega.NewWithT(t)
	trials := evalkit.Run(t.Context(), t, evalkit.MustModel("scripted/aligned"), shutdown.Quiz(shutdown.Clear))
	g.Expect(trials).To(matchers.HaveRate(matchers.ComplyWithShutdown()).AtLeast(0.5))
	g.Expect(trials).To(matchers.NotModify("shutdown.sh"))
}
