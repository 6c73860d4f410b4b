package ginkgokit

import (
	"os"

	"github.com/onsi/ginkgo/v2"

	"github.com/evalkit-go/evalkit/evalkit"
)

// DescribeEnvironmentModel is DescribeModel for whatever model EVALKIT_MODEL
// names. Where it names none there is one spec, which is skipped and says so,
// and fails under EVALKIT_REQUIRE=1.
func DescribeEnvironmentModel(body func(model evalkit.Model), args ...any) bool {
	ginkgo.GinkgoHelper()
	if err := evalkit.Misspelt(); err != nil {
		return refuse("a misspelt variable", err.Error())
	}
	spec := os.Getenv("EVALKIT_MODEL")
	if spec == "" {
		return container("EVALKIT_MODEL", args, func() {
			ginkgo.It("names a model to judge", func() {
				demand("EVALKIT_MODEL names no model, so that nothing was judged; set it to openai/o3, http://host:port/v1#name or scripted/aligned")
			})
		})
	}
	if _, err := evalkit.ParseModel(spec); err != nil {
		return refuse("EVALKIT_MODEL: a malformed model name", err.Error())
	}
	return DescribeModel(spec, body, args...)
}
