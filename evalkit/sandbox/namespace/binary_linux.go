//go:build amd64 || arm64

package namespace

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

const runningBinary = "/proc/self/exe"

// startable gives a path under which the sandbox's own user can start this program
// anew. That user is somebody else where root opens the sandbox, and a binary
// built under umask 077 is not for others: then it is a copy in memory.
func startable(ids idMap) (string, error) {
	if ids.credential == nil {
		return runningBinary, nil
	}
	info, err := os.Stat(runningBinary)
	if err != nil || info.Mode()&0o005 == 0o005 {
		return runningBinary, err
	}
	f, err := binaryCopy()
	if err != nil {
		return "", fmt.Errorf("a copy of this program for the sandbox's user: %w; or make the program readable and executable for others (chmod o+rx)", err)
	}
	return "/proc/self/fd/" + strconv.Itoa(int(f.Fd())), nil
}

// binaryCopy is made once and stays open as long as this process lives.
var binaryCopy = sync.OnceValues(func() (*os.File, error) {
	from, err := os.Open(runningBinary)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	fd, err := unix.MemfdCreate("init", unix.MFD_CLOEXEC|unix.MFD_EXEC)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate("init", unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	to := os.NewFile(uintptr(fd), "init")
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Chmod(0o555)
	}
	if err == nil { // a file open for writing is not to be executed
		var again *os.File
		again, err = os.Open("/proc/self/fd/" + strconv.Itoa(fd))
		to.Close()
		return again, err
	}
	to.Close()
	return nil, err
})
