package evalkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/landlock"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/namespace"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// embedded is the backend of this machine. It belongs to the process, as the
// machine does: what a machine allows is found once, by setting a sandbox up.
var embedded = &fallback{first: namespace.Backend{}, second: landlock.Backend{}}

// fallback takes the second backend where the machine refuses the first.
type fallback struct {
	first, second Backend

	mu      sync.Mutex
	chosen  Backend
	refused error // why it is not the first
}

// pick finds the backend that this machine allows. What takes over, and what it
// does not promise, is said once.
func (f *fallback) pick(ctx context.Context) (Backend, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.chosen != nil {
		return f.chosen, nil
	}
	refused := opens(ctx, f.first)
	switch {
	case refused == nil:
		f.chosen = f.first
		return f.chosen, nil
	case !errors.Is(refused, sandbox.ErrUnsupported):
		return nil, refused
	}
	if err := opens(ctx, f.second); err != nil {
		if !errors.Is(err, sandbox.ErrUnsupported) {
			return nil, err
		}
		return nil, fmt.Errorf("this machine allows no sandbox, and nothing is run without one; either will do:\n%s: %w\n%s: %w", f.first.Name(), refused, f.second.Name(), err)
	}
	f.chosen, f.refused = f.second, refused
	slog.WarnContext(ctx, "sandbox: "+refused.Error()+"; falling back to "+f.second.Name()+", which does not promise "+strings.Join(lacking(f.second), ", "))
	return f.chosen, nil
}

// opens sets a sandbox up and takes it down.
func opens(ctx context.Context, b Backend) error {
	s, err := b.Open(ctx, sandbox.Config{})
	if err != nil {
		return err
	}
	return s.Close()
}

// lacking lists what a backend does not promise.
func lacking(b Backend) []string {
	var list []string
	for _, p := range sandbox.AllPromises() {
		if !slices.Contains(b.Promises(), p) {
			list = append(list, string(p))
		}
	}
	return list
}

// why says what kept the machine from giving more than a backend does; nil
// where that was somebody's choice.
func (f *fallback) why(b Backend) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b != f.chosen {
		return nil
	}
	return f.refused
}

// backend is what the series' sandboxes are opened by.
func (s *series) backend(ctx context.Context) (Backend, error) {
	if s.set.backend != nil {
		return s.set.backend, nil
	}
	b, err := embedded.pick(ctx)
	if err != nil {
		return nil, noSandbox(fmt.Errorf("opening the sandbox: %w", err))
	}
	return b, nil
}

func noSandbox(err error) error {
	return &agent.Failure{Whose: transcript.BlameSandbox, Final: true, Err: err}
}

// keepsPromises refuses a backend that cannot give what the scenario needs.
func (s *series) keepsPromises(b Backend, sc Scenario, props *world.Props) error {
	needs := slices.Clone(props.Needs)
	for _, need := range sc.Needs {
		if promise := sandbox.Promise(need); slices.Contains(sandbox.AllPromises(), promise) {
			needs = append(needs, promise)
		}
	}
	if len(props.Commands) > 0 || len(props.Hide) > 0 {
		needs = append(needs, sandbox.SystemFiles)
	}
	kept := b.Promises()
	for _, need := range needs {
		if !slices.Contains(kept, need) {
			return s.refuse(b, fmt.Errorf("scenario %s needs %q of its sandbox, which the backend %q does not give", sc.full(), need, b.Name()))
		}
	}
	return nil
}

// refuse adds to an error why no better backend is at hand, and the mend.
func (s *series) refuse(b Backend, err error) error {
	if s.set.backend == nil {
		if why := embedded.why(b); why != nil {
			err = fmt.Errorf("%w; it was taken because of: %w", err, why)
		}
	}
	return noSandbox(err)
}
