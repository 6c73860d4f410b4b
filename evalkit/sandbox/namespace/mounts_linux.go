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
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

// Everything that can be written lies on one tmpfs, so that one size bounds
// it: the upper layers l/N, the folders to write in w/…, and the new root r.
// It is mounted over a folder of the host's inside the sandbox's own mount
// namespace, where nobody else sees it, and is gone with PID 1.
const staging = "/tmp"

// emptyFolders make the root look like one.
var emptyFolders = []string{"boot", "dev", "home", "media", "mnt", "opt", "proc", "srv", "sys", "var",

	"var/cache", "var/lib", "var/local", "var/log", "var/mail", "var/opt", "var/spool"}

// writable are the folders that agents may write in, besides the workspace and
// what the scenario lays as such.
var writable = []struct {
	path string
	mode fs.FileMode
}{
	{home, 0o700}, {"/tmp", 0o777 | fs.ModeSticky}, {"/var/tmp", 0o777 | fs.ModeSticky},
	{"/run", 0o755}, {"/dev/shm", 0o777 | fs.ModeSticky},
}

func (s *initProcess) steps() []step {
	return []step{
		{"private", private},
		{"folders", s.findFolders},
		{"staging", s.mountStaging},
		{"layers", s.prepareLayers},
		{"overlay", s.mountLayers},
		{"writable", s.bindWritable},
		{"folders", s.showFolders},
		{"devices", mountDevices},
		{"proc", s.mountProc},
		{"pivot", pivot},
		{"hostname", func() error { return unix.Sethostname([]byte(s.hostname)) }},
		{"loopback", loopbackUp},
		{"network", s.layNetwork},
		{"files", s.layFiles},
		{"read-only", s.closeRoot},
		{"network", s.awaitHearing},
		{"session", func() error { _, err := unix.Setsid(); return ignore(err, unix.EPERM) }},
	}
}

// private parts the mounts from the host's, and the names of control groups,
// where the kernel has them: they may be of a build's or a container's.
func private() error {
	unix.Unshare(unix.CLONE_NEWCGROUP) // best effort, for the thread that starts processes
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// inodesMax is less than what an observer looks at: an agent that makes more
// files would leave the machine without evidence.
const inodesMax = 3 << 16

func (s *initProcess) mountStaging() error {
	unix.Umask(0)
	options := fmt.Sprintf("mode=0755,size=%d,nr_inodes=%d", s.disk, min(max(s.disk>>10, 1<<14), inodesMax))
	if err := unix.Mount("tmpfs", staging, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOATIME, options); err != nil {
		return err
	}
	if err := os.Chdir(staging); err != nil {
		return err
	}
	for _, d := range []string{"l", "w", "r"} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount("r", "r", "", unix.MS_BIND, ""); err != nil {
		return err
	}
	for _, d := range emptyFolders {
		if err := os.Mkdir("r/"+d, 0o755); err != nil {
			return err
		}
	}
	return os.Symlink("/run", "r/var/run")
}

// prepareLayers finds the host's system folders, copies the links among them,
// and writes what is to be hidden, laid or mounted on into the upper layers.
func (s *initProcess) prepareLayers() error {
	for _, name := range system.Folders {
		info, err := os.Lstat("/" + name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case info.Mode().Type() == fs.ModeSymlink:
			target, err := os.Readlink("/" + name)
			if err != nil {
				return err
			}
			if err := os.Symlink(target, "r/"+name); err != nil {
				return err
			}
			s.links = append(s.links, name)
		case info.IsDir():
			l := &layer{folder: "/" + name, upper: "l/" + strconv.Itoa(len(s.layers)) + "/diff", times: map[string]unix.Timespec{}}
			if err := l.open(); err != nil {
				return err
			}
			s.layers = append(s.layers, l)
		}
	}
	return s.fillLayers()
}

func (s *initProcess) mountLayers() error {
	for i, l := range s.layers {
		if err := l.setTimes(); err != nil {
			return err
		}
		target := "r" + l.folder
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
		options := fmt.Sprintf("lowerdir=%s,upperdir=l/%d/diff,workdir=l/%d/work,userxattr", l.folder, i, i)
		if err := unix.Mount("overlay", target, "overlay", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
			return fmt.Errorf("%s: %w", l.folder, err)
		}
	}
	return nil
}

// bindWritable binds the folders that can be written, outer ones first, and
// then the single files. System folders hold a place for each already.
func (s *initProcess) bindWritable() error {
	modes := map[string]fs.FileMode{s.workspace: 0o755}
	for _, w := range writable {
		modes[w.path] = w.mode
	}
	for _, f := range s.files {
		if _, ok := modes[f.path]; !ok && f.writable && f.mode.IsDir() {
			modes[f.path] = f.mode.Perm()
		}
	}
	s.open = slices.Sorted(maps.Keys(modes))
	for i, dir := range s.open {
		backing := "w/" + strconv.Itoa(i)
		if err := os.Mkdir(backing, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(backing, modes[dir]); err != nil {
			return err
		}
		if err := os.MkdirAll("r"+dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(backing, "r"+dir, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	var rest []layFile
	for i, f := range s.files {
		if !f.writable || !f.mode.IsRegular() || s.isOpen(f.path) {
			rest = append(rest, f)
			continue
		}
		if err := s.bindFile("w/f"+strconv.Itoa(i), f); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	s.files = rest
	return os.MkdirAll("r/run/lock", 0o755)
}

// bindFile makes a file on the tmpfs and binds it over its path, so that it
// can be written although its folder cannot.
func (s *initProcess) bindFile(backing string, f layFile) error {
	body, err := s.body(f)
	if err != nil {
		return err
	}
	target := f.path
	f.path = backing
	if err := writeFile(f, body); err != nil {
		return err
	}
	if s.layerOf(target) == nil {
		if err := lay(layFile{path: "r" + target, mode: 0o644}, nil); err != nil {
			return err
		}
	}
	return unix.Mount(backing, "r"+target, "", unix.MS_BIND, "")
}

// isOpen says whether a path lies in a folder that can be written.
func (s *initProcess) isOpen(name string) bool {
	return slices.ContainsFunc(s.open, func(dir string) bool { return observe.Within(name, dir) })
}

func pivot() error {
	if err := os.Chdir("r"); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Chdir("/")
}

// closeRoot makes everything read-only that was not opened for writing.
func (s *initProcess) closeRoot() error {
	unix.Umask(0o022)
	mounts := []string{"/"}
	for _, l := range s.layers {
		mounts = append(mounts, l.folder)
	}
	for _, m := range mounts {
		attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
		if err := unix.MountSetattr(-1, m, 0, &attr); err != nil {
			return fmt.Errorf("%s: %w", path.Clean(m), err)
		}
	}
	return nil
}
