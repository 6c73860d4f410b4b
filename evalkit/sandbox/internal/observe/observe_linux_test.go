//go:build amd64 || arm64

package observe

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// folder is a plain folder as the root of what is observed.
type folder string

func (f folder) Open(name string, flags int) (int, error) {
	return unix.Open(filepath.Join(string(f), name), flags|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
}

func (folder) MayRead(*unix.Stat_t) bool { return true }

func still(context.Context) error { return nil }

// One machine's agent makes more events than the kernel keeps. Nothing is missed
// on another, and nobody there is accused.
func TestAFloodBlindsNobodyElse(t *testing.T) {
	var dirs [2]string
	var observers [2]*Observer
	for i := range dirs {
		dirs[i] = t.TempDir()
		if err := os.WriteFile(filepath.Join(dirs[i], "f"), []byte("one\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		o, err := New(folder(dirs[i]), Config{Roots: []string{"/"}})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		observers[i] = o
	}
	flooded, other := observers[0], observers[1]
	flooded.watches.hub.mu.Lock() // nobody reads meanwhile
	for i := range 20_000 {
		name := filepath.Join(dirs[0], strconv.Itoa(i%2))
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Error(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dirs[1], "f"), time.Now(), time.Now()); err != nil { // as touch does
		t.Error(err)
	}
	flooded.watches.hub.mu.Unlock()
	if !flooded.watches.peek().lost {
		t.Error("it was no flood")
	}
	changes, err := other.Changes(t.Context(), still)
	if err != nil || len(changes) > 0 {
		t.Errorf("%+v, %v", changes, err)
	}
}

// A file gave way to its like, which was then given another mode. However late
// one looks, it is a change of mode and of nothing else.
func TestALikeFileOfAnotherMode(t *testing.T) {
	dir := t.TempDir()
	f, other := filepath.Join(dir, "f"), filepath.Join(dir, "t")
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(name, []byte("one\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(f)
	o, err := New(folder(dir), Config{Roots: []string{"/"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	o.watches.hub.mu.Lock() // nobody looks meanwhile
	write(other)
	if err := errors.Join(os.Rename(other, f), os.Chmod(f, 0o600)); err != nil {
		t.Error(err)
	}
	o.watches.hub.mu.Unlock()
	changes, err := o.Changes(t.Context(), still)
	if err != nil || len(changes) != 1 || changes[0].Op != transcript.FileMode || !slices.Equal(changes[0].Modes, []string{"-rw-------"}) {
		t.Errorf("%+v, %v", changes, err)
	}
}

// Without a watch the times of a file still tell that it was written.
func TestChangesBlind(t *testing.T) {
	dir := folder(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(string(dir), name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("f", "one\n")
	write("g", "g\n")
	past := time.Now().Add(-time.Hour)
	for _, name := range []string{"f", "g"} {
		if err := os.Chtimes(filepath.Join(string(dir), name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	o, err := New(dir, Config{Roots: []string{"/"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	o.watches.hub.leave(o.watches)
	o.watches.partly = true
	write("f", "evil\n")
	write("f", "one\n")
	if err := os.Chmod(filepath.Join(string(dir), "g"), 0o644); err != nil {
		t.Fatal(err)
	}
	changes, err := o.Changes(t.Context(), still)
	if err != nil || len(changes) != 1 || changes[0].Op != transcript.FileUndone || changes[0].Path != "/f" {
		t.Errorf("%+v, %v", changes, err)
	}
}

// Where events were dropped a rename may not have been the only one.
func TestMovedInBlind(t *testing.T) {
	dir := folder(t.TempDir())
	write := func(name string) {
		if err := os.WriteFile(filepath.Join(string(dir), name), []byte("one\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("f")
	o, err := New(dir, Config{Roots: []string{"/f"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for _, want := range []int{0, 1} {
		write("t")
		if err := os.Rename(filepath.Join(string(dir), "t"), filepath.Join(string(dir), "f")); err != nil {
			t.Fatal(err)
		}
		changes, err := o.Changes(t.Context(), still)
		if err != nil || len(changes) != want {
			t.Errorf("%+v, %v; want %d", changes, err, want)
		}
		o.watches.partly = true
	}
}

// What the harness changes is no change; what was changed before it is.
func TestKnown(t *testing.T) {
	dir := folder(t.TempDir())
	o, err := New(dir, Config{Roots: []string{"/"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	name := filepath.Join(string(dir), "f")
	if err := os.WriteFile(name, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := o.Known("/f", func() error { return os.WriteFile(name, []byte("ours"), 0o644) }); err != nil {
		t.Fatal(err)
	}
	changes, err := o.Changes(t.Context(), still)
	if err != nil || len(changes) != 1 || changes[0].Op != transcript.FileCreated {
		t.Errorf("%+v, %v", changes, err)
	}
	if changes, err = o.Changes(t.Context(), still); err != nil || len(changes) != 0 {
		t.Errorf("%+v, %v", changes, err)
	}
}

// restless changes the mode of its file f every other time that it is opened.
// That is told twice, of the file and of its folder: events never end.
type restless struct {
	folder
	opened *atomic.Uint32
}

func (r restless) Open(name string, flags int) (int, error) {
	if n := r.opened.Add(1); name == "/f" && n%2 == 0 {
		os.Chmod(filepath.Join(string(r.folder), name), os.FileMode(n/2%2+0o600))
	}
	return r.folder.Open(name, flags)
}

// An agent that changes a file for ever keeps nobody from looking.
func TestEventsWithoutEnd(t *testing.T) {
	dir := folder(t.TempDir())
	if err := os.WriteFile(filepath.Join(string(dir), "f"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := New(restless{dir, &atomic.Uint32{}}, Config{Roots: []string{"/"}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		if err := os.Chmod(filepath.Join(string(dir), "f"), 0o640); err != nil {
			done <- err
			return
		}
		for range 100 {
			if _, err := o.Changes(t.Context(), still); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
		o.Close()
	case <-time.After(20 * time.Second):
		t.Fatal("still looking")
	}
}

// What events are taken to mean does not depend on how late they are read, when
// all is as it was.
func TestLateEvents(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(write func(name, text string), move func(from, to string))
		want transcript.FileOp
	}{
		"its like moved in": {func(write func(string, string), move func(string, string)) {
			write("t", "one\n")
			move("t", "f")
		}, ""},
		"another moved in and back": {func(write func(string, string), move func(string, string)) {
			write("o", "one\n")
			write("e", "evil\n")
			move("e", "f")
			move("o", "f")
		}, transcript.FileUndone},
		"another moved in and back from outside": {func(write func(string, string), move func(string, string)) {
			write("../o", "one\n")
			write("../e", "evil\n")
			move("../e", "f")
			move("../o", "f")
		}, transcript.FileUndone},
		"written before": {func(write func(string, string), move func(string, string)) {
			write("t", "one\n")
			write("f", "evil\n")
			move("t", "f")
		}, transcript.FileUndone},
		"written after": {func(write func(string, string), move func(string, string)) {
			write("t", "one\n")
			move("t", "f")
			write("f", "evil\n")
			write("f", "one\n")
		}, transcript.FileUndone},
		"aside and back": {func(write func(string, string), move func(string, string)) {
			move("f", "o")
			write("t", "one\n")
			move("t", "f")
			write("o", "one\n")
			move("o", "f")
		}, transcript.FileUndone},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "d")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Error(err)
				}
			}
			move := func(from, to string) {
				if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
					t.Error(err)
				}
			}
			write("f", "one\n")
			o, err := New(folder(dir), Config{Roots: []string{"/"}})
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			o.watches.hub.mu.Lock()
			c.do(write, move)
			o.watches.hub.mu.Unlock()
			changes, err := o.Changes(t.Context(), still)
			var got transcript.FileOp
			for _, c := range changes {
				if c.Path == "/f" {
					got = c.Op
				}
			}
			if err != nil || got != c.want {
				t.Errorf("%q, want %q: %+v, %v", got, c.want, changes, err)
			}
		})
	}
}
