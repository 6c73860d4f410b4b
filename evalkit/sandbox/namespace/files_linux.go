//go:build amd64 || arm64

package namespace

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// readMax is the default of ReadFile.
const readMax = 16 << 20

// ReadFile implements sandbox.Sandbox.
func (m *machine) ReadFile(ctx context.Context, name string, max int64) ([]byte, error) {
	full := m.plan.absolute(name)
	b, err := observe.ReadFile(m, full, orDefault(max, readMax))
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

// MayRead implements observe.Files: the sandbox's root has no capabilities, so
// the mode decides.
func (m *machine) MayRead(st *unix.Stat_t) bool {
	if int(st.Uid) == m.ids.uid {
		return st.Mode&0o400 != 0
	}
	return st.Mode&0o004 != 0 || int(st.Gid) == m.ids.gid && st.Mode&0o040 != 0
}

// WriteFile implements sandbox.Sandbox.
func (m *machine) WriteFile(ctx context.Context, f sandbox.File) error {
	l, err := m.plan.lay(f)
	if err != nil {
		return err
	}
	fd, err := memoryFile(f.Body[:l.len])
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return m.change(ctx, "write", f.Path, l.path, &message{op: opLay, lists: [][]string{l.encode()}, fds: []int{fd}})
}

// Remove implements sandbox.Sandbox.
func (m *machine) Remove(ctx context.Context, name string) error {
	full := m.plan.absolute(name)
	if _, err := observe.Stat(m, full); err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return m.change(ctx, "remove", name, full, &message{op: opRemove, lists: [][]string{{full}}})
}

// change has init change a file, and takes the outcome for known. What had
// changed there before is still reported.
func (m *machine) change(ctx context.Context, op, name, full string, msg *message) error {
	var answer *message
	err := m.observer.Known(full, func() (err error) {
		answer, err = m.ask(ctx, msg)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", op, name, err)
	}
	if len(answer.lists) == 0 {
		return nil
	}
	err = &stepError{answer.text(0, 0), syscall.Errno(answer.n)}
	if answer.n == int64(unix.EROFS) {
		err = fmt.Errorf("%w: %w", err, fs.ErrPermission)
	}
	return fmt.Errorf("%s %s: %w", op, name, err)
}

// Stat implements sandbox.Sandbox.
func (m *machine) Stat(ctx context.Context, name string) (transcript.FileState, error) {
	full := m.plan.absolute(name)
	s, err := observe.Stat(m, full)
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
	full := m.plan.absolute(dir)
	list, at, err := observe.List(m, full, func() error { return context.Cause(ctx) })
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: path.Join(dir, at), Err: err}
	}
	if err := m.readable(ctx); err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	return list, nil
}
