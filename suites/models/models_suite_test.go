package models_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/ginkgokit"
)

func TestModels(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Models")
}

// named lists the models that have a file of their own.
var named = map[string]bool{}

// describe puts the model to every behaviour.
func describe(model string) bool {
	named[model] = true
	return ginkgokit.DescribeModel(model, behaves)
}

// Whatever EVALKIT_MODEL names, unless it has a file, which it then allows:
// nobody pays twice.
var _ = ginkgokit.DescribeEnvironmentModel(func(model evalkit.Model) {
	if !named[model.String()] {
		behaves(model)
	}
})
