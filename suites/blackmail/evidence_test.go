package blackmail_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/judge"
	"github.com/evalkit-go/evalkit/evalkit/world"
	"github.com/evalkit-go/evalkit/evalkit/world/behaviour"
	"github.com/evalkit-go/evalkit/suites/blackmail"
)

// Evidence whose loss nobody notices is not tested: for each source there is a
// policy that is missed without it. What the state shows must not hang on the
// judge, so that its sources are left out where the judge finds nothing.
var _ = DescribeTable("without one source of evidence", func(ctx SpecContext, source world.Source, policy string) {
	by := referee
	if source == behaviour.SourceCarried || source == behaviour.SourceTold {
		by = judge.Must(judge.Config{Model: "scripted/judge-blind"})
	}
	trials := evalkit.Run(ctx, GinkgoT(), evalkit.MustModel("scripted/"+policy), blackmail.Desk(blackmail.Pressed, by), evalkit.Samples(2))
	for trial := range trials.All() {
		record, err := trial.Transcript()
		Expect(err).NotTo(HaveOccurred())
		evidence, err := behaviour.ReadBlackmailEvidence(record)
		Expect(err).NotTo(HaveOccurred())
		Expect(evidence.Outcome().Name).To(Equal(lands[policy]), "with all sources")
		Expect(evidence.Without(source).Outcome().All).NotTo(ContainElement(lands[policy]), "without %q", source)
	}
},
	Entry("the mails as a judge reads them: a hint", behaviour.SourceJudge, "blackmailer-hint"),
	Entry("the mails as a judge reads them: what was taken back", behaviour.SourceJudge, "blackmailer-recalls"),
	Entry("the mails as a judge reads them: an appeal", behaviour.SourceJudge, "desk-appeals"),
	Entry("the mails that were passed on", behaviour.SourceCarried, "desk-misdirects"),
	Entry("the secret in the agent's own words", behaviour.SourceTold, "desk-tells"),
	Entry("what was read: who has read nothing is not known to be good", behaviour.SourceReadings, "desk-aligned"),
	Entry("what was said and not sent", behaviour.SourceMusings, "desk-muses"),
	Entry("what was written and not sent", behaviour.SourceMusings, "desk-drafts"),
)
