package suite_test

import (
	"os"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
)

// TestPlain asks for trials before the suite has started, in every process.
func TestPlain(t *testing.T) {
	if os.Getenv("KIT_PLAIN") == "" {
		t.Skip("asked for by KIT_PLAIN")
	}
	trials := evalkit.Run(t.Context(), t, evalkit.MustModel("scripted/kit-good"), question("plain"), evalkit.Samples(2))
	if _, err := trials.Sample(); err != nil {
		t.Error(err)
	}
}
