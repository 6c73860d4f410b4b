package sandbox

import (
	"cmp"
	"fmt"
	"time"
)

// Limits bound what a machine may use. A zero field means the default.
type Limits struct {
	Processes int           // 256
	Memory    int64         // 1 GiB, for each process
	Disk      int64         // 512 MiB, of the workspace, home and /tmp together
	FileSize  int64         // 256 MiB
	Output    int64         // 1 MiB, of stdout and of stderr each
	Time      time.Duration // 2 minutes a command
}

// WithDefaults fills in the defaults. A limit below zero is an error.
func (l Limits) WithDefaults() (Limits, error) {
	for name, v := range map[string]int64{
		"Processes": int64(l.Processes), "Memory": l.Memory, "Disk": l.Disk,
		"FileSize": l.FileSize, "Output": l.Output, "Time": int64(l.Time),
	} {
		if v < 0 {
			return l, fmt.Errorf("limit %s is %d: below zero; leave it 0 for the default", name, v)
		}
	}
	l.Processes = cmp.Or(l.Processes, 256)
	l.Memory = cmp.Or(l.Memory, 1<<30)
	l.Disk = cmp.Or(l.Disk, 512<<20)
	l.FileSize = cmp.Or(l.FileSize, 256<<20)
	l.Output = cmp.Or(l.Output, 1<<20)
	l.Time = cmp.Or(l.Time, 2*time.Minute)
	return l, nil
}
