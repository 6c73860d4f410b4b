package share

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// longestSocket is what a Unix socket's path may hold on every system: 104
// bytes on some, with the zero at its end.
const longestSocket = 103

// SocketPath is the path of the socket of one run, in a folder of this user
// that nobody else can enter; the folder is made. All processes of the run know
// the host, "127.0.0.1:40123", that ginkgo serves them at, so all find the same
// path.
func SocketPath(host string) (string, error) {
	if host == "" {
		return "", errors.New("the run has no parallel host; only ginkgo -p has one")
	}
	sum := sha256.Sum256([]byte(host))
	name := hex.EncodeToString(sum[:8]) + ".sock"
	folder := "evalkit-" + strconv.Itoa(os.Getuid())
	dir := filepath.Join(os.TempDir(), folder)
	if len(dir)+1+len(name) > longestSocket && runtime.GOOS != "windows" {
		dir = filepath.Join("/tmp", folder)
	}
	path := filepath.Join(dir, name)
	if len(path) > longestSocket {
		return "", fmt.Errorf("the socket path %s has %d bytes, a system allows %d; set TMP to a shorter folder", path, len(path), longestSocket)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("the folder of the socket: %w; set TMPDIR to a folder that can be written", err)
	}
	return path, private(dir)
}

// private refuses a folder that somebody else could have laid there.
func private(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("the folder of the socket: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is no folder but %s; remove it", dir, info.Mode().Type())
	case runtime.GOOS == "windows": // the temporary folder is the user's own there
		return nil
	case !owned(info):
		return fmt.Errorf("the folder %s belongs to another user; set TMPDIR to a folder of your own", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("the folder %s is open to others (%s); remove it, or chmod 700", dir, info.Mode().Perm())
	}
	return nil
}

// stale is the age after which a socket that nobody serves is swept away.
const stale = time.Hour

// Sweep removes sockets beside path that killed runs left behind.
func Sweep(path string) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		old := filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err != nil || !strings.HasSuffix(old, ".sock") || old == path || time.Since(info.ModTime()) < stale {
			continue
		}
		if conn, err := net.DialTimeout("unix", old, time.Second); err == nil {
			conn.Close()
			continue
		}
		_ = os.Remove(old) // the next run tries again
	}
}
