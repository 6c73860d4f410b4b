//go:build amd64 || arm64

package landlock

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// user is who a sandbox's processes are on the host.
type user struct {
	uid, gid   int
	credential *syscall.Credential // nil: the user of this process
}

// pickUser gives root's sandboxes an id that nobody has, one each, and an
// ordinary user's his own, as well as those of a root that may not change it.
func pickUser() (user, error) {
	own := user{uid: os.Geteuid(), gid: os.Getegid()}
	if own.uid != 0 || !mayChange() {
		return own, nil
	}
	var ids [2]int
	base, within := proc.UnusedRange(), rand.IntN(proc.RangeSize)
	for i, file := range []string{"/proc/self/uid_map", "/proc/self/gid_map"} {
		known, err := proc.MappedIDs(file)
		if err != nil {
			return user{}, err
		}
		first, count := proc.PickRange(known, base)
		if count == 0 { // a user namespace that knows one id only
			return own, nil
		}
		ids[i] = first + within%count
	}
	return user{uid: ids[0], gid: ids[1], credential: &syscall.Credential{Uid: uint32(ids[0]), Gid: uint32(ids[1])}}, nil
}

// mayChange says whether this process can start one of another user, own a
// folder for it, and end it again.
func mayChange() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	if unix.Capget(&header, &have[0]) != nil {
		return false
	}
	for _, c := range []uint{unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID} {
		if have[0].Effective&(1<<c) == 0 {
			return false
		}
	}
	return true
}

// Threads and processes beside the agent's that the limit leaves room for: the
// supervisor's, and for an ordinary user all that he runs and comes to run.
const (
	supervisorThreads = 16
	userMore          = 8192
)

// processLimit is the limit of processes of the sandbox's user. The kernel
// counts all that a user runs.
func processLimit(wanted int, own user) int {
	if own.credential != nil {
		return wanted + supervisorThreads
	}
	count := 0
	tasks, _ := filepath.Glob("/proc/[0-9]*/task/[0-9]*")
	for _, t := range tasks {
		var st unix.Stat_t
		if unix.Stat(t, &st) == nil && int(st.Uid) == own.uid {
			count++
		}
	}
	return count + wanted + userMore
}
