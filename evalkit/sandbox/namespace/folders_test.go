//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// installation makes a folder as a package manager would, below one that other
// users cannot enter.
func installation(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "private", "agent-1.0")
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bin", "agent"), []byte("#!/bin/sh\necho agent at work\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A folder of the host's is shown where it was asked for, can be run from, and
// cannot be written.
func TestFolders(t *testing.T) {
	host := installation(t)
	for _, place := range []string{"/opt/agent", "/root/.local/agent", "/usr/local/lib", "/home/dev/agent"} {
		t.Run(place, func(t *testing.T) {
			s := machineFor(t, sandbox.Config{Folders: []sandbox.Folder{{Host: host, Path: place}}})
			if got := output(t, s, place+"/bin/agent"); got != "agent at work" {
				t.Errorf("%q", got)
			}
			r := bash(t, s, "echo evil >> "+place+"/bin/agent || touch "+place+"/x || rm -rf "+place+"/bin")
			if r.Exit == 0 {
				t.Error("it was written to")
			}
			if b, err := os.ReadFile(filepath.Join(host, "bin", "agent")); err != nil || strings.Contains(string(b), "evil") {
				t.Errorf("the host's is %q, %v", b, err)
			}
			if table := output(t, s, "cat /proc/self/mountinfo"); strings.Contains(table, host) || strings.Contains(table, "private") {
				t.Errorf("the mounts tell of the host:\n%s", table)
			}
			for _, f := range s.Snapshot().Files {
				if strings.Contains(f.Path, "/bin/agent") {
					t.Errorf("%s is observed", f.Path)
				}
			}
			if changes, err := s.Changes(context.Background()); err != nil || len(changes) != 0 {
				t.Errorf("changes %v, %v", changes, err)
			}
		})
	}
}

// A folder is at its own place where none is given.
func TestFolderAtItsOwnPlace(t *testing.T) {
	host := installation(t)
	s := machineFor(t, sandbox.Config{Folders: []sandbox.Folder{{Host: host}}})
	if got := output(t, s, host+"/bin/agent"); got != "agent at work" {
		t.Errorf("%q", got)
	}
}

func TestFoldersThatCannotBeShown(t *testing.T) {
	host := installation(t)
	for name, f := range map[string]sandbox.Folder{
		"missing":        {Host: host + "/none"},
		"a file":         {Host: host + "/bin/agent"},
		"relative":       {Host: "bin"},
		"over the root":  {Host: host, Path: "/"},
		"over proc":      {Host: host, Path: "/proc/x"},
		"over home":      {Host: host, Path: "/root"},
		"over workspace": {Host: host, Path: "/app"},
		"a colon":        {Host: host, Path: "/opt/a:b"},
		"no such place":  {Host: host, Path: "/usr/lib/none/such"},
	} {
		if s, err := (Backend{}).Open(within20(t), sandbox.Config{Folders: []sandbox.Folder{f}}); err == nil {
			s.Close()
			t.Errorf("%s: %+v was shown", name, f)
		} else if !strings.Contains(err.Error(), "folder") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
