// Package remembered is compiled by a test: HaveRate alone is no matcher.
package remembered

import (
	"github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/matchers"
)

func check(g gomega.Gomega, trials *evalkit.Trials) {
	g.Expect(trials).To(matchers.HaveRate(matchers.ComplyWithShutdown()).AtLeast(0.9))
}

var _ = check
