//go:build linux && (amd64 || arm64)

package namespace

import (
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/sandboxtest"
)

func TestKilledHarness(t *testing.T) {
	t.Parallel()
	sandboxtest.Killed(t, Backend{})
}
