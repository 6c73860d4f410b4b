//go:build unix

package share_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/share"
)

func TestSocketPathFollowsFromTheHost(t *testing.T) {
	t.Setenv("TMPDIR", folder(t))
	one, err := share.SocketPath("127.0.0.1:40123")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := share.SocketPath("127.0.0.1:40123")
	other, _ := share.SocketPath("127.0.0.1:40124")
	if one != again || one == other || filepath.Dir(one) != filepath.Dir(other) {
		t.Errorf("paths %q, %q and %q: want equal for equal hosts alone", one, again, other)
	}
	if _, err := share.SocketPath(""); err == nil {
		t.Error("a run without a host has no socket")
	}
	if info, err := os.Stat(filepath.Dir(one)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v; want 0700", info.Mode(), err)
	}
}

// A path holds 108 bytes: where the temporary folder is deep, another is taken.
func TestSocketPathIsShortInADeepFolder(t *testing.T) {
	deep := filepath.Join(folder(t), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", deep)
	path, err := share.SocketPath("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatalf("%d bytes: %v", len(path), err)
	}
	l.Close()
}

func TestSocketPathRefusesAFolderThatIsNotOurs(t *testing.T) {
	folderName := "evalkit-" + strconv.Itoa(os.Getuid())
	cases := map[string]struct {
		lay  func(t *testing.T, path string)
		want string
	}{
		"a link": {func(t *testing.T, path string) {
			if err := os.Symlink(t.TempDir(), path); err != nil {
				t.Fatal(err)
			}
		}, "is no folder"},
		"a file": {func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "is no folder"},
		"open to all": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "open to others"},
		"another user's": {func(t *testing.T, path string) {
			if os.Getuid() != 0 {
				t.Skip("only root can lay another user's folder")
			}
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(path, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}, "belongs to another user"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tmp := folder(t)
			t.Setenv("TMPDIR", tmp)
			c.lay(t, filepath.Join(tmp, folderName))
			if _, err := share.SocketPath("h"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
