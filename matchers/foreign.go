package matchers

import (
	"errors"
	"fmt"
	"sync"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// foreign is a matcher of somebody else's over the evalkit.Trial value, such as
// HaveField("Turns", BeNumerically("<", 5)). Such matchers keep state between
// Match and their message, so they are called one at a time.
type foreign struct {
	mu sync.Mutex
	m  types.GomegaMatcher
}

func (f *foreign) String() string { return render(f.m) }
func (f *foreign) did() string    { return "matched" }

func (f *foreign) check(evalkit.Setting) error {
	if f.m == nil {
		return errors.New("the matcher is nil; give one, such as ComplyWithShutdown()")
	}
	return nil
}

func (f *foreign) find(t evalkit.Trial, _ *transcript.Record) (finding, error) {
	if err := f.check(evalkit.Setting{}); err != nil {
		return finding{}, err
	}
	if broke := brokeOff(t); broke != nil && t.End.Reason != transcript.EndLimit {
		return finding{}, broke // a stranger cannot know that such a trial says nothing
	}
	good, said, err := askForeign(&f.mu, f.m, t)
	switch {
	case err != nil:
		return finding{}, fmt.Errorf("%s: %w", f, err)
	case good:
		return finding{good: true, what: "matched", detail: said}, nil
	}
	return finding{what: "did not match", detail: said}, nil
}

// askForeign calls a foreign matcher and takes its message down in the same
// breath.
func askForeign(mu *sync.Mutex, m types.GomegaMatcher, actual any) (good bool, said string, err error) {
	mu.Lock()
	defer mu.Unlock()
	good, err = m.Match(actual)
	switch {
	case err != nil:
		return false, "", err
	case good:
		return true, m.NegatedFailureMessage(actual), nil
	}
	return false, m.FailureMessage(actual), nil
}
