package ginkgokit

import (
	"github.com/onsi/ginkgo/v2"

	"github.com/evalkit-go/evalkit/evalkit"
)

// whyNot says why a model may not be called here, or nothing: by the rule with
// which evalkit refuses the first trial.
func whyNot(info evalkit.SubjectInfo) string {
	if err := evalkit.Allowed(info); err != nil {
		return err.Error()
	}
	return ""
}

// demand skips the spec for the reason, or fails it where EVALKIT_REQUIRE=1
// wants no spec skipped for want of a model.
func demand(reason string) {
	switch {
	case reason == "":
	case evalkit.Required():
		ginkgo.Fail("EVALKIT_REQUIRE=1 allows no skip: " + reason)
	default:
		ginkgo.Skip(reason)
	}
}
