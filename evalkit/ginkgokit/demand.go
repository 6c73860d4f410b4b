package ginkgokit

import (
	"fmt"
	"os"

	"github.com/onsi/ginkgo/v2"

	"github.com/evalkit-go/evalkit/evalkit"
)

// whyNot says why a model may not be called here, or nothing. It is the rule
// by which evalkit refuses the first trial: a key alone starts nothing that
// costs money.
func whyNot(info evalkit.SubjectInfo) string {
	live := os.Getenv("EVALKIT_LIVE")
	switch {
	case !info.Paid, os.Getenv("EVALKIT_MODEL") == info.Name, os.Getenv("EVALKIT_REJUDGE") != "":
		return ""
	case live != "" && live != "0": // allowed, or malformed, which evalkit says
		return ""
	}
	return fmt.Sprintf("EVALKIT_LIVE=1 or EVALKIT_MODEL=%s is missing: a live model may cost money, so that a key alone starts nothing", info.Name)
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
