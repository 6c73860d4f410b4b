//go:build amd64 || arm64

package namespace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

func nanoTimespec(t time.Time) unix.Timespec { return unix.NsecToTimespec(t.UnixNano()) }

// layFiles writes, in the new root, what does not lie in a system folder, and
// what of those can be written. Folders are dated last, the deepest first.
func (s *initProcess) layFiles() error {
	for name, text := range system.HomeFiles {
		f := layFile{path: home + "/" + name, mode: 0o644, modTime: system.PlausibleTime(name)}
		if err := writeFile(f, []byte(text)); err != nil {
			return err
		}
	}
	dated := map[string]time.Time{}
	for _, f := range s.files {
		body, err := s.body(f)
		if err != nil {
			return err
		}
		if err := lay(f, body); err != nil {
			return fmt.Errorf("lay %s: %w", f.path, err)
		}
		if f.mode.IsDir() {
			dated[f.path] = f.modTime
		}
		for dir := path.Dir(f.path); len(dir) > 1 && (s.isOpen(dir) || s.layerOf(dir) == nil); dir = path.Dir(dir) {
			if _, ok := dated[dir]; !ok {
				dated[dir] = system.PlausibleTime(dir)
			}
		}
	}
	for _, dir := range s.open {
		if _, ok := dated[dir]; !ok {
			dated[dir] = system.PlausibleTime(dir)
		}
	}
	for _, d := range emptyFolders {
		dated["/"+d] = system.PlausibleTime(d)
	}
	for _, l := range s.links {
		dated["/"+l] = system.PlausibleTime(l)
	}
	dated["/var/run"], dated["/run/lock"] = system.PlausibleTime("/var"), system.PlausibleTime("lock")
	dated["/"] = system.PlausibleTime("/")
	for dir, t := range dated {
		if dir == "/proc" || dir == "/dev" {
			continue
		}
		// Some cannot be dated, such as a folder of the host's.
		if err := setTime(dir, layFile{modTime: t}); err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EROFS) {
			return &fs.PathError{Op: "utimes", Path: dir, Err: err}
		}
	}
	return nil
}

// lay writes a file, folder or link, parents included.
func lay(f layFile, body []byte) error {
	if err := os.MkdirAll(path.Dir(f.path), 0o755); err != nil {
		return err
	}
	switch f.mode.Type() {
	case fs.ModeDir:
		if err := os.MkdirAll(f.path, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(f.path, f.mode&(fs.ModePerm|fs.ModeSticky)); err != nil {
			return err
		}
		return setTime(f.path, f)
	case fs.ModeSymlink:
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.Symlink(f.target, f.path); err != nil {
			return err
		}
		return setTime(f.path, f)
	}
	return writeFile(f, body)
}

// writeFile writes a regular file and never waits: a fifo in its place is
// refused, and so is what a link has in /proc.
func writeFile(f layFile, body []byte) error {
	fail := func(op string, err error) error { return &fs.PathError{Op: op, Path: f.path, Err: err} }
	const flags = unix.O_WRONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	how := unix.OpenHow{Flags: flags, Resolve: unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(unix.AT_FDCWD, f.path, &how)
	created := err == unix.ENOENT
	if created {
		how.Flags, how.Mode = flags|unix.O_CREAT, 0o600
		fd, err = unix.Openat2(unix.AT_FDCWD, f.path, &how)
	}
	if err != nil {
		return fail("open", err)
	}
	defer unix.Close(fd)
	if inProc(fd) {
		return fail("write", unix.EACCES)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fail("stat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return fail("write", observe.ErrNotRegular)
	}
	if err := unix.Ftruncate(fd, 0); err != nil {
		return fail("truncate", err)
	}
	for rest := body; len(rest) > 0; {
		n, err := unix.Write(fd, rest)
		if err != nil {
			return fail("write", err)
		}
		rest = rest[n:]
	}
	if f.size > int64(len(body)) {
		if err := extend(fd, f.size); err != nil {
			return fail("extend", err)
		}
	}
	if created || !f.keepMode {
		if err := unix.Fchmod(fd, uint32(f.mode.Perm())); err != nil {
			return fail("chmod", err)
		}
	}
	if f.modTime.IsZero() {
		return nil
	}
	t := nanoTimespec(f.modTime)
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), []unix.Timespec{t, t}, 0); err != nil {
		return fail("utimes", err)
	}
	return nil
}

// extend makes a file as long as it shall be, whatever the processes' limit,
// which is this one's soft limit.
func extend(fd int, size int64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if uint64(size) > limit.Cur {
		raised := syscall.Rlimit{Cur: limit.Max, Max: limit.Max}
		if err := syscall.Setrlimit(unix.RLIMIT_FSIZE, &raised); err != nil {
			return err
		}
		defer syscall.Setrlimit(unix.RLIMIT_FSIZE, &limit)
	}
	return unix.Ftruncate(fd, size)
}

// inProc says whether a file is one of /proc. A link that an agent made leads
// there to PID 1's own: its memory, its name, the binary that it came from.
func inProc(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) != nil || st.Type == unix.PROC_SUPER_MAGIC
}
