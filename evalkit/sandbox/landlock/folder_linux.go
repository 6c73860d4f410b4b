//go:build amd64 || arm64

package landlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// Names in a private folder.
const (
	workspaceName = "app"
	homeName      = "root"
	temporaryName = "tmp"
)

// folderPrefix begins the names of private folders.
const folderPrefix = "session-"

// makeFolder makes a private folder and holds a lock on it: as long as that is
// held, by this process or by the supervisor, the folder is in use. What a run
// that was killed has left is removed first, once a process.
func makeFolder(uid, gid int) (string, *os.File, error) {
	base, err := filepath.EvalSymlinks(os.TempDir())
	if err == nil {
		base, err = filepath.Abs(base)
	}
	if err != nil {
		return "", nil, fmt.Errorf("folder for temporary files: %w; set TMPDIR to one", err)
	}
	sweepOnce.Do(func() { sweep(base) })
	for range 100 {
		name, err := os.MkdirTemp(base, folderPrefix)
		if err != nil {
			return "", nil, fmt.Errorf("private folder: %w; set TMPDIR to a folder that can be written in", err)
		}
		f, err := lock(name)
		if err != nil {
			os.Remove(name)
			return "", nil, fmt.Errorf("lock %s: %w", name, err)
		}
		if f == nil { // swept away before it was locked
			continue
		}
		if uid != os.Geteuid() {
			if err := f.Chown(uid, gid); err != nil {
				f.Close()
				os.Remove(name)
				return "", nil, fmt.Errorf("private folder: %w", err)
			}
		}
		return name, f, nil
	}
	return "", nil, errors.New("private folder: each was taken away before it was locked")
}

// sweepOnce: leftovers of earlier runs do not come while this one runs.
var sweepOnce sync.Once

// lock opens a folder and locks it; nil if somebody else holds it, or it is no
// longer there.
func lock(name string) (*os.File, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		if errors.Is(err, unix.ENOENT) {
			return nil, nil
		}
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	var st, now unix.Stat_t
	if err == nil && unix.Fstat(fd, &st) == nil && unix.Lstat(name, &now) == nil && st.Ino == now.Ino && st.Dev == now.Dev {
		return f, nil
	}
	f.Close()
	if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
		return nil, err
	}
	return nil, nil
}

// sweep removes the private folders of runs that are dead. A folder that
// somebody holds, or that is another user's, is left alone.
func sweep(base string) {
	names, err := filepath.Glob(filepath.Join(base, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, name := range names {
		suffix := strings.TrimPrefix(filepath.Base(name), folderPrefix)
		if _, err := strconv.ParseUint(suffix, 10, 64); err != nil {
			continue
		}
		var st unix.Stat_t
		if unix.Lstat(name, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR || !ours(int(st.Uid)) {
			continue
		}
		f, err := lock(name)
		if err != nil || f == nil {
			continue
		}
		removeFolder(name)
		f.Close()
	}
}

// ours says whether a private folder's owner is one that this user's runs make.
func ours(uid int) bool {
	if uid == os.Geteuid() {
		return true
	}
	return os.Geteuid() == 0 && proc.InUnusedRange(uid)
}

// removeFolder removes a folder with all that is in it, whatever its modes and
// however deep: it never follows a link, and moves what lies deep to the top
// instead of climbing down to it.
func removeFolder(name string) error {
	top, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "remove", Path: name, Err: err}
	}
	defer unix.Close(top)
	moved := 0
	for {
		left, err := empty(top, func(string) error { return nil })
		if err != nil {
			return err
		}
		if len(left) == 0 {
			break
		}
		for _, dir := range left {
			if err := flatten(top, dir, &moved); err != nil {
				return &os.PathError{Op: "remove", Path: filepath.Join(name, dir), Err: err}
			}
		}
	}
	return os.Remove(name)
}

// flatten empties a folder in top, moving its folders into top, and removes it.
func flatten(top int, dir string, moved *int) error {
	fd, err := openFolder(top, dir)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = empty(fd, func(sub string) error {
		unlocked(fd, sub) // its owner moves it only if he may write in it
		for {
			*moved++
			err := unix.Renameat2(fd, sub, top, "left-"+strconv.Itoa(*moved), unix.RENAME_NOREPLACE)
			if !errors.Is(err, unix.EEXIST) {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	return unix.Unlinkat(top, dir, unix.AT_REMOVEDIR)
}

// empty removes what is in a folder but for folders that are not empty: those
// it hands to move, and names those that are still there.
func empty(fd int, move func(string) error) (left []string, err error) {
	again, err := unix.Openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(again), "folder")
	names, err := f.Readdirnames(-1)
	f.Close()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		err := unix.Unlinkat(fd, name, 0)
		if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) {
			err = unix.Unlinkat(fd, name, unix.AT_REMOVEDIR)
		}
		switch {
		case err == nil || errors.Is(err, unix.ENOENT):
		case errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST):
			if err := move(name); err != nil {
				return nil, err
			}
			left = append(left, name)
		default:
			return nil, err
		}
	}
	return left, nil
}

// openFolder opens a folder to read it, and gives its owner the right to.
func openFolder(at int, name string) (int, error) {
	unlocked(at, name)
	return unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
}

// unlocked gives a folder's owner all rights to it, and to nothing that a link
// leads to.
func unlocked(at int, name string) {
	fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	unix.Fchmodat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), 0o700, 0) // what comes next says if it failed
}
