//go:build amd64 || arm64

package observe

import (
	"golang.org/x/sys/unix"
)

// A look reads this much again of what nothing seems to have touched: of the
// texts that the scenario laid, and of all else.
const (
	rereadLaidFiles, rereadLaidBytes = 256, 2 << 20
	rereadRestFiles, rereadRestBytes = 128, 1 << 20
)

// rereading chooses the files that a look reads again though their times are
// what they were: a tmpfs sets none when a page that was read before is written
// to through a shared mapping, and no watch tells of it before that is
// unmapped. All have their turn; files that somebody closed are read out of
// turn, and AllChanges reads every one.
type rereading struct {
	all        bool
	laid, rest turns
	buf        []byte
}

// turns goes round a number of files, a window at a time.
type turns struct {
	next int // where the window begins, of the files in the order of the walk
	at   int // how many of them there were so far
	read int
	size int64
}

func (r *rereading) begin(all bool) {
	r.all = all
	r.laid.at, r.laid.read, r.laid.size = 0, 0, 0
	r.rest.at, r.rest.read, r.rest.size = 0, 0, 0
}

// end moves the windows on.
func (r *rereading) end() {
	for _, t := range []*turns{&r.laid, &r.rest} {
		if t.next += t.read; t.next >= t.at {
			t.next = 0
		}
	}
}

// take says whether a file is in the window. The first is, however large.
func (t *turns) take(size int64, files int, bytes int64) bool {
	here := t.at
	t.at++
	if here < t.next+t.read || here > t.next+t.read || t.read >= files || t.read > 0 && t.size+size > bytes {
		return false
	}
	t.read++
	t.size += size
	return true
}

// due says whether a file is to be read in this look.
func (w *walk) due(full string, e *entry) bool {
	if !e.hashed() || e.hidden {
		return false
	}
	r := &w.o.again
	var inTurn bool
	if _, laid := w.o.laid[full]; laid && e.hasText {
		inTurn = r.laid.take(e.Size, rereadLaidFiles, rereadLaidBytes)
	} else {
		inTurn = r.rest.take(e.Size, rereadRestFiles, rereadRestBytes)
	}
	return inTurn || r.all || w.seen != nil && w.seen.closed(full)
}

// differs says whether a file holds something else than what is known of it,
// whatever its times say, and then brings its stat up to date. One that cannot
// be read now is as it was: it is read again another time.
func (w *walk) differs(dir int, name, full string, old *entry, st *unix.Stat_t, e *entry) bool {
	if !w.due(full, old) || w.o.again.same(dir, name, old) {
		return false
	}
	var now unix.Stat_t
	var err error
	if name == "" {
		err = unix.Fstat(dir, &now)
	} else {
		err = unix.Fstatat(dir, name, &now, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err == nil {
		*st = now
		*e = *entryOf(st)
	}
	return true
}

// same compares a file's content with the known one.
func (r *rereading) same(dir int, name string, old *entry) bool {
	fd, err := openAt(dir, name)
	if err != nil {
		return true
	}
	defer unix.Close(fd)
	if int64(cap(r.buf)) <= old.Size {
		r.buf = make([]byte, old.Size+4096)
	}
	b := r.buf[:cap(r.buf)]
	n := 0
	for int64(n) <= old.Size {
		got, err := unix.Read(fd, b[n:old.Size+1])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return true
		}
		if got == 0 {
			break
		}
		if n += got; int64(n) == old.Size {
			break // a mapping makes no file longer, and all else sets its times
		}
	}
	same := old.holds(b[:n])
	if cap(r.buf) > rereadRestBytes { // one large file is not to be paid for to the end
		r.buf = nil
	}
	return same
}
