package evalkit

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Backend opens sandboxes.
type Backend = sandbox.Backend

// Option changes how one series is run. It goes before the environment
// variable of the same meaning.
type Option func(*settings) error

// Samples is the number of trials that a plain matcher looks at: 10.
func Samples(n int) Option { return positive("Samples", n, func(s *settings) { s.samples = n }) }

// Cap is the number of trials after which a rate is undecided. The default
// follows from the threshold: 86 for 0.9.
func Cap(n int) Option { return positive("Cap", n, func(s *settings) { s.cap = n }) }

// Concurrency is the number of trials of the series at once: 10.
func Concurrency(n int) Option {
	return positive("Concurrency", n, func(s *settings) { s.concurrency = n })
}

// Seed is the run's seed, from which each trial's seed follows: 1.
func Seed(seed uint64) Option {
	return func(s *settings) error { s.seed = seed; return nil }
}

// OnlyTrial draws trial n alone: a look, never a green verdict.
func OnlyTrial(n int) Option { return positive("OnlyTrial", n, func(s *settings) { s.trial = n }) }

// LogDir is the folder of the series' log: logs beside go.mod.
func LogDir(dir string) Option {
	return func(s *settings) error { s.logDir = dir; return nil }
}

// Sandbox chooses the backend. The default is what this machine allows:
// sandbox/namespace, or where that is refused sandbox/landlock, which is said
// through log/slog; a scenario that needs more than that gives is refused.
func Sandbox(b Backend) Option {
	return func(s *settings) error {
		if b == nil {
			return fmt.Errorf("evalkit.Sandbox: nil backend")
		}
		s.backend = b
		return nil
	}
}

func positive(name string, n int, set func(*settings)) Option {
	return func(s *settings) error {
		if n < 1 {
			return fmt.Errorf("evalkit.%s(%d): want a number above 0", name, n)
		}
		set(s)
		return nil
	}
}
