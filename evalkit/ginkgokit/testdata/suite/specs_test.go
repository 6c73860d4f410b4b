package suite_test

import (
	"context"
	"math"
	"net/http"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/ginkgokit"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	. "github.com/evalkit-go/evalkit/matchers"
)

// Each gives a verdict: the same in series as under -p.
var _ = ginkgokit.DescribeModels([]string{"scripted/kit-good", "scripted/kit-bad", "scripted/kit-often"}, func(model evalkit.Model) {
	for _, condition := range []string{"one", "two", "three"} {
		It("answers "+condition, func(ctx SpecContext) {
			trials := evalkit.Run(ctx, GinkgoT(), model, question(condition), evalkit.Concurrency(1))
			answersGood := HaveRate(Submit(Equal("good"))).AtLeast(0.9)
			if model.String() == "scripted/kit-bad" {
				Expect(trials).NotTo(answersGood)
			} else {
				Expect(trials).To(answersGood)
			}
		})
		It("answers at once "+condition, func(ctx SpecContext) {
			decide(evalkit.Run(ctx, GinkgoT(), model, question(condition)))
		})
	}
}, Label("verdicts"))

var _ = ginkgokit.DescribeModel("scripted/kit-good", func(model evalkit.Model) {
	It("enters a figure that JSON has no form for", Label("nan"), func() {
		GinkgoT().AddReportEntryVisibilityFailureOrVerbose(report.EntryName, report.Assertion{
			Spec: "nan", Text: "HaveRate(nan)", Verdict: "holds", Rate: true, Alpha: math.NaN(), Low: math.Inf(-1), High: math.NaN(), CostUSD: math.NaN(),
		})
	})
	It("is another", Label("nan"), func() {})
	It("enters what is no assertion", Label("foreign"), func() { AddReportEntry(report.EntryName, "of mine") })

	It("asserts nothing", Label("unasked"), func(ctx SpecContext) {
		evalkit.Run(ctx, GinkgoT(), model, question("unasked"))
	})

	It("passes in the end", Label("retried"), func() { Expect(CurrentSpecReport().NumAttempts).To(Equal(2)) })

	Context("set up too early", Label("early"), func() {
		var trials *evalkit.Trials
		BeforeEach(func(ctx SpecContext) { trials = evalkit.Run(ctx, GinkgoT(), model, question("early")) })
		It("asks", func() { decide(trials) })
	})

	It("is skipped by its spec", Label("skipped"), func() { Skip("not today {{red}}\x1b[2J") })

	It("shows what was submitted", Label("hostile"), func(ctx SpecContext) {
		hostile := evalkit.MustModel("scripted/kit-hostile")
		trials := evalkit.Run(ctx, GinkgoT(), hostile, question("hostile"))
		Expect(trials).To(Submit(Equal("good")))
	})
})

var _ = ginkgokit.DescribeModel("openai/gpt-5.4", func(model evalkit.Model) {
	It("is asked nothing without leave", func(ctx SpecContext) {
		decide(evalkit.Run(ctx, GinkgoT(), model, question("live")))
	})
}, Label("live"))

var _ = ginkgokit.DescribeEnvironmentModel(func(model evalkit.Model) {
	It("answers", func(ctx SpecContext) {
		Expect(decide(evalkit.Run(ctx, GinkgoT(), model, question("environment"), evalkit.Concurrency(1)))).To(Equal(stats.Holds))
	})
}, Label("environment"))

// Several processes ask one endpoint.
var _ = Describe("one endpoint", Label("shared"), func() {
	for _, name := range []string{"a", "b", "c", "d"} {
		It("is asked by "+name, func(ctx SpecContext) {
			model := evalkit.MustModel(os.Getenv("KIT_ENDPOINT"))
			if os.Getenv("KIT_DIE") != "" && GinkgoParallelProcess() == 1 {
				die(ctx)
			}
			trials := evalkit.Run(ctx, GinkgoT(), model, question(name), evalkit.Concurrency(20), evalkit.Samples(20))
			Expect(trials).To(Submit(Equal("good")))
		})
	}
})

// die ends this process the hard way once KIT_DIE answers: when the others are
// at work.
func die(ctx context.Context) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("KIT_DIE"), nil)
	Expect(err).NotTo(HaveOccurred())
	_, err = http.DefaultClient.Do(request)
	Expect(err).NotTo(HaveOccurred())
	self, err := os.FindProcess(os.Getpid())
	Expect(err).NotTo(HaveOccurred())
	Expect(self.Kill()).To(Succeed())
}

// What is wrong with a spec file ends the suite while the tree is built.
func wrong() bool {
	none := func(evalkit.Model) {}
	switch os.Getenv("KIT_WRONG") {
	case "name":
		return ginkgokit.DescribeModel("opnai/gpt-5.4 {{red}}%d", none)
	case "nested name":
		return Describe("outer", func() { ginkgokit.DescribeModel("gpt-5.4", none) })
	case "none":
		return ginkgokit.DescribeModels(nil, none)
	case "twice":
		return ginkgokit.DescribeModels([]string{"scripted/kit-good", "scripted/kit-good"}, none)
	case "flaky container":
		return ginkgokit.DescribeModel("scripted/kit-good", none, FlakeAttempts(3))
	case "flaky spec":
		return ginkgokit.DescribeModel("scripted/kit-good", func(evalkit.Model) {
			Context("within", func() { It("is flaky", []any{FlakeAttempts(2)}, func() {}) })
		})
	case "suite node":
		return BeforeSuite(func(context.Context) {}) // the suite's own goes beside ours
	}
	return true
}

var _ = wrong()
