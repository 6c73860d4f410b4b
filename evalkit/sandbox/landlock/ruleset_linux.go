//go:build amd64 || arm64

package landlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/system"
)

// oldest is the version of Landlock without which a file outside could be
// truncated.
const oldest = 3

const (
	readFile = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readDir  = unix.LANDLOCK_ACCESS_FS_READ_DIR
	execute  = unix.LANDLOCK_ACCESS_FS_EXECUTE
	device   = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	// onFile are the rights that a rule about a file may give.
	onFile = readFile | execute | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | device
)

// version is the newest version of Landlock that the kernel offers.
func version() (int, error) {
	v, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0, e
	}
	return int(v), nil
}

// handled are the accesses that a version knows: all of them are refused where
// no rule allows them.
func handled(version int) unix.LandlockRulesetAttr {
	a := unix.LandlockRulesetAttr{Handled_access_fs: 1<<15 - 1} // up to truncate
	if version >= 4 {
		a.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 5 {
		a.Handled_access_fs |= device
	}
	if version >= 6 {
		a.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return a
}

// grant is one rule: what may be done at and below a path.
type grant struct {
	path   string
	access uint64
}

// grants are the rules for the host's system.
func grants() []grant {
	var list []grant
	for _, name := range system.Folders {
		if name != "etc" {
			list = append(list, grant{"/" + name, readFile | readDir | execute})
		}
	}
	list = append(list, grant{"/etc", readDir}) // the names are no secret
	entries, _ := os.ReadDir("/etc")
	for _, e := range entries {
		if !system.EtcIsShown(e.Name()) {
			continue
		}
		at := filepath.Join("/etc", e.Name())
		if slices.ContainsFunc(system.EtcHidden, func(h string) bool { return filepath.Dir(h) == at || filepath.Dir(filepath.Dir(h)) == at }) {
			list = append(list, grantsBut(at)...)
			continue
		}
		list = append(list, grant{at, readFile | readDir | execute})
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		list = append(list, grant{"/dev/" + name, readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | device})
	}
	for _, name := range []string{"cpuinfo", "meminfo", "loadavg", "uptime", "version", "filesystems", "stat"} {
		list = append(list, grant{"/proc/" + name, readFile})
	}
	return list
}

// grantsBut gives what is in a folder but for what is hidden of it.
func grantsBut(folder string) []grant {
	var list []grant
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		at := filepath.Join(folder, e.Name())
		switch {
		case slices.Contains(system.EtcHidden, at):
		case slices.ContainsFunc(system.EtcHidden, func(h string) bool { return filepath.Dir(h) == at }):
			list = append(list, grantsBut(at)...)
		default:
			list = append(list, grant{at, readFile | readDir | execute})
		}
	}
	return list
}

// restrict puts the calling thread, and all that it starts, under the rules:
// the folders may be written in, of the system may be read what is no secret.
func restrict(version int, folders []string) error {
	attr := handled(version)
	size := unsafe.Sizeof(attr.Handled_access_fs)
	if version >= 4 {
		size += unsafe.Sizeof(attr.Handled_access_net)
	}
	if version >= 6 {
		size += unsafe.Sizeof(attr.Scoped)
	}
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if e != 0 {
		return fmt.Errorf("create the ruleset: %w", e)
	}
	defer unix.Close(int(fd))
	all := grants()
	for _, f := range folders {
		all = append(all, grant{f, attr.Handled_access_fs &^ unix.LANDLOCK_ACCESS_FS_MAKE_CHAR &^ unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK})
	}
	for _, g := range all {
		if err := allow(int(fd), g.path, g.access&attr.Handled_access_fs); err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("rule for %s: %w", g.path, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if _, _, e := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); e != 0 {
		return fmt.Errorf("restrict: %w", e)
	}
	return nil
}

// allow adds a rule. What is not there, or may not even be looked at, needs
// none.
func allow(ruleset int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= onFile
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	_, _, e := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}
