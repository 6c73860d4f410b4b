//go:build amd64 || arm64

package namespace

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
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
