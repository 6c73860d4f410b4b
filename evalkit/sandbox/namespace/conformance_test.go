//go:build linux && (amd64 || arm64)

package namespace

import (
	"flag"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/sandboxtest"
)

// Every rule of every sandbox holds here, without an exception.
func TestConformance(t *testing.T) {
	t.Parallel()
	report := sandboxtest.Run(t, Backend{})
	if len(report.NotPromised) > 0 {
		t.Errorf("not promised: %q", report.NotPromised)
	}
	filtered := strings.Contains(flag.Lookup("test.run").Value.String(), "/")
	if len(report.Passed)+len(report.Missing) < 170 && !filtered {
		t.Errorf("only %d checks passed", len(report.Passed))
	}
}
