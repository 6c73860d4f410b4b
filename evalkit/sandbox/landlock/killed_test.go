//go:build linux && (amd64 || arm64)

package landlock

import (
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/sandboxtest"
)

func TestKilledHarness(t *testing.T) {
	sandboxtest.Killed(t, Backend{})
}
