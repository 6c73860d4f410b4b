package cost

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Own is the cost of this process. The peak is of its own memory alone: the
// kernel's maxrss begins at that of the process it was forked from.
func Own() (Cost, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Cost{}, fmt.Errorf("CPU time of this process: %w", err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return Cost{}, fmt.Errorf("memory of this process: %w", err)
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return Cost{}, errors.New("memory of this process: /proc/self/status has no VmHWM")
	}
	var kib int64
	if _, err := fmt.Sscanf(string(rest), "%d kB", &kib); err != nil {
		return Cost{}, fmt.Errorf("memory of this process: VmHWM: %w", err)
	}
	return Cost{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Peak: kib << 10}, nil
}
