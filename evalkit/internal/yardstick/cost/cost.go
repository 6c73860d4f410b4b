// Package cost tells what a process has cost so far.
package cost

import (
	"fmt"
	"time"
)

// Cost of a process since its start.
type Cost struct {
	CPU  time.Duration // user and system
	Peak int64         // most bytes of memory at once
}

// String is one line that Parse reads.
func (c Cost) String() string {
	return fmt.Sprintf("cpu %.3f ms peak %.3f MiB", c.CPU.Seconds()*1e3, float64(c.Peak)/(1<<20))
}

// Parse reads what String writes.
func Parse(line string) (Cost, error) {
	var ms, mib float64
	if _, err := fmt.Sscanf(line, "cpu %f ms peak %f MiB", &ms, &mib); err != nil {
		return Cost{}, fmt.Errorf("cost of a process in %q: %w", line, err)
	}
	return Cost{CPU: time.Duration(ms * 1e6), Peak: int64(mib * (1 << 20))}, nil
}
