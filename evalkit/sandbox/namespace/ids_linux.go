//go:build amd64 || arm64

package namespace

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
)

// idMap is how the ids of a sandbox map to the host's.
type idMap struct {
	uids, gids []syscall.SysProcIDMap
	groups     bool // setgroups is allowed, and used to leave all groups
	credential *syscall.Credential
	uid, gid   int // of the sandbox's root, on the host
}

// Root maps a range of this size, somewhere in a part of the id space that
// neither distributions nor container tools hand out.
const (
	rangeSize  = 1 << 16
	rangeFirst = 0x70000000
	rangeCount = 0x0fff
)

// pickIDs maps an ordinary user's own ids to root's, and for root a range that
// nobody uses: with 0 mapped to 0 the sandbox's root could read what the
// host's can, and the limit of processes would not hold.
func pickIDs() (idMap, error) {
	if os.Geteuid() != 0 {
		return ownIDs(), nil
	}
	base := rangeFirst + rand.IntN(rangeCount)*rangeSize
	uids, err := mappedIDs("/proc/self/uid_map")
	if err != nil {
		return idMap{}, err
	}
	gids, err := mappedIDs("/proc/self/gid_map")
	if err != nil {
		return idMap{}, err
	}
	uid, uidCount := pickRange(uids, base)
	gid, gidCount := pickRange(gids, base)
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

// extent is a run of ids that this process's own user namespace knows.
type extent struct{ first, count int }

func mappedIDs(file string) ([]extent, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []extent
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var first, outside, count int
		if _, err := fmt.Sscan(strings.TrimSpace(lines.Text()), &first, &outside, &count); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, extent{first, count})
	}
	return list, nil
}

// pickRange gives the range at base if it is mapped, or else the end of the
// longest one, without id 0.
func pickRange(known []extent, base int) (first, count int) {
	for _, e := range known {
		if e.first <= base && base+rangeSize <= e.first+e.count {
			return base, rangeSize
		}
		if e.first == 0 {
			e.first, e.count = 1, e.count-1
		}
		if n := min(e.count, rangeSize); n > count {
			first, count = e.first+e.count-n, n
		}
	}
	return first, count
}
