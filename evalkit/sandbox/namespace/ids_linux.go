//go:build amd64 || arm64

package namespace

import (
	"os"
	"syscall"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// idMap is how the ids of a sandbox map to the host's.
type idMap struct {
	uids, gids []syscall.SysProcIDMap
	groups     bool // setgroups is allowed, and used to leave all groups
	credential *syscall.Credential
	uid, gid   int // of the sandbox's root, on the host
}

// pickIDs maps an ordinary user's own ids to root's, and for root a range that
// nobody uses: with 0 mapped to 0 the sandbox's root could read what the
// host's can, and the limit of processes would not hold.
func pickIDs() (idMap, error) {
	if os.Geteuid() != 0 {
		return ownIDs(), nil
	}
	base := proc.UnusedRange()
	uids, err := proc.MappedIDs("/proc/self/uid_map")
	if err != nil {
		return idMap{}, err
	}
	gids, err := proc.MappedIDs("/proc/self/gid_map")
	if err != nil {
		return idMap{}, err
	}
	uid, uidCount := proc.PickRange(uids, base)
	gid, gidCount := proc.PickRange(gids, base)
	if uidCount == 0 || gidCount == 0 { // a namespace that knows one id only
		return ownIDs(), nil
	}
	return idMap{
		uids:       []syscall.SysProcIDMap{{HostID: uid, Size: uidCount}},
		gids:       []syscall.SysProcIDMap{{HostID: gid, Size: gidCount}},
		groups:     true,
		credential: &syscall.Credential{},
		uid:        uid, gid: gid,
	}, nil
}

func ownIDs() idMap {
	uid, gid := os.Geteuid(), os.Getegid()
	return idMap{
		uids: []syscall.SysProcIDMap{{HostID: uid, Size: 1}},
		gids: []syscall.SysProcIDMap{{HostID: gid, Size: 1}},
		uid:  uid, gid: gid,
	}
}
