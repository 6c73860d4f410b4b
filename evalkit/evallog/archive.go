package evallog

import (
	"fmt"
	"os"
	"time"
)

// archive is a zip that grows. An entry is written where it stays; the directory stands behind the last one and is
// overwritten by the next. Not safe for concurrent use.
type archive struct {
	f     *os.File
	end   int64  // of the last entry; the directory starts here
	dir   []byte // the directory's records
	count int
	made  time.Time
	// dirty says that the directory in the file is not that of the entries; written is when it last was, cost what that
	// took.
	dirty   bool
	written time.Time
	cost    time.Duration
	spent   int64 // bytes of directory written in all
}

// add writes an entry whose bytes are in b behind room for its local header, which add fills in.
func (a *archive) add(b []byte, e entry) (Ref, error) {
	e.offset = a.end
	e.packed = int64(len(b) - localLen - len(e.name))
	if e.packed >= 0xffffffff || e.size >= 0xffffffff {
		return Ref{}, fmt.Errorf("entry %s: %d bytes are more than an entry can hold (4 GiB)", e.name, e.size)
	}
	putLocal(b, e, a.made)
	if _, err := a.f.WriteAt(b, a.end); err != nil {
		return Ref{}, err
	}
	a.note(e)
	return Ref{Offset: e.offset + int64(localLen+len(e.name)), Packed: e.packed, Size: e.size, CRC: e.crc}, nil
}

// note takes an entry that stands at the end into the directory.
func (a *archive) note(e entry) {
	a.end = e.offset + int64(localLen+len(e.name)) + e.packed
	a.dir = appendCentral(a.dir, e, a.made)
	a.count++
	a.dirty = true
}

// writeDirectory makes the file a whole zip. The old directory, where it was longer than the entries written since, lies
// under the new one, which is longer still: nothing of it remains.
func (a *archive) writeDirectory() error {
	start := time.Now()
	size := len(a.dir)
	a.dir = appendEnd(a.dir, a.count, a.end, int64(size))
	n, err := a.f.WriteAt(a.dir, a.end)
	a.spent += int64(n)
	a.dir = a.dir[:size]
	a.written = time.Now()
	a.cost = a.written.Sub(start)
	if err == nil {
		a.dirty = false
	}
	return err
}
