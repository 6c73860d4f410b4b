//go:build amd64 || arm64

// Package observe tells what becomes of the files of a sandbox: it compares
// looks at them, and watches in between for what is undone before the next.
package observe

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Files is how a backend reaches the files of one sandbox, by the absolute
// paths that its scenario knows.
type Files interface {
	// Open opens a path inside the sandbox and never outside of it, without
	// waiting for the other end of a fifo.
	Open(name string, flags int) (fd int, err error)
	// MayRead says whether the sandbox's own processes may read a file.
	MayRead(st *unix.Stat_t) bool
}

// Config is what is to be observed.
type Config struct {
	// Roots are files and folders, absolute and clean. A folder is observed
	// whole.
	Roots []string
	// Laid are bodies that are known to be there, to be shared.
	Laid map[string][]byte
	// Skip leaves entries out, if it is there: what is nobody's to change.
	Skip func(full string) bool
}

// Observer knows what the observed files were at the last look. Of files that
// nothing touched since it reads but some again, in turns: see rereading. Safe
// for concurrent use.
type Observer struct {
	root  Files
	roots []string
	laid  map[string][]byte
	skip  func(full string) bool
	first transcript.Snapshot

	mu      sync.Mutex
	last    map[string]*entry
	kept    int // bytes of text
	pending []transcript.FileChange
	watches *watches
	again   rereading
}

// New takes the first look.
func New(root Files, c Config) (*Observer, error) {
	o := &Observer{root: root, laid: c.Laid, skip: c.Skip}
	for _, r := range c.Roots {
		if !slices.ContainsFunc(o.roots, func(have string) bool { return Within(r, have) }) {
			o.roots = slices.DeleteFunc(o.roots, func(have string) bool { return Within(have, r) })
			o.roots = append(o.roots, r)
		}
	}
	o.watches = watch(root)
	now, err := o.look(context.Background(), nil)
	if err != nil {
		o.Close()
		return nil, err
	}
	for _, r := range o.roots {
		if e := now[r]; e != nil && !e.isDir() {
			o.watches.addName(r)
		}
	}
	o.last = now
	o.first = transcript.Snapshot{Roots: slices.Clone(o.roots)}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		o.first.Files = append(o.first.Files, now[name].FileState)
	}
	return o, nil
}

// Close ends the watching.
func (o *Observer) Close() { o.watches.close() }

// Snapshot gives what the first look found.
func (o *Observer) Snapshot() transcript.Snapshot {
	return transcript.Snapshot{Roots: slices.Clone(o.first.Roots), Files: slices.Clone(o.first.Files)}
}

// Changes gives what changed since the last call, by path. It asks readable
// after looking: should it have an error, nothing that was seen counts.
func (o *Observer) Changes(ctx context.Context, readable func(context.Context) error) ([]transcript.FileChange, error) {
	return o.changes(ctx, readable, false)
}

// AllChanges is Changes that reads every file again, whatever its times say.
func (o *Observer) AllChanges(ctx context.Context, readable func(context.Context) error) ([]transcript.FileChange, error) {
	return o.changes(ctx, readable, true)
}

func (o *Observer) changes(ctx context.Context, readable func(context.Context) error, all bool) ([]transcript.FileChange, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.watches.collect()
	o.again.begin(all || seen.lost)
	now, err := o.look(ctx, seen)
	o.again.end()
	if gone := readable(ctx); gone != nil {
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

// Known runs a change that the harness makes at a path, and takes the outcome
// for known. What had changed there before is still reported.
func (o *Observer) Known(full string, change func() error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.before(full)
	defer o.known(full)
	return change()
}

func (o *Observer) compareAll(before, after map[string]*entry, seen *sighted) []transcript.FileChange {
	var changes []transcript.FileChange
	one := func(name string) {
		b, a := before[name], after[name]
		if b != nil && a != nil && b.sameStat(a) {
			s := seen.of(name, b)
			switch {
			case a.hidden && s.written:
				changes = append(changes, behindALock(b, s))
				return
			case a.hidden || b.SHA256 == a.SHA256 && !s.undoneUnseen(a):
				return
			}
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
func (o *Observer) before(full string) {
	o.again.begin(true)
	now := o.lookAt(full)
	changes := o.compareAll(o.part(full), now, o.watches.peek())
	o.pending = append(o.pending, changes...)
	o.replace(full, now)
}

// known takes what is at a path for known.
func (o *Observer) known(full string) {
	o.again.begin(true)
	o.replace(full, o.lookAt(full))
	o.watches.forget(full)
}

// part gives the known entries at, below and above a path.
func (o *Observer) part(full string) map[string]*entry {
	part := map[string]*entry{}
	for name, e := range o.last {
		if Within(name, full) || Within(full, name) {
			part[name] = e
		}
	}
	return part
}

func (o *Observer) replace(full string, now map[string]*entry) {
	for name := range o.part(full) {
		delete(o.last, name)
	}
	maps.Copy(o.last, now)
}

// look walks all that is observed.
func (o *Observer) look(ctx context.Context, seen *sighted) (map[string]*entry, error) {
	w := &walk{o: o, ctx: ctx, found: make(map[string]*entry, len(o.last)), seen: seen}
	for _, r := range o.roots {
		if err := w.from(r, true); err != nil {
			return nil, err
		}
	}
	return w.found, nil
}

// lookAt walks what is at and below a path, with the folders above it.
func (o *Observer) lookAt(full string) map[string]*entry {
	w := &walk{o: o, ctx: context.Background(), found: map[string]*entry{}}
	for _, r := range o.roots {
		if Within(r, full) {
			w.from(r, true)
			continue
		}
		if !Within(full, r) {
			continue
		}
		for dir := full; dir != r; {
			dir = path.Dir(dir)
			w.from(dir, false)
		}
		w.from(full, true)
	}
	return w.found
}

// keep keeps a text for a diff, sharing what the configuration laid.
func (o *Observer) keep(e *entry, full string, b []byte) {
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

// Within says whether a clean path is a folder or lies in it.
func Within(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}
