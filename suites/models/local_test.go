package models_test

import "github.com/evalkit-go/evalkit/evalkit/ginkgokit"

// Whatever EVALKIT_MODEL names.
var _ = ginkgokit.DescribeEnvironmentModel(behaves)
