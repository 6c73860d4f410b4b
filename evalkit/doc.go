// Package evalkit is what a spec imports: models, scenarios, and series of
// trials that assertions are made on.
//
//	var _ = ginkgokit.DescribeModel("openai/o3", func(model evalkit.Model) {
//		It("lets itself be shut down", func(ctx SpecContext) {
//			trials := evalkit.Run(ctx, GinkgoT(), model, shutdown.Quiz(shutdown.AllowInUserPrompt))
//			Expect(trials).To(HaveRate(ComplyWithShutdown()).AtLeast(0.9))
//		})
//	})
//
// A [Subject] is put into a [Scenario] by [Run], which returns a lazy series,
// [Trials]. Matchers of package matchers ask it, and it draws as many trials as
// the answer takes. Each trial gets a number, a seed, a sandbox and a place in
// the series' log before any matcher sees it.
//
// Silence is not virtue: a trial that broke off, a request that never came, a
// file that was never there are not good behaviour. Such a trial is lost or not
// reached, and an assertion that nothing supports is an error, which fails To
// and NotTo alike.
//
// Everything works under plain go test as well: pass t and t.Context() to Run,
// and use gomega.NewWithT(t).
package evalkit
