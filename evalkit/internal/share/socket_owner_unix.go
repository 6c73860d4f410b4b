//go:build unix

package share

import (
	"io/fs"
	"os"
	"syscall"
)

// owned says whether a file is this user's.
func owned(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
