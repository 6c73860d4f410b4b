//go:build amd64 || arm64

package observe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// What of a machine is observed: this many files, this deep. That a folder was
// made at the greatest depth is seen, what is in it is not: that it is too deep
// must not cost the sight of all else.
const (
	entriesMax = 200_000
	depthMax   = 128
)

// walk is one look.
type walk struct {
	o     *Observer
	ctx   context.Context
	found map[string]*entry
	seen  *sighted // since the last look; nil if it does not matter
}

var errTooMany = fmt.Errorf("more than %d observed files", entriesMax)

func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

// from walks one path. A missing one is no error: it may come to be.
func (w *walk) from(full string, below bool) error {
	fd, err := w.o.root.Open(full, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		if gone(err) {
			return nil
		}
		if errors.Is(err, unix.EACCES) {
			w.carry(full)
			return nil
		}
		return fmt.Errorf("%s: %w", full, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("%s: %w", full, err)
	}
	w.add(fd, "", full, &st)
	if st.Mode&unix.S_IFMT == unix.S_IFDIR && below {
		return w.folder(fd, ".", full, 0)
	}
	return nil
}

// carry keeps what is known below a folder that cannot be read now: it is not
// gone for that.
func (w *walk) carry(full string) {
	for name, e := range w.o.last {
		if Within(name, full) && w.found[name] == nil {
			carried := *e
			carried.hidden = true
			w.found[name] = &carried
		}
	}
}

func (w *walk) folder(parent int, name, full string, depth int) error {
	if depth > depthMax {
		return nil
	}
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		if errors.Is(err, unix.EACCES) {
			w.carry(full)
			return nil
		}
		if gone(err) {
			return nil
		}
		return fmt.Errorf("%s: %w", full, err)
	}
	f := os.NewFile(uintptr(fd), full)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("%s: %w", full, err)
	}
	for _, n := range names {
		var st unix.Stat_t
		if err := unix.Fstatat(fd, n, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			if gone(err) {
				continue
			}
			return fmt.Errorf("%s/%s: %w", full, n, err)
		}
		child := path.Join(full, n)
		if w.o.skip != nil && w.o.skip(child) {
			continue
		}
		w.add(fd, n, child, &st)
		if len(w.found) > entriesMax {
			return errTooMany
		}
		if len(w.found)%256 == 0 && w.ctx.Err() != nil {
			return context.Cause(w.ctx)
		}
		if st.Mode&unix.S_IFMT == unix.S_IFDIR {
			if err := w.folder(fd, n, child, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// entryOf is what a stat alone tells.
func entryOf(st *unix.Stat_t) *entry {
	e := &entry{
		dev: uint64(st.Dev), ino: st.Ino, bits: st.Mode,
		ctime: st.Ctim.Nano(), mtime: st.Mtim.Nano(),
	}
	if e.Size = st.Size; st.Mode&unix.S_IFMT == unix.S_IFDIR {
		e.Size = 0 // of no meaning
	}
	return e
}

// add makes the entry of a file, or takes over the known one.
func (w *walk) add(dir int, name, full string, st *unix.Stat_t) {
	e := entryOf(st)
	old := w.o.last[full]
	if old != nil && old.sameStat(e) && !w.differs(dir, name, full, old, st, e) {
		if old.hidden {
			shown := *old
			shown.hidden = false
			old = &shown
		}
		w.found[full] = old
		return
	}
	if old != nil && old.isDir() && old.sameFile(e) && old.bits == e.bits { // only what is in it changed
		same := *old
		same.ctime, same.mtime = e.ctime, e.mtime
		w.found[full] = &same
		return
	}
	e.FileState = describe(w.o.root, dir, name, full, st, func(b []byte) { w.o.keep(e, full, b) })
	if e.isDir() {
		e.Size = 0
	}
	w.found[full] = e
	w.o.watches.add(dir, name, full, e)
}
