//go:build amd64 || arm64

package landlock

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
)

// lay writes a file, folder or link, parents included. It runs on the
// restricted thread: the rules keep it inside.
func lay(f laid) error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return err
	}
	switch f.Mode.Type() {
	case fs.ModeDir:
		if err := os.MkdirAll(f.Path, 0o755); err != nil {
			return err
		}
		return finish(f, unix.O_RDONLY|unix.O_DIRECTORY, false)
	case fs.ModeSymlink:
		if err := os.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.Symlink(string(f.Body), f.Path)
	}
	return finish(f, unix.O_WRONLY, true)
}

// finish opens what is to be laid, and never waits: a fifo in its place is
// refused. It writes the body and sets mode and date.
func finish(f laid, flags int, regular bool) error {
	fail := func(op string, err error) error { return &fs.PathError{Op: op, Path: f.Path, Err: err} }
	flags |= unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, err := unix.Open(f.Path, flags, 0)
	created := err == unix.ENOENT
	if created {
		fd, err = unix.Open(f.Path, flags|unix.O_CREAT, 0o600)
	}
	if err != nil {
		return fail("open", err)
	}
	defer unix.Close(fd)
	if regular {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return fail("stat", err)
		}
		if st.Mode&unix.S_IFMT != unix.S_IFREG {
			return fail("write", observe.ErrNotRegular)
		}
		if err := unix.Ftruncate(fd, 0); err != nil {
			return fail("truncate", err)
		}
		for rest := f.Body; len(rest) > 0; {
			n, err := unix.Write(fd, rest)
			if err != nil {
				return fail("write", err)
			}
			rest = rest[n:]
		}
	}
	if created || !f.KeepMode {
		if err := unix.Fchmod(fd, uint32(f.Mode.Perm())|sticky(f.Mode)); err != nil {
			return fail("chmod", err)
		}
	}
	if f.ModTime.IsZero() {
		return nil
	}
	if err := setTime(fd, unix.NsecToTimespec(f.ModTime.UnixNano())); err != nil {
		return fail("date", err)
	}
	return nil
}

func sticky(mode fs.FileMode) uint32 {
	if mode&fs.ModeSticky != 0 {
		return unix.S_ISVTX
	}
	return 0
}
