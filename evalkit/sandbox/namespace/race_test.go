//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// swappers change, for ever and as quickly as they can, what a path of the
// workspace stands for.
var swappers = map[string]func(host string){
	// f is a file of the agent's, or a link to the host's.
	"swap the file": func(host string) {
		exchange("f", "g", func() { os.WriteFile("f", []byte("inside\n"), 0o644); os.Symlink(host, "g") })
	},
	// d is a folder with f in it, or a link to the host's folder.
	"swap the folder": func(host string) {
		exchange("d", "e", func() {
			os.Mkdir("d", 0o755)
			os.WriteFile("d/f", []byte("inside\n"), 0o644)
			os.Symlink(filepath.Dir(host), "e")
		})
	},
	// d is a folder, or a link by ways that lead out of a changed root.
	"swap the way up": func(host string) {
		exchange("d", "e", func() {
			os.MkdirAll("d/deep/er", 0o755)
			os.WriteFile("d/f", []byte("inside\n"), 0o644)
			os.Symlink("/proc/1/root/../../../../../.."+filepath.Dir(host), "e")
		})
	},
	// f is a file of the agent's, or a hard link to another, or a device, or gone.
	"swap the kind": func(string) {
		os.WriteFile("other", []byte("inside\n"), 0o644)
		for {
			os.WriteFile("f", []byte("inside\n"), 0o644)
			os.Remove("f")
			os.Link("other", "f")
			os.Remove("f")
			unix.Mkfifo("f", 0o644)
			os.Remove("f")
			os.Mkdir("f", 0o755)
			os.Remove("f")
			os.Symlink("/dev/zero", "f")
			os.Remove("f")
			os.Symlink("/proc/self/mem", "f")
			os.Remove("f")
		}
	},
	// d moves while something below it is looked for by "..".
	"move the folder": func(host string) {
		os.MkdirAll("a/b/c", 0o755)
		os.Mkdir("z", 0o755)
		os.WriteFile("a/b/c/f", []byte("inside\n"), 0o644)
		os.Symlink("a/b/c/../../../../../../../../../.."+host, "f")
		os.Symlink("a/b/c", "d")
		for {
			os.Rename("a/b", "z/b")
			os.Rename("z/b", "a/b")
		}
	},
}

func exchange(a, b string, lay func()) {
	lay()
	for {
		if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
			fmt.Println(err) // it was written over: begin anew
			os.RemoveAll(a)
			os.RemoveAll(b)
			lay()
		}
	}
}

// The harness reads, writes, removes, lists and compares while an agent swaps
// what it reads and writes: it never touches a file of the host's, and never
// waits. It runs alone, for the flood that it makes.
func TestRaces(t *testing.T) {
	for name := range swappers {
		t.Run(name, func(t *testing.T) {
			host := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(host, []byte("the host's\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			s := adversary(t, sandbox.Config{})
			bash(t, s, fmt.Sprintf("./try %s '%s' '%s' </dev/null >/dev/null 2>&1 &", attemptWord, name, host))
			path := "f"
			if strings.HasSuffix(name, "folder") || strings.HasSuffix(name, "up") {
				path = "d/f"
			}
			var got tally
			for round := 0; round < 400 || got.read < 20 || got.failed < 20 || got.written < 20; round++ {
				if round == 50_000 {
					t.Fatalf("there was no race: %+v", got)
				}
				got.look(t, s, path)
				if round%20 == 0 {
					s.Remove(within20(t), path)
				}
			}
			t.Logf("%+v", got)
			if _, err := s.Changes(context.Background()); err != nil {
				t.Errorf("changes: %v", err)
			}
			if b, err := os.ReadFile(host); err != nil || string(b) != "the host's\n" {
				t.Errorf("the host's file is %q, %v", b, err)
			}
			entries, err := os.ReadDir(filepath.Dir(host))
			if err != nil || len(entries) != 1 {
				t.Errorf("beside it is %v, %v", entries, err)
			}
			output(t, s, "echo fine")
		})
	}
}

// tally counts how the harness fared.
type tally struct{ read, failed, written, refused int }

func (got *tally) look(t *testing.T, s sandbox.Sandbox, path string) {
	t.Helper()
	b, err := s.ReadFile(within20(t), path, 1000)
	switch {
	case strings.Contains(string(b), "host"):
		t.Fatalf("%s: read %q", path, b)
	case err != nil:
		got.failed++
	default:
		got.read++
	}
	if s.WriteFile(within20(t), sandbox.File{Path: path, Body: []byte("written\n")}) == nil {
		got.written++
	} else {
		got.refused++
	}
	if filepath.Dir(path) == "." {
		return // the test's own binary would be read every time
	}
	if list, _ := s.List(within20(t), filepath.Dir(path)); len(list) == 1 && list[0].Size == int64(len("the host's\n")) {
		t.Fatalf("listed: %+v", list)
	}
}
