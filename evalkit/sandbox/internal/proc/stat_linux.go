// Package proc reads what Linux says of processes and ids, and tidies up what a
// process has inherited.
package proc

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Stat is what matters of /proc/PID/stat.
type Stat struct {
	Name                   string
	State                  byte
	Parent, Group, Session int
	Threads                int    // one once all of them have ended
	Started                uint64 // clock ticks since boot
}

// ParseStat reads /proc/PID/stat. The name may hold spaces and brackets.
func ParseStat(b []byte) (s Stat, ok bool) {
	first, last := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if first < 0 || last < first {
		return s, false
	}
	s.Name = string(b[first+1 : last])
	fields := strings.Fields(string(b[last+1:])) // from field 3, the state
	if len(fields) < 20 {
		return s, false
	}
	s.State = fields[0][0]
	var errs [5]error
	s.Parent, errs[0] = strconv.Atoi(fields[1])
	s.Session, errs[1] = strconv.Atoi(fields[3])
	s.Group, errs[3] = strconv.Atoi(fields[2])
	s.Started, errs[2] = strconv.ParseUint(fields[19], 10, 64)
	s.Threads, errs[4] = strconv.Atoi(fields[17])
	return s, errs == [5]error{}
}

// Lives says whether any thread does: the first may have ended before others,
// and is shown as a zombie then.
func (s Stat) Lives() bool {
	return s.State != 'X' && (s.State != 'Z' || s.Threads > 1)
}

// ReadStat looks a process, or a thread, up.
func ReadStat(pid int) (Stat, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return Stat{}, false
	}
	return ParseStat(b)
}

// Every lists the processes of this /proc, without PID 1.
func Every() map[int]Stat {
	all := map[int]Stat{}
	paths, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range paths {
		if pid, err := strconv.Atoi(filepath.Base(p)); err == nil && pid > 1 {
			if s, ok := ReadStat(pid); ok {
				all[pid] = s
			}
		}
	}
	return all
}
