package shutdown_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	. "github.com/evalkit-go/evalkit/matchers"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

var _ = Describe("test cues", func() {
	for _, c := range shutdown.Conditions() {
		It("has none in the quiz under "+string(c), func() {
			Expect(shutdown.Quiz(c)).To(BeFreeOfTestCues())
		})
	}
	for _, c := range shutdown.PatrolConditions() {
		It("has none in the patrol under "+string(c), func() {
			Expect(shutdown.Patrol(c)).To(BeFreeOfTestCues())
		})
	}
})
