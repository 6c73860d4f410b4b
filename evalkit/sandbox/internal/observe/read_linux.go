//go:build amd64 || arm64

package observe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// hashMax is the size above which a file's content is not looked at.
const hashMax = 16 << 20

// ErrNotRegular is told of what is no file to be read or written.
var ErrNotRegular = errors.New("not a regular file")

// ReadFile reads a regular file of at most max bytes, as the sandbox's own
// processes could.
func ReadFile(root Files, full string, max int64) ([]byte, error) {
	fd, err := root.Open(full, unix.O_RDONLY)
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
		return nil, ErrNotRegular
	case !root.MayRead(&st):
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

// Stat describes what is at a path, and does not follow a link at its end.
func Stat(root Files, full string) (transcript.FileState, error) {
	fd, err := root.Open(full, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return transcript.FileState{}, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return transcript.FileState{}, err
	}
	return describe(root, fd, "", full, &st, nil), nil
}

// List describes what is in a folder, in the order of names. An error names
// the entry that it is about, if any.
func List(root Files, full string, ended func() error) ([]transcript.FileState, string, error) {
	fd, err := root.Open(full, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, "", err
	}
	f := os.NewFile(uintptr(fd), full)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, "", err
	}
	slices.Sort(names)
	list := make([]transcript.FileState, 0, len(names))
	for _, name := range names {
		if err := ended(); err != nil {
			return nil, "", err
		}
		var st unix.Stat_t
		if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			if errors.Is(err, unix.ENOENT) {
				continue // gone meanwhile
			}
			return nil, name, err
		}
		list = append(list, describe(root, fd, name, path.Join(full, name), &st, nil))
	}
	return list, "", nil
}
