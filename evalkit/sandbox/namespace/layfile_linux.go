//go:build amd64 || arm64

package namespace

import (
	"io/fs"
	"strconv"
	"time"
)

// layFile is a file as it is handed to init: where its body lies in the
// memory file that comes along.
type layFile struct {
	path     string
	mode     fs.FileMode // type and permission bits
	modTime  time.Time   // zero: leave it
	writable bool
	keepMode bool // an existing file keeps its mode
	target   string
	off, len int64
	size     int64 // if above len: the rest is a hole
}

func (f layFile) encode() []string {
	var mtime int64
	if !f.modTime.IsZero() {
		mtime = f.modTime.UnixNano()
	}
	flags := 0
	if f.writable {
		flags |= 1
	}
	if f.keepMode {
		flags |= 2
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return []string{f.path, n(int64(f.mode)), n(mtime), n(int64(flags)), f.target, n(f.off), n(f.len), n(f.size)}
}

func decodeFile(l []string) (f layFile, err error) {
	if len(l) != 8 {
		return f, errMalformed
	}
	var v [6]int64
	for i, j := range []int{1, 2, 3, 5, 6, 7} {
		if v[i], err = strconv.ParseInt(l[j], 10, 64); err != nil {
			return f, errMalformed
		}
	}
	f = layFile{path: l[0], target: l[4], mode: fs.FileMode(v[0]), writable: v[2]&1 != 0, keepMode: v[2]&2 != 0, off: v[3], len: v[4], size: v[5]}
	if v[1] != 0 {
		f.modTime = time.Unix(0, v[1])
	}
	return f, nil
}
