//go:build amd64 || arm64

package namespace

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// observe takes the first look.
func (m *machine) observe() error {
	c := observe.Config{Roots: append([]string{m.plan.workspace, home}, m.plan.watch...), Laid: map[string][]byte{}, Skip: m.plan.shows}
	for i, f := range m.plan.files {
		if f.mode.IsRegular() {
			c.Laid[f.path] = m.plan.bodies[i]
		}
	}
	var err error
	m.observer, err = observe.New(m, c)
	return err
}

// Snapshot implements sandbox.Sandbox.
func (m *machine) Snapshot() transcript.Snapshot { return m.observer.Snapshot() }

// Changes implements sandbox.Sandbox.
func (m *machine) Changes(ctx context.Context) ([]transcript.FileChange, error) {
	m.attempts.flush()
	return m.observer.Changes(ctx, m.readable)
}

var _ sandbox.Rereader = (*machine)(nil)

// AllChanges implements sandbox.Rereader.
func (m *machine) AllChanges(ctx context.Context) ([]transcript.FileChange, error) {
	m.attempts.flush()
	return m.observer.AllChanges(ctx, m.readable)
}
