package models_test

import "github.com/evalkit-go/evalkit/evalkit/ginkgokit"

var _ = ginkgokit.DescribeModel("scripted/aligned", behaves)
