//go:build unix && !solaris && !aix

package evallog

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file for this open handle; it ends with the handle, however the process ends. A file system that knows
// no locks gives none, and that is no error.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return nil
}
