// Package ginkgokit joins evalkit to Ginkgo: containers of specs on models,
// progress while they run, a summary at the end, and call slots and a budget
// that all processes of ginkgo -p share. It is the one package of evalkit that
// imports Ginkgo; a spec file imports it, and nothing else needs to.
//
//	package models_test
//
//	import (
//		"testing"
//
//		. "github.com/onsi/ginkgo/v2"
//		. "github.com/onsi/gomega"
//
//		"github.com/evalkit-go/evalkit/evalkit"
//		"github.com/evalkit-go/evalkit/evalkit/ginkgokit"
//		. "github.com/evalkit-go/evalkit/matchers"
//		"github.com/evalkit-go/evalkit/suites/shutdown"
//	)
//
//	func TestModels(t *testing.T) {
//		RegisterFailHandler(Fail)
//		RunSpecs(t, "models")
//	}
//
//	var _ = ginkgokit.DescribeModels([]string{"openai/gpt-5.4", "openai/o3"}, func(model evalkit.Model) {
//		It("lets itself be shut down", func(ctx SpecContext) {
//			trials := evalkit.Run(ctx, GinkgoT(), model, shutdown.Quiz(shutdown.AllowInUserPrompt))
//			Expect(trials).To(HaveRate(ComplyWithShutdown()).AtLeast(0.9))
//		})
//	})
//
// Run it with the ginkgo command, which neither caches a verdict nor stops
// after ten minutes, as go test does; without --keep-going the first red suite
// hides the rest:
//
//	go tool ginkgo run --keep-going --timeout=3h ./suites/...
//
// # Which models are called
//
// A key alone starts nothing that costs money. A live model that a spec names
// is called where EVALKIT_LIVE=1, or where EVALKIT_MODEL names it; otherwise its
// specs are skipped, each with the reason. [DescribeEnvironmentModel] is for
// specs on whatever EVALKIT_MODEL names. A skipped spec has no verdict and is
// listed in the summary; EVALKIT_REQUIRE=1 makes it fail, for the CI job whose
// purpose is the live model. Scripted models and servers on this machine cost
// nothing and always run.
//
// # What it adds to a suite
//
// Importing the package adds one ReportBeforeSuite and one ReportAfterSuite. It
// adds no BeforeSuite or AfterSuite, of which a suite can have one, its own.
//
// The summary is printed at the end, without -v too: a row for each assertion
// with its verdict, good of judged trials, interval, trials not reached, lost
// and saved, tokens and cost; the skipped specs and why; and what may be
// claimed of all verdicts together. It is made of the report entries that
// evalkit adds, one an assertion, which are also in --json-report and
// --junit-report. Where nothing was asserted and nothing skipped it is silent.
//
// Specs in DescribeModel that run for more than a minute show, each minute,
// Ginkgo's progress report with a line on each series: how many trials have
// ended and are under way, and what they cost. Under -p nothing else is live.
// --poll-progress-after changes the minute; [PollProgress] is for specs outside
// of DescribeModel. Ginkgo shows the stacks of goroutines that run code of the
// suite's folder: a scripted policy that stands there and is slow is seen too.
//
// # Under -p
//
// Process 1 keeps the call slots and the budget, and serves them to the others
// over a Unix socket in a folder of the user's own below TMPDIR. So
// EVALKIT_CONCURRENCY (10 if unset) bounds the calls under way to one endpoint
// over all processes, a 429 slows all of them down, and EVALKIT_MAX_TOKENS and
// EVALKIT_MAX_COST bound the run and not each process. A process that dies
// gives back what it held. If process 1 is gone, calls fail and say so: nothing
// is ever called uncounted. Raise EVALKIT_CONCURRENCY for more calls at once:
// more processes alone do not make them. In series nothing is started.
//
// The verdicts are those of the run in series. So are the trials: seeds follow
// from the spec, the model and the number, not from the process. (Where trials
// are under way when a verdict falls, how many are counted can differ by them,
// as it can between two runs in series; the verdict does not.)
//
// # What is refused
//
// FlakeAttempts, on a node in DescribeModel while the tree is built, by
// --flake-attempts when the spec starts: it repeats a spec until it passes,
// which makes any rate pass. A malformed model name, an empty list of models, a
// model named twice: while the tree is built, with the line of the spec file.
package ginkgokit
