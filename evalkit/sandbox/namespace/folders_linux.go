//go:build amd64 || arm64

package namespace

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/observe"
)

// foldersMax is what one message has descriptors for, besides the bodies of the
// files and a long message's own.
const foldersMax = maxFDs - 2

// addFolders checks the host's folders that are to be shown.
func (p *plan) addFolders(folders []sandbox.Folder) error {
	if len(folders) > foldersMax {
		return fmt.Errorf("%d folders: at most %d", len(folders), foldersMax)
	}
	for _, f := range folders {
		shown := sandbox.Folder{Host: path.Clean(f.Host), Path: f.Place()}
		info, err := os.Stat(shown.Host)
		switch {
		case !path.IsAbs(f.Host) || !path.IsAbs(shown.Path):
			return fmt.Errorf("folder %q: its paths must be absolute", f.Host)
		case err != nil:
			return fmt.Errorf("folder %s: %w", f.Host, err)
		case !info.IsDir():
			return fmt.Errorf("folder %s: it is none", f.Host)
		case os.Geteuid() == 0 && info.Mode().Perm()&0o005 != 0o005:
			return fmt.Errorf("folder %s: its mode %v keeps the sandbox's own user out; chmod o+rx", f.Host, info.Mode())
		case strings.ContainsAny(shown.Path, ",:\\\x00"):
			return fmt.Errorf("folder %s: a path with a comma, colon or backslash cannot be mounted", shown.Path)
		}
		if top := topFolder(shown.Path); top == "" || slices.Contains([]string{"proc", "dev", "sys"}, top) || observe.Within(p.workspace, shown.Path) || observe.Within(home, shown.Path) || observe.Within("/tmp", shown.Path) {
			return fmt.Errorf("folder %s: nothing can be shown there", shown.Path)
		}
		p.folders = append(p.folders, shown)
	}
	return nil
}

// shows says whether a path is one of the host's folders.
func (p *plan) shows(full string) bool {
	return len(p.folders) > 0 && slices.ContainsFunc(p.folders, func(f sandbox.Folder) bool { return f.Path == full })
}

// folderList is the folders for the control socket.
func (p *plan) folderList() []string {
	var list []string
	for _, f := range p.folders {
		list = append(list, f.Host, f.Path)
	}
	return list
}

// attachFolders opens the folders as this process sees them and adds them to
// the setup message, if it may: the sandbox's own user may be kept out of a
// folder above them. Without the privilege init, who is the same user then,
// finds them by their paths.
func (m *message) attachFolders(p *plan) {
	var trees []int
	for _, f := range p.folders {
		fd, err := cloneTree(f.Host)
		if err != nil {
			for _, fd := range trees {
				unix.Close(fd)
			}
			return
		}
		trees = append(trees, fd)
	}
	m.fds = append(m.fds, trees...)
}

func cloneTree(folder string) (int, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, folder, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return -1, &os.PathError{Op: "open_tree", Path: folder, Err: err}
	}
	return fd, nil
}

// shownFolder is a folder of the host's, as a detached mount.
type shownFolder struct {
	host, path string
	tree       int // -1: not yet opened
}

// takeFolders reads the folders out of the setup message. The descriptors are
// kept past it.
func (s *initProcess) takeFolders(m *message) error {
	list := m.list(3)
	if len(list)%2 != 0 || len(m.fds) != 1 && len(m.fds) != 1+len(list)/2 {
		return errMalformed
	}
	for i := 0; i < len(list); i += 2 {
		f := shownFolder{host: list[i], path: list[i+1], tree: -1}
		if len(m.fds) > 1 {
			f.tree = m.fds[1+i/2]
		}
		s.folders = append(s.folders, f)
	}
	m.fds = m.fds[:1]
	return nil
}

// findFolders opens the folders that came without a descriptor. It must be done
// before the staging covers some of the host's tree.
func (s *initProcess) findFolders() error {
	for i, f := range s.folders {
		if f.tree >= 0 {
			continue
		}
		fd, err := cloneTree(f.host)
		if err != nil {
			return err
		}
		s.folders[i].tree = fd
	}
	return nil
}

// showFolders mounts the folders: by way of an overlay, so that the table of
// mounts does not tell where they are on the host.
func (s *initProcess) showFolders() error {
	for i, f := range s.folders {
		at := "l/" + strconv.Itoa(len(s.layers)+i)
		for _, dir := range []string{at + "/lower", at + "/diff"} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
		err := unix.MoveMount(f.tree, "", unix.AT_FDCWD, at+"/lower", unix.MOVE_MOUNT_F_EMPTY_PATH)
		unix.Close(f.tree)
		if err != nil {
			return fmt.Errorf("%s: %w", f.host, err)
		}
		if err := s.placeFor(f.path); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		options := fmt.Sprintf("lowerdir=%s/lower:%s/diff,userxattr", at, at)
		if err := unix.Mount("overlay", "r"+f.path, "overlay", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_RDONLY, options); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
	}
	return nil
}

// placeFor makes the folder that another is mounted on, if there is none.
func (s *initProcess) placeFor(name string) error {
	err := os.MkdirAll("r"+name, 0o755)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EROFS) || errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: a system folder can hold no further one; choose another Path", err)
	}
	return err
}
