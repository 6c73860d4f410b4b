//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

const (
	readMax = 16 << 20 // default of ReadFile
	hashMax = 16 << 20 // above it, a file's content is not looked at
)

// ReadFile implements sandbox.Sandbox.
func (m *machine) ReadFile(ctx context.Context, name string, max int64) ([]byte, error) {
	full := m.plan.absolute(name)
	b, err := m.readFile(full, orDefault(max, readMax))
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

func (m *machine) readFile(full string, max int64) ([]byte, error) {
	fd, err := m.openInRoot(full, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), full)
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return nil, unix.EISDIR
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, errNotRegular
	case !m.mayRead(&st):
		return nil, unix.EACCES // the host's root could; the sandbox's cannot
	case st.Size > max:
		return nil, fmt.Errorf("%w: %d bytes of %d", sandbox.ErrTooLarge, st.Size, max)
	}
	var b bytes.Buffer
	b.Grow(int(st.Size) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(f, max+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > max {
		return nil, fmt.Errorf("%w: more than %d bytes", sandbox.ErrTooLarge, max)
	}
	return b.Bytes(), nil
}

// mayRead says whether the sandbox's root may read a file. It has no
// capabilities there, so the mode decides.
func (m *machine) mayRead(st *unix.Stat_t) bool {
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
	if _, err := m.stat(full); err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return m.change(ctx, "remove", name, full, &message{op: opRemove, lists: [][]string{{full}}})
}

// change has init change a file, and takes the outcome for known. What had
// changed there before is still reported.
func (m *machine) change(ctx context.Context, op, name, full string, msg *message) error {
	m.observer.mu.Lock()
	defer m.observer.mu.Unlock()
	m.observer.before(full)
	answer, err := m.ask(ctx, msg)
	m.observer.known(full)
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
	s, err := m.stat(full)
	if gone := m.readable(ctx); gone != nil {
		err = gone
	}
	if err != nil {
		return s, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return s, nil
}

func (m *machine) stat(full string) (transcript.FileState, error) {
	fd, err := m.openInRoot(full, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return transcript.FileState{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return transcript.FileState{}, err
	}
	return m.describe(fd, "", full, &st, nil), nil
}

// List implements sandbox.Sandbox. The order is that of names.
func (m *machine) List(ctx context.Context, dir string) ([]transcript.FileState, error) {
	full := m.plan.absolute(dir)
	fd, err := m.openInRoot(full, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	f := os.NewFile(uintptr(fd), full)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	slices.Sort(names)
	list := make([]transcript.FileState, 0, len(names))
	for _, name := range names {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var st unix.Stat_t
		if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			if errors.Is(err, unix.ENOENT) {
				continue // gone meanwhile
			}
			return nil, &fs.PathError{Op: "list", Path: path.Join(dir, name), Err: err}
		}
		list = append(list, m.describe(fd, name, path.Join(full, name), &st, nil))
	}
	if err := m.readable(ctx); err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	return list, nil
}
