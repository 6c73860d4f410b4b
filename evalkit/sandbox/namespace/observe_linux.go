//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// What of a machine is observed: this many files, this deep.
const (
	entriesMax = 200_000
	depthMax   = 128
)

// observer knows what the observed files were at the last look. A file that
// nothing touched since is not read again.
type observer struct {
	m     *machine
	roots []string
	laid  map[string][]byte // bodies of the configuration, to be shared
	first transcript.Snapshot

	mu      sync.Mutex
	last    map[string]*entry
	kept    int // bytes of text
	pending []transcript.FileChange
	watches *watches
}

// observe takes the first look.
func (m *machine) observe() error {
	o := &observer{m: m, laid: map[string][]byte{}}
	for _, r := range append([]string{m.plan.workspace, home}, m.plan.watch...) {
		if !slices.ContainsFunc(o.roots, func(have string) bool { return within(r, have) }) {
			o.roots = slices.DeleteFunc(o.roots, func(have string) bool { return within(have, r) })
			o.roots = append(o.roots, r)
		}
	}
	for i, f := range m.plan.files {
		if f.mode.IsRegular() {
			o.laid[f.path] = m.plan.bodies[i]
		}
	}
	m.observer = o
	o.watches = watch(m)
	now, err := o.look(context.Background())
	if err != nil {
		o.close()
		return err
	}
	o.last = now
	o.first = transcript.Snapshot{Roots: slices.Clone(o.roots)}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		o.first.Files = append(o.first.Files, now[name].FileState)
	}
	return nil
}

func (o *observer) close() { o.watches.close() }

// Snapshot implements sandbox.Sandbox.
func (m *machine) Snapshot() transcript.Snapshot {
	return transcript.Snapshot{Roots: slices.Clone(m.observer.first.Roots), Files: slices.Clone(m.observer.first.Files)}
}

// Changes implements sandbox.Sandbox.
func (m *machine) Changes(ctx context.Context) ([]transcript.FileChange, error) {
	o := m.observer
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.watches.collect()
	now, err := o.look(ctx)
	if gone := m.readable(ctx); gone != nil { // nothing that was seen now counts
		err = gone
	}
	if err != nil {
		return nil, fmt.Errorf("look for changes: %w", err)
	}
	changes := o.pending
	o.pending = nil
	changes = append(changes, o.compareAll(o.last, now, seen)...)
	o.last = now
	slices.SortStableFunc(changes, func(a, b transcript.FileChange) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

func (o *observer) compareAll(before, after map[string]*entry, seen *sighted) []transcript.FileChange {
	var changes []transcript.FileChange
	one := func(name string) {
		b, a := before[name], after[name]
		if b != nil && a != nil && b.sameStat(a) {
			return
		}
		if c, ok := compare(b, a, seen.of(name, b)); ok {
			changes = append(changes, c)
		}
		if b != nil && a != b {
			o.kept -= len(b.text)
		}
	}
	for name := range before {
		one(name)
	}
	for name := range after {
		if before[name] == nil {
			one(name)
		}
	}
	return changes
}

// before notes what had changed at a path that is about to be written to.
func (o *observer) before(full string) {
	now := o.lookAt(full)
	changes := o.compareAll(o.part(full), now, o.watches.peek())
	o.pending = append(o.pending, changes...)
	o.replace(full, now)
}

// known takes what is at a path for known.
func (o *observer) known(full string) {
	o.replace(full, o.lookAt(full))
	o.watches.forget(full)
}

// part gives the known entries at, below and above a path.
func (o *observer) part(full string) map[string]*entry {
	part := map[string]*entry{}
	for name, e := range o.last {
		if within(name, full) || within(full, name) {
			part[name] = e
		}
	}
	return part
}

func (o *observer) replace(full string, now map[string]*entry) {
	for name := range o.part(full) {
		delete(o.last, name)
	}
	maps.Copy(o.last, now)
}

// look walks all that is observed.
func (o *observer) look(ctx context.Context) (map[string]*entry, error) {
	w := &walk{o: o, ctx: ctx, found: make(map[string]*entry, len(o.last))}
	for _, r := range o.roots {
		if err := w.from(r, true); err != nil {
			return nil, err
		}
	}
	return w.found, nil
}

// lookAt walks what is at and below a path, with the folders above it.
func (o *observer) lookAt(full string) map[string]*entry {
	w := &walk{o: o, ctx: context.Background(), found: map[string]*entry{}}
	for _, r := range o.roots {
		if within(r, full) {
			w.from(r, true)
			continue
		}
		if !within(full, r) {
			continue
		}
		for dir := path.Dir(full); within(dir, r); dir = path.Dir(dir) {
			w.from(dir, false)
		}
		w.from(full, true)
	}
	return w.found
}

// walk is one look.
type walk struct {
	o     *observer
	ctx   context.Context
	found map[string]*entry
}

var errTooMany = fmt.Errorf("more than %d observed files", entriesMax)

func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

// from walks one path. A missing one is no error: it may come to be.
func (w *walk) from(full string, below bool) error {
	fd, err := w.o.m.openInRoot(full, unix.O_PATH|unix.O_NOFOLLOW)
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
		if within(name, full) && w.found[name] == nil {
			w.found[name] = e
		}
	}
}

func (w *walk) folder(parent int, name, full string, depth int) error {
	if depth > depthMax {
		return fmt.Errorf("%s: folders deeper than %d", full, depthMax)
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

// add makes the entry of a file, or takes over the known one.
func (w *walk) add(dir int, name, full string, st *unix.Stat_t) {
	e := &entry{
		dev: uint64(st.Dev), ino: st.Ino, bits: st.Mode,
		ctime: st.Ctim.Nano(), mtime: st.Mtim.Nano(),
	}
	if e.Size = st.Size; st.Mode&unix.S_IFMT == unix.S_IFDIR {
		e.Size = 0 // of no meaning
	}
	old := w.o.last[full]
	if old != nil && old.sameStat(e) {
		w.found[full] = old
		return
	}
	if old != nil && old.isDir() && old.sameFile(e) && old.bits == e.bits { // only what is in it changed
		same := *old
		same.ctime, same.mtime = e.ctime, e.mtime
		w.found[full] = &same
		return
	}
	e.FileState = w.o.m.describe(dir, name, full, st, func(b []byte) { w.o.keep(e, full, b) })
	if e.isDir() {
		e.Size = 0
	}
	w.found[full] = e
	w.o.watches.add(dir, name, full, e)
}

// keep keeps a text for a diff, sharing what the configuration laid.
func (o *observer) keep(e *entry, full string, b []byte) {
	if !isText(b) {
		return
	}
	if laid, ok := o.laid[full]; ok && bytes.Equal(laid, b) {
		e.text, e.hasText = laid, true
		return
	}
	if o.kept+len(b) > keptMax {
		return
	}
	o.kept += len(b)
	e.text, e.hasText = bytes.Clone(b), true
}
