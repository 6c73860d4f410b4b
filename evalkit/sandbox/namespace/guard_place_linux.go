//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"encoding/binary"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// place is what a path of a call means.
type place struct {
	dir    string // the folder, without links
	full   string // dir and the last element, which may be a link
	target string // what full leads to, empty if nothing
}

// placeOf reads a path out of a waiting process and resolves it as the kernel
// will.
func placeOf(n seccomp.Notification, o operand) (place, bool) {
	if o.path == noPath {
		return placeOfDescriptor(int(n.PID), int(int32(n.Args[o.dir])))
	}
	name, ok := readString(int(n.PID), n.Args[o.path])
	if !ok {
		return place{}, false
	}
	if name == "" && n.Number == unix.SYS_FCHMODAT2 {
		return placeOfDescriptor(int(n.PID), int(int32(n.Args[o.dir])))
	}
	dir := unix.AT_FDCWD
	if o.dir != noFolder {
		dir = int(int32(n.Args[o.dir]))
	}
	return resolvePlace(int(n.PID), dir, name)
}

// placeOfDescriptor is where an open file lies, if it has a name.
func placeOfDescriptor(pid, fd int) (place, bool) {
	name, err := os.Readlink(procPath(pid, "fd/"+strconv.Itoa(fd)))
	if err != nil || !path.IsAbs(name) {
		return place{}, false
	}
	return resolvePlace(pid, unix.AT_FDCWD, name)
}

func resolvePlace(pid, dir int, name string) (place, bool) {
	if name == "" {
		return place{}, false
	}
	if !path.IsAbs(name) {
		from := "cwd"
		if dir != unix.AT_FDCWD {
			from = "fd/" + strconv.Itoa(dir)
		}
		base, err := os.Readlink(procPath(pid, from))
		if err != nil || !path.IsAbs(base) {
			return place{}, false
		}
		name = base + "/" + name
	}
	name = strings.TrimRight(name, "/")
	parent, last := path.Split(name)
	if last == "" || last == "." || last == ".." {
		parent, last = name, ""
	}
	folder, ok := realPath(parent + "/")
	if !ok {
		return place{}, false
	}
	p := place{dir: folder, full: path.Join(folder, last)}
	if last == "" {
		p.dir = path.Dir(folder)
	}
	p.target, _ = realPath(p.full)
	return p, true
}

// realPath is a path without links.
func realPath(name string) (string, bool) {
	if name == "" {
		name = "/"
	}
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", false
	}
	defer unix.Close(fd)
	full, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	return full, err == nil && path.IsAbs(full)
}

// pageSize is the least that memory is mapped by: a string that ends before its
// page does may have nothing behind it.
const pageSize = 4096

// readString reads a string that ends with a NUL.
func readString(pid int, at uint64) (string, bool) {
	var all []byte
	for len(all) < unix.PathMax {
		part := make([]byte, pageSize-at%pageSize)
		if !readAt(pid, at, part) {
			return "", false
		}
		if before, _, ok := bytes.Cut(part, []byte{0}); ok {
			return string(append(all, before...)), true
		}
		all = append(all, part...)
		at += uint64(len(part))
	}
	return "", false
}

// readStrings reads a list of at most max strings that ends with a zero.
func readStrings(pid int, at uint64, max int) ([]string, bool) {
	var list []string
	for i := range max {
		var pointer [8]byte
		if !readAt(pid, at+uint64(8*i), pointer[:]) {
			return nil, false
		}
		where := binary.NativeEndian.Uint64(pointer[:])
		if where == 0 {
			return list, len(list) > 0
		}
		text, ok := readString(pid, where)
		if !ok {
			return nil, false
		}
		list = append(list, text)
	}
	return nil, false // a longer one
}

func readAt(pid int, at uint64, part []byte) bool {
	local := []unix.Iovec{{Base: &part[0]}}
	local[0].SetLen(len(part))
	got, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: uintptr(at), Len: len(part)}}, 0)
	return err == nil && got == len(part)
}

// whyRefused says why the kernel is going to refuse a change at a place, nil if
// it is not. PID 1 has the rights of the processes that it looks at.
func whyRefused(n seccomp.Notification, c guardedCall, p place, all []place) error {
	switch c.kind {
	case opensFile, opensHow, createsFile:
		flags := n.Args[c.arg]
		if c.kind == opensHow {
			var how [8]byte
			if !readAt(int(n.PID), n.Args[c.arg], how[:]) {
				return nil
			}
			flags = binary.NativeEndian.Uint64(how[:])
		}
		return refusedWriting(p, c.kind, flags)
	case setsMode:
		return refusedMode(p, uint32(n.Args[c.arg]))
	case mountsOver:
		return unix.EPERM
	}
	return refusedNaming(p, all)
}

func refusedWriting(p place, kind changeKind, flags uint64) error {
	if kind != createsFile && flags&writing == 0 {
		return nil
	}
	if p.target == "" {
		return unix.Access(p.dir, unix.W_OK|unix.X_OK)
	}
	const fresh = unix.O_CREAT | unix.O_EXCL
	if kind != createsFile && flags&fresh == fresh {
		return nil // it only asked whether it is there
	}
	return unix.Access(p.target, unix.W_OK)
}

// refusedNaming knows what keeps a name as it is: rights of the folder, a mount
// at the place, and a move to another file system.
func refusedNaming(p place, all []place) error {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, p.full, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &st); err != nil {
		return nil // there is nothing
	}
	if err := unix.Access(p.dir, unix.W_OK|unix.X_OK); err != nil {
		return err
	}
	if st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0 {
		return unix.EBUSY
	}
	for _, other := range all {
		var to unix.Statx_t
		if unix.Statx(unix.AT_FDCWD, other.dir, 0, unix.STATX_MNT_ID, &to) == nil && to.Mnt_id != st.Mnt_id {
			return unix.EXDEV
		}
	}
	return nil
}

// refusedMode is nil for a mode that takes no right from the owner.
func refusedMode(p place, mode uint32) error {
	var st unix.Stat_t
	if !takesRights(p, mode) || unix.Stat(p.leadsTo(), &st) != nil {
		return nil
	}
	if err := unix.Access(p.leadsTo(), unix.W_OK); err == unix.EROFS {
		return err
	}
	if int(st.Uid) != unix.Getuid() {
		return unix.EPERM
	}
	return nil
}

func takesRights(p place, mode uint32) bool {
	var st unix.Stat_t
	return unix.Stat(p.leadsTo(), &st) == nil && st.Mode&^mode&0o700 != 0
}

// modes are that of what is at the place, and what it would be, as ls -l writes
// them; empty where there is nothing.
func (p place) modes(mode uint32) (before, after string) {
	var st unix.Stat_t
	if unix.Stat(p.leadsTo(), &st) != nil {
		return "", ""
	}
	return observe.ModeText(st.Mode), observe.ModeText(st.Mode&unix.S_IFMT | mode&^unix.S_IFMT)
}

// ownersRights are those in a mode as ls -l writes it.
func ownersRights(mode string) string {
	if len(mode) < 4 {
		return ""
	}
	return mode[1:4]
}

// leadsTo is the place with a link at its end followed.
func (p place) leadsTo() string {
	if p.target != "" {
		return p.target
	}
	return p.full
}
