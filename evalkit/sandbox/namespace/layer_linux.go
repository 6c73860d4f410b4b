//go:build amd64 || arm64

package namespace

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

// layer is the upper layer of one system folder. It is written before the
// overlay is mounted: through the mounted overlay an ordinary user could not,
// for the lower folders belong to somebody unknown.
type layer struct {
	folder string // of the host: "/usr"
	upper  string
	times  map[string]unix.Timespec // folders made here, to be dated last
}

func (l *layer) open() error {
	if err := os.MkdirAll(path.Dir(l.upper)+"/work", 0o755); err != nil {
		return err
	}
	return l.copyFolder(l.folder, l.upper)
}

// copyFolder makes a folder in the upper layer that looks like the lower one.
func (l *layer) copyFolder(lower, upper string) error {
	var st unix.Stat_t
	mode := uint32(0o755)
	l.times[upper] = nanoTimespec(system.PlausibleTime(lower))
	if err := unix.Stat(lower, &st); err == nil {
		mode = st.Mode & 0o7777
		l.times[upper] = st.Mtim
	}
	if err := unix.Mkdir(upper, mode); err != nil {
		return &fs.PathError{Op: "mkdir", Path: lower, Err: err}
	}
	return nil
}

// parents makes the folders above a path in the upper layer and gives the
// path's place there.
func (l *layer) parents(name string) (string, error) {
	rel := strings.TrimPrefix(path.Dir(name), l.folder)
	upper, lower := l.upper, l.folder
	for part := range strings.SplitSeq(strings.Trim(rel, "/"), "/") {
		if part == "" {
			continue
		}
		upper, lower = upper+"/"+part, lower+"/"+part
		info, err := os.Lstat(upper)
		switch {
		case err == nil && info.IsDir():
			continue
		case err == nil && info.Mode()&fs.ModeCharDevice != 0: // hidden: what is laid wins
			if err := os.Remove(upper); err != nil {
				return "", err
			}
		case err == nil:
			return "", fmt.Errorf("%s: %w", lower, unix.ENOTDIR)
		}
		if below, err := os.Lstat(lower); err == nil && !below.IsDir() {
			return "", fmt.Errorf("%s: %w", lower, unix.ENOTDIR)
		}
		if err := l.copyFolder(lower, upper); err != nil {
			return "", err
		}
	}
	return upper + "/" + path.Base(name), nil
}

// hide puts a whiteout over what the host has at a path, and takes away what
// was laid there so far.
func (l *layer) hide(name string) error {
	upper := l.upper + strings.TrimPrefix(name, l.folder)
	if err := os.RemoveAll(upper); err != nil && !errors.Is(err, unix.ENOTDIR) {
		return err
	}
	if _, err := os.Lstat(name); err != nil {
		return nil // nothing below it
	}
	at, err := l.parents(name)
	if err != nil {
		return err
	}
	return unix.Mknod(at, unix.S_IFCHR, 0)
}

func (l *layer) setTimes() error {
	for _, dir := range slices.Sorted(maps.Keys(l.times)) {
		t := l.times[dir]
		err := unix.UtimesNanoAt(unix.AT_FDCWD, dir, []unix.Timespec{t, t}, 0)
		if err != nil && err != unix.ENOENT { // laid and then hidden
			return err
		}
	}
	return nil
}

// layerOf gives the layer that a resolved path lies in, nil if none.
func (s *initProcess) layerOf(name string) *layer {
	for _, l := range s.layers {
		if observe.Within(name, l.folder) && name != l.folder {
			return l
		}
	}
	return nil
}

// fillLayers hides, lays and prepares mount points in system folders.
func (s *initProcess) fillLayers() error {
	if err := s.fillEtc(); err != nil {
		return err
	}
	for _, h := range s.hide {
		name, err := s.resolve(h)
		if err != nil {
			return err
		}
		if l := s.layerOf(name); l != nil {
			if err := l.hide(name); err != nil {
				return fmt.Errorf("hide %s: %w", h, err)
			}
		}
	}
	for i := range s.files {
		name, err := s.resolve(s.files[i].path)
		if err != nil {
			return err
		}
		s.files[i].path = name
	}
	workspace, err := s.resolve(s.workspace)
	if err != nil {
		return err
	}
	s.workspace = workspace
	if l := s.layerOf(workspace); l != nil { // a place to mount it on
		if err := s.layInto(l, layFile{path: workspace, mode: fs.ModeDir | 0o755}); err != nil {
			return err
		}
	}
	var rest []layFile
	for _, f := range s.files {
		l := s.layerOf(f.path)
		inside := s.underOpenFolder(f)
		if l == nil || inside || f.writable {
			rest = append(rest, f)
		}
		if l == nil || inside && !(f.writable && f.mode.IsDir()) {
			continue
		}
		if err := s.layInto(l, f); err != nil {
			return fmt.Errorf("lay %s: %w", f.path, err)
		}
	}
	s.files = rest
	return nil
}

// underOpenFolder says whether a file belongs into a folder of a system folder
// that can be written: the workspace, or one that the scenario lays so.
func (s *initProcess) underOpenFolder(f layFile) bool {
	if observe.Within(f.path, s.workspace) {
		return true
	}
	return slices.ContainsFunc(s.files, func(d layFile) bool {
		return d.writable && d.mode.IsDir() && observe.Within(f.path, d.path)
	})
}

// layInto writes a file into an upper layer. One that is laid twice is the
// later.
func (s *initProcess) layInto(l *layer, f layFile) error {
	at, err := l.parents(f.path)
	if err != nil {
		return err
	}
	if f.mode.IsDir() {
		if info, err := os.Lstat(at); err == nil && info.IsDir() {
			return l.dress(at, f)
		}
		if err := l.copyFolder(f.path, at); err != nil {
			return err
		}
		return l.dress(at, f)
	}
	if err := os.RemoveAll(at); err != nil {
		return err
	}
	if f.mode.Type() == fs.ModeSymlink {
		if err := os.Symlink(f.target, at); err != nil {
			return err
		}
		return setTime(at, f)
	}
	body, err := s.body(f)
	if err != nil {
		return err
	}
	if err := os.WriteFile(at, body, 0o600); err != nil {
		return err
	}
	if err := os.Chmod(at, f.mode&(fs.ModePerm|fs.ModeSticky)); err != nil {
		return err
	}
	return setTime(at, f)
}

func (l *layer) dress(at string, f layFile) error {
	if !f.modTime.IsZero() {
		l.times[at] = unix.NsecToTimespec(f.modTime.UnixNano())
	}
	return os.Chmod(at, f.mode&(fs.ModePerm|fs.ModeSticky))
}

func setTime(at string, f layFile) error {
	if f.modTime.IsZero() {
		return nil
	}
	t := unix.NsecToTimespec(f.modTime.UnixNano())
	return unix.UtimesNanoAt(unix.AT_FDCWD, at, []unix.Timespec{t, t}, unix.AT_SYMLINK_NOFOLLOW)
}
