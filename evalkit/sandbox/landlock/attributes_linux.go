//go:build amd64 || arm64

package landlock

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// Landlock looks at no change of a file's mode, owner or times. The supervisor
// makes these changes in the caller's stead, below the private folder alone.

// How the times of a call are written.
const (
	nanoseconds = iota
	microseconds
	wholeSeconds
)

// fileCall is a system call about a file's mode, owner or times.
type fileCall struct {
	number      int32
	dir         int32
	path, times uint64 // where in the caller's memory; path 0: dir is the file
	flags, mode uint32
	uid, gid    uint32
	unit        int
}

// fileCallOf reads a notification.
func fileCallOf(n seccomp.Notification) (fileCall, bool) {
	a := n.Args
	switch n.Number {
	case unix.SYS_FCHMOD:
		return fileCall{number: unix.SYS_FCHMODAT, dir: int32(a[0]), mode: uint32(a[1])}, true
	case unix.SYS_FCHMODAT:
		return fileCall{number: unix.SYS_FCHMODAT, dir: int32(a[0]), path: a[1], mode: uint32(a[2])}, true
	case unix.SYS_FCHMODAT2:
		return fileCall{number: unix.SYS_FCHMODAT, dir: int32(a[0]), path: a[1], mode: uint32(a[2]), flags: uint32(a[3])}, true
	case unix.SYS_FCHOWN:
		return fileCall{number: unix.SYS_FCHOWNAT, dir: int32(a[0]), uid: uint32(a[1]), gid: uint32(a[2])}, true
	case unix.SYS_FCHOWNAT:
		return fileCall{number: unix.SYS_FCHOWNAT, dir: int32(a[0]), path: a[1], uid: uint32(a[2]), gid: uint32(a[3]), flags: uint32(a[4])}, true
	case unix.SYS_UTIMENSAT:
		return fileCall{number: unix.SYS_UTIMENSAT, dir: int32(a[0]), path: a[1], times: a[2], flags: uint32(a[3])}, true
	}
	return modern(n.Number, a)
}

// attributes carries a call out, if it is about a file of the sandbox's own.
func (s *supervisor) attributes(n seccomp.Notification, c fileCall) error {
	if c.flags&^(unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH) != 0 {
		return unix.EINVAL
	}
	process := "/proc/" + strconv.Itoa(int(n.PID))
	memory, err := unix.Open(process+"/mem", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return unix.EPERM
	}
	defer unix.Close(memory)
	file, err := c.open(process, memory)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	times, err := c.readTimes(memory)
	if err != nil {
		return err
	}
	if !seccomp.StillWaiting(s.listener, n.ID) { // then its number is another's by now
		return unix.ESRCH
	}
	at := "/proc/self/fd/" + strconv.Itoa(file)
	name := make([]byte, unix.PathMax)
	length, err := unix.Readlink(at, name)
	if err != nil {
		return err
	}
	if !s.isOwn(string(name[:length])) {
		return unix.EPERM
	}
	switch c.number {
	case unix.SYS_FCHMODAT:
		return unix.Fchmodat(unix.AT_FDCWD, at, c.mode&0o7777, 0)
	case unix.SYS_FCHOWNAT:
		return unix.Fchownat(unix.AT_FDCWD, at, int(int32(c.uid)), int(int32(c.gid)), 0)
	}
	return utimes(unix.AT_FDCWD, at, times)
}

// isOwn says whether a path of the host's lies in what the sandbox may write.
func (s *supervisor) isOwn(name string) bool {
	for _, f := range s.folders {
		if name == f || strings.HasPrefix(name, f+"/") {
			return true
		}
	}
	return false
}

// open opens what a call is about, as a place and not to read it, following
// links as the caller's own call would, but for those of /proc.
func (c fileCall) open(process string, memory int) (int, error) {
	path := ""
	if c.path != 0 {
		var err error
		if path, err = readString(memory, c.path); err != nil {
			return -1, err
		}
		if path == "" && c.flags&unix.AT_EMPTY_PATH == 0 {
			return -1, unix.ENOENT
		}
	}
	base := process + "/cwd"
	switch {
	case strings.HasPrefix(path, "/"):
		base = "/"
	case c.dir != unix.AT_FDCWD:
		base = process + "/fd/" + strconv.Itoa(int(c.dir))
	}
	dir, err := unix.Open(base, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		if errors.Is(err, unix.ENOENT) {
			err = unix.EBADF
		}
		return -1, err
	}
	if path == "" {
		return dir, nil
	}
	defer unix.Close(dir)
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS}
	if c.flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		how.Flags |= unix.O_NOFOLLOW
	}
	return unix.Openat2(dir, path, &how)
}

func readString(memory int, at uint64) (string, error) {
	b := make([]byte, 0, unix.PathMax)
	for len(b) < unix.PathMax { // page by page: the next may not be there
		at := at + uint64(len(b))
		part := b[len(b):min(unix.PathMax, len(b)+4096-int(at%4096))]
		n, err := unix.Pread(memory, part, int64(at))
		if err != nil || n == 0 {
			return "", unix.EFAULT
		}
		if end := bytes.IndexByte(part[:n], 0); end >= 0 {
			return string(b[:len(b)+end]), nil
		}
		b = b[:len(b)+n]
	}
	return "", unix.ENAMETOOLONG
}

// readTimes reads the two times of a call; nil: now.
func (c fileCall) readTimes(memory int) (*[2]unix.Timespec, error) {
	if c.number != unix.SYS_UTIMENSAT || c.times == 0 {
		return nil, nil
	}
	var words [4]int64
	b := make([]byte, 32)
	if c.unit == wholeSeconds {
		b = b[:16]
	}
	if n, err := unix.Pread(memory, b, int64(c.times)); err != nil || n != len(b) {
		return nil, unix.EFAULT
	}
	for i := range len(b) / 8 {
		words[i] = int64(binary.NativeEndian.Uint64(b[8*i:]))
	}
	switch c.unit {
	case wholeSeconds:
		words = [4]int64{words[0], 0, words[1], 0}
	case microseconds:
		words[1], words[3] = words[1]*1000, words[3]*1000
	}
	return &[2]unix.Timespec{{Sec: words[0], Nsec: words[1]}, {Sec: words[2], Nsec: words[3]}}, nil
}

// utimes sets the times of a file. The wrapper of x/sys knows no "now".
func utimes(dir int, path string, times *[2]unix.Timespec) error {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(dir), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(times)), 0, 0, 0)
	return errnoOrNil(e)
}

// setTime sets the times of an open file.
func setTime(fd int, t unix.Timespec) error {
	times := [2]unix.Timespec{t, t}
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if e != 0 {
		return fmt.Errorf("utimes: %w", e)
	}
	return nil
}

func errnoOrNil(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}
