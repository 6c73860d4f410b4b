//go:build amd64 || arm64

package observe

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// hubs are the inotify instances of this process, each open while a machine
// uses it. Machines share one only where there are more of them: an agent can
// make more events than the kernel keeps, and what is lost is lost for all. The
// kernel gives a user 128 instances, for all that he runs.
var hubs struct {
	mu   sync.Mutex
	each [4]inotify
}

// hubFor lets a machine join the instance with the fewest users that can be
// had, and says whether there is one.
func hubFor(w *watches) (*inotify, bool) {
	hubs.mu.Lock()
	defer hubs.mu.Unlock()
	order := make([]*inotify, len(hubs.each))
	users := make(map[*inotify]int, len(hubs.each))
	for i := range hubs.each {
		h := &hubs.each[i]
		h.mu.Lock()
		order[i], users[h] = h, len(h.users)
		h.mu.Unlock()
	}
	slices.SortStableFunc(order, func(a, b *inotify) int { return cmp.Compare(users[a], users[b]) })
	for _, h := range order {
		if h.join(w) {
			return h, true
		}
	}
	return order[0], false
}

// inotify hands events to the watches that they belong to.
type inotify struct {
	mu     sync.Mutex
	users  map[*watches]bool
	file   *os.File
	fd     int // of file, valid while it is open
	places map[int32]*place
	buf    []byte
	fresh  map[arrival]bool // of the events being handled
}

// arrival is what came to be at a path, by what was seen of it.
type arrival struct {
	w    *watches
	full string
	dir  bool
}

// place is what one watch descriptor, that is one inode, stands for.
type place struct {
	w     *watches
	paths []string // more than one with hard links
	dir   bool
	// only limits a folder to some of the names in it: it is not observed
	// itself, but they are.
	only map[string]bool
	// moved: the file was moved to its path, and its folder is watched. That
	// it was moved may be told late, and that it is moved away the folder tells.
	moved bool
}

// eventMask leaves out opening and reading: the observer's own would come back
// for ever.
const eventMask = unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_CLOSE_WRITE | unix.IN_CREATE |
	unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_MOVE_SELF

// join opens the instance for its first user, and says whether there is one.
func (h *inotify) join(w *watches) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.file == nil {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			return false
		}
		f := os.NewFile(uintptr(fd), "inotify")
		raw, err := f.SyscallConn()
		if err != nil {
			f.Close()
			return false
		}
		h.file, h.fd = f, fd
		h.users, h.places, h.fresh = map[*watches]bool{}, map[int32]*place{}, map[arrival]bool{}
		if h.buf == nil {
			h.buf = make([]byte, 64<<10)
		}
		go h.follow(f, raw)
	}
	h.users[w] = true
	return true
}

// leave takes a user's watches away, and closes the instance after the last.
// Nobody waits for that: the kernel takes ten milliseconds and more, a fifth of
// a short trial, until nothing can be looking at a watch any longer.
func (h *inotify) leave(w *watches) {
	if f := h.drop(w); f != nil {
		go f.Close()
	}
}

func (h *inotify) drop(w *watches) (last *os.File) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.users[w] {
		return nil
	}
	delete(h.users, w)
	if len(h.users) == 0 {
		last = h.file
		h.file, h.places = nil, nil
		return last
	}
	for wd, p := range h.places {
		if p.w == w {
			unix.InotifyRmWatch(h.fd, uint32(wd))
			delete(h.places, wd)
		}
	}
	return nil
}

// add watches one inode, reached by a path of this process's own.
func (h *inotify) add(w *watches, at, full string, dir bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.users[w] {
		return false
	}
	flags := uint32(eventMask)
	if dir {
		flags |= unix.IN_ONLYDIR
	}
	wd, err := unix.InotifyAddWatch(h.fd, at, flags)
	if err != nil {
		return false
	}
	p := h.places[int32(wd)]
	if p == nil || p.w != w {
		p = &place{w: w, dir: dir}
		h.places[int32(wd)] = p
	}
	p.only = nil
	if !slices.Contains(p.paths, full) {
		p.paths = append(p.paths, full)
	}
	return true
}

// addName watches a folder for one name in it alone.
func (h *inotify) addName(w *watches, at, dir, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.users[w] {
		return
	}
	wd, err := unix.InotifyAddWatch(h.fd, at, eventMask|unix.IN_ONLYDIR)
	if err != nil {
		return
	}
	p := h.places[int32(wd)]
	if p == nil || p.w != w {
		p = &place{w: w, paths: []string{dir}, dir: true, only: map[string]bool{}}
		h.places[int32(wd)] = p
	}
	if p.only != nil {
		p.only[name] = true
	}
}

// follow reads events as they come, until the instance is closed. Between two
// reads others have their turn: an agent can make events for ever, and as
// quickly as they are read.
func (h *inotify) follow(f *os.File, raw syscall.RawConn) {
	raw.Read(func(uintptr) bool {
		for {
			open, n := h.once(f)
			if !open {
				return true
			}
			if n == 0 {
				return false
			}
		}
	})
}

// once reads once, of f, and gives how many bytes there were.
func (h *inotify) once(f *os.File) (open bool, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.file != f {
		return false, 0
	}
	return true, h.read()
}

// drain handles all that has happened by now: events are queued by the very
// call that caused them. What comes while it works is left to follow.
func (h *inotify) drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.file == nil {
		return
	}
	queued, err := unix.IoctlGetInt(h.fd, unix.TIOCINQ) // FIONREAD by its other name
	if err != nil {
		return
	}
	for queued > 0 {
		n := h.read()
		if n == 0 {
			return
		}
		queued -= n
	}
}

// read handles a buffer of events, and gives its length: 0 if there is none.
func (h *inotify) read() int {
	for {
		n, err := unix.Read(h.fd, h.buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return 0
		}
		eachEvent(h.buf[:n], h.handle)
		h.watchFresh()
		return n
	}
}

func selfFD(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }
