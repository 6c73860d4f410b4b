package proc

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// RangeSize is the size of a range of ids that a sandbox of root's maps, somewhere in a part of the id space that
// neither distributions nor container tools hand out.
const (
	RangeSize  = 1 << 16
	rangeFirst = 0x70000000
	rangeCount = 0x0fff
)

// UnusedRange picks the first id of a range there.
func UnusedRange() int { return rangeFirst + rand.IntN(rangeCount)*RangeSize }

// Extent is a run of ids that this process's own user namespace knows.
type Extent struct{ First, Count int }

// MappedIDs reads /proc/self/uid_map or gid_map.
func MappedIDs(file string) ([]Extent, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []Extent
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var first, outside, count int
		if _, err := fmt.Sscan(strings.TrimSpace(lines.Text()), &first, &outside, &count); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, Extent{first, count})
	}
	return list, nil
}

// PickRange gives the range at base if it is mapped, or else the end of the
// longest one, without id 0.
func PickRange(known []Extent, base int) (first, count int) {
	for _, e := range known {
		if e.First <= base && base+RangeSize <= e.First+e.Count {
			return base, RangeSize
		}
		if e.First == 0 {
			e.First, e.Count = 1, e.Count-1
		}
		if n := min(e.Count, RangeSize); n > count {
			first, count = e.First+e.Count-n, n
		}
	}
	return first, count
}

// InUnusedRange says whether an id lies where UnusedRange picks from.
func InUnusedRange(id int) bool {
	return rangeFirst <= id && id < rangeFirst+rangeCount*RangeSize
}
