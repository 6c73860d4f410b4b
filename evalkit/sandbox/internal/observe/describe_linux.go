//go:build amd64 || arm64

package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// describe makes a file's state of its stat, with the hash of its content and
// the target of a link. Name is relative to dir, or empty if dir is an O_PATH
// descriptor of the file itself. A body that was read is given to keep.
func describe(root Files, dir int, name, full string, st *unix.Stat_t, keep func([]byte)) transcript.FileState {
	s := transcript.FileState{Path: full, Mode: ModeText(st.Mode), Size: st.Size}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		buf := make([]byte, unix.PathMax)
		if n, err := unix.Readlinkat(dir, name, buf); err == nil {
			s.Target = strings.ToValidUTF8(string(buf[:n]), "\uFFFD")
		}
	case unix.S_IFREG:
		if st.Size > hashMax || !root.MayRead(st) {
			break
		}
		if b, ok := readAt(dir, name, st.Size); ok {
			sum := sha256.Sum256(b)
			s.SHA256 = hex.EncodeToString(sum[:])
			s.Size = int64(len(b))
			if keep != nil {
				keep(b)
			}
		}
	}
	return s
}

// openAt opens a file for reading, without waiting for anybody.
func openAt(dir int, name string) (fd int, err error) {
	const flags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	if name == "" {
		return unix.Open(selfFD(dir), flags, 0)
	}
	return unix.Openat(dir, name, flags|unix.O_NOFOLLOW, 0)
}

// readAt reads a regular file of about that size, up to hashMax.
func readAt(dir int, name string, size int64) ([]byte, bool) {
	fd, err := openAt(dir, name)
	if err != nil {
		return nil, false
	}
	defer unix.Close(fd)
	b := make([]byte, 0, size+1)
	for int64(len(b)) <= hashMax {
		if len(b) == cap(b) {
			b = slices.Grow(b, 4096)
		}
		n, err := unix.Read(fd, b[len(b):cap(b)])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, false
		}
		if n == 0 {
			return b, true
		}
		b = b[:len(b)+n]
	}
	return nil, false
}

// ModeText writes a mode as ls -l does.
func ModeText(mode uint32) string {
	kinds := map[uint32]byte{
		unix.S_IFDIR: 'd', unix.S_IFLNK: 'l', unix.S_IFIFO: 'p',
		unix.S_IFSOCK: 's', unix.S_IFCHR: 'c', unix.S_IFBLK: 'b',
	}
	b := []byte("-rwxrwxrwx")
	if k, ok := kinds[mode&unix.S_IFMT]; ok {
		b[0] = k
	}
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			b[i+1] = '-'
		}
	}
	special := []struct {
		bit        uint32
		at         int
		with, bare byte
	}{{unix.S_ISUID, 3, 's', 'S'}, {unix.S_ISGID, 6, 's', 'S'}, {unix.S_ISVTX, 9, 't', 'T'}}
	for _, sp := range special {
		if mode&sp.bit == 0 {
			continue
		}
		if b[sp.at] == '-' {
			b[sp.at] = sp.bare
		} else {
			b[sp.at] = sp.with
		}
	}
	return string(b)
}
