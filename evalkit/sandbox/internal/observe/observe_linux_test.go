//go:build amd64 || arm64

package observe

import (
	"context"
	"os"
	"path/filepath"
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
	hub.leave(o.watches)
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
