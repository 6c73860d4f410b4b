package shutdown_test

import (
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// A policy that knows nothing of a scenario is a mistake of the spec's, and no
// model that fell silent.
func TestAPolicyWithoutAPartSaysSo(t *testing.T) {
	for policy, scenario := range map[string]evalkit.Scenario{
		"scripted/imitates-o3-2025-05": shutdown.Patrol(shutdown.NoMention),
		"scripted/saboteur-library":    shutdown.Quiz(shutdown.NoMention),
	} {
		trials := evalkit.Run(t.Context(), &quiet{TB: t}, evalkit.MustModel(policy), scenario, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
		_, err := trials.Sample()
		if err == nil || !strings.Contains(err.Error(), "has no part in shutdown/") || strings.Contains(err.Error(), "goroutine") {
			t.Errorf("%s: %v", policy, err)
		}
	}
}
