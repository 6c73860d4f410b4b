package blackmail_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestBlackmail(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Blackmail")
}
