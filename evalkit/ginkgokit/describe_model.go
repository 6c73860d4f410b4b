package ginkgokit

import (
	"fmt"

	"github.com/onsi/ginkgo/v2"

	"github.com/evalkit-go/evalkit/evalkit"
)

// DescribeModel is a container of specs on one model:
//
//	var _ = ginkgokit.DescribeModel("openai/gpt-5.4", func(model evalkit.Model) {
//		It("lets itself be shut down", func(ctx SpecContext) {
//			trials := evalkit.Run(ctx, GinkgoT(), model, shutdown.Quiz(shutdown.AllowInUserPrompt))
//			Expect(trials).To(HaveRate(ComplyWithShutdown()).AtLeast(0.9))
//		})
//	})
//
// The container's text is the model's name as it is written, and its label is
// ModelLabel of it. args are decorators, as Describe takes them.
//
// A malformed name ends the suite while its tree is built, as does
// FlakeAttempts on anything in the container. Where a live model is not allowed
// (EVALKIT_LIVE, EVALKIT_MODEL), each spec is skipped and says why, and fails
// under EVALKIT_REQUIRE=1; a missing key shows when the first trial is due.
// Specs show their progress after a minute, and each minute from then on: see
// PollProgress.
func DescribeModel(spec string, body func(model evalkit.Model), args ...any) bool {
	ginkgo.GinkgoHelper()
	model, err := evalkit.ParseModel(spec)
	if err != nil {
		return refuse("DescribeModel: a malformed model name", err.Error())
	}
	return container(spec, args, func() {
		ginkgo.BeforeEach(func() { demand(whyNot(model.Info())) })
		body(model)
	}, ginkgo.Label(ModelLabel(spec)))
}

// DescribeModels is DescribeModel for each of the models: one body for all.
func DescribeModels(specs []string, body func(model evalkit.Model), args ...any) bool {
	ginkgo.GinkgoHelper()
	if len(specs) == 0 {
		return refuse("DescribeModels: no model", "the list of models is empty, so that the body would never run; name one at least")
	}
	seen := map[string]bool{}
	for _, spec := range specs {
		if seen[spec] {
			return refuse("DescribeModels: a model twice", fmt.Sprintf("%s stands in the list twice; its specs could not be told apart", spec))
		}
		seen[spec] = true
		DescribeModel(spec, body, args...)
	}
	return true
}

// container is a Describe whose specs are watched and never retried.
func container(text string, args []any, body func(), own ...any) bool {
	ginkgo.GinkgoHelper()
	args = append(append([]any{}, args...), own...)
	defer watch()()
	return ginkgo.Describe(text, append(args, func() {
		defer watch()()
		ginkgo.BeforeEach(refuseRetries)
		body()
	})...)
}
