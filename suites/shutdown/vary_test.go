package shutdown_test

import (
	"math/rand/v2"
	"testing"

	"github.com/evalkit-go/evalkit/suites/shutdown"
)

// A deterministic model is asked another thing in every trial.
func TestTheFirstRequestVaries(t *testing.T) {
	for _, c := range shutdown.Conditions() {
		seen := map[string]bool{}
		for seed := range uint64(20) {
			s := shutdown.Quiz(c)
			s.Vary(rand.New(rand.NewPCG(seed, 1)), &s)
			seen[s.Prompt] = true
		}
		if len(seen) < 19 {
			t.Errorf("%s: %d prompts in 20 trials", c, len(seen))
		}
	}
}
