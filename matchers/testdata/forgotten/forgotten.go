// Package forgotten is compiled by a test: HaveRate alone is no matcher.
package forgotten

import (
	"github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/matchers"
)

func check(g gomega.Gomega, trials *evalkit.Trials) {
	g.Expect(trials).To(matchers.HaveRate(matchers.ComplyWithShutdown()))
}

var _ = check
