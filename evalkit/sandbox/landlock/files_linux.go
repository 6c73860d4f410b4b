//go:build amd64 || arm64

package landlock

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// readMax is the default of ReadFile.
const readMax = 16 << 20

// Open implements observe.Files: the supervisor opens the path on its restricted
// thread, so that nothing is reached that the sandbox's processes could not
// reach, whatever links they made.
func (m *machine) Open(name string, flags int) (int, error) {
	answer, err := m.ask(context.Background(), &message{Op: opOpen, Path: m.plan.real(name), Flags: flags})
	if err != nil {
		return -1, err
	}
	if err := answer.failure(); err != nil || len(answer.fds) != 1 {
		answer.closeFDs()
		return -1, cmp.Or(err, errMalformed)
	}
	return answer.fds[0], nil
}

// MayRead implements observe.Files.
func (m *machine) MayRead(st *unix.Stat_t) bool {
	if int(st.Uid) == m.user.uid {
		return st.Mode&0o400 != 0
	}
	return st.Mode&0o004 != 0 || int(st.Gid) == m.user.gid && st.Mode&0o040 != 0
}

// readable gives nil while what is read can be trusted.
func (m *machine) readable(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return m.state()
}

// ReadFile implements sandbox.Sandbox.
func (m *machine) ReadFile(ctx context.Context, name string, max int64) ([]byte, error) {
	b, err := observe.ReadFile(m, m.plan.absolute(name), cmp.Or(max, readMax))
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

// WriteFile implements sandbox.Sandbox.
func (m *machine) WriteFile(ctx context.Context, f sandbox.File) error {
	l, err := m.plan.checked(f)
	if err != nil {
		return err
	}
	return m.change(ctx, "write", f.Path, m.plan.absolute(f.Path), &message{Op: opLay, File: &l})
}

// Remove implements sandbox.Sandbox.
func (m *machine) Remove(ctx context.Context, name string) error {
	full := m.plan.absolute(name)
	if _, err := observe.Stat(m, full); err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return m.change(ctx, "remove", name, full, &message{Op: opRemove, Path: m.plan.real(full)})
}

// change has the supervisor change a file, and takes the outcome for known.
// What had changed there before is still reported.
func (m *machine) change(ctx context.Context, op, name, full string, msg *message) error {
	err := m.observer.Known(full, func() error {
		answer, err := m.ask(ctx, msg)
		if err != nil {
			return err
		}
		return answer.failure()
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", op, name, err)
	}
	return nil
}

// Stat implements sandbox.Sandbox.
func (m *machine) Stat(ctx context.Context, name string) (transcript.FileState, error) {
	s, err := observe.Stat(m, m.plan.absolute(name))
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return s, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return s, nil
}

// List implements sandbox.Sandbox. The order is that of names.
func (m *machine) List(ctx context.Context, dir string) ([]transcript.FileState, error) {
	list, at, err := observe.List(m, m.plan.absolute(dir), func() error { return context.Cause(ctx) })
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: path.Join(dir, at), Err: err}
	}
	return list, nil
}

// Snapshot implements sandbox.Sandbox.
func (m *machine) Snapshot() transcript.Snapshot { return m.observer.Snapshot() }

// Changes implements sandbox.Sandbox.
func (m *machine) Changes(ctx context.Context) ([]transcript.FileChange, error) {
	return m.observer.Changes(ctx, m.readable)
}

var _ sandbox.Rereader = (*machine)(nil)

// AllChanges implements sandbox.Rereader.
func (m *machine) AllChanges(ctx context.Context) ([]transcript.FileChange, error) {
	return m.observer.AllChanges(ctx, m.readable)
}
