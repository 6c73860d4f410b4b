//go:build amd64 || arm64

package observe

import (
	"path"
	"sync"

	"golang.org/x/sys/unix"
)

// Watches of one sandbox. Folders are watched for all that is in them, and
// files besides, for what is written to them under another name.
const (
	fileWatchesMax   = 1_024
	folderWatchesMax = 8_192
	// catchesMax is how often a file is read between two looks while it is
	// written to, closesMax how often when it is closed besides.
	catchesMax = 64
	closesMax  = 4_096
	// caughtMax is the size above which that is left to the next look, which
	// misses what was put back by then.
	caughtMax = 4 << 20
)

// watches gathers what was seen to happen to one sandbox's observed files.
type watches struct {
	root Files
	hub  *inotify // where its events come in

	mu             sync.Mutex
	seen           sighted
	known          map[string]*entry // as it was at the last look
	files, folders int
	partly         bool // not all that should be watched is
}

// sighted is what was seen of each path.
type sighted struct {
	paths map[string]*sightings
	blind bool
	// lost: the kernel dropped events.
	lost bool
}

func (s *sighted) closed(name string) bool {
	seen := s.paths[name]
	return seen != nil && seen.closed
}

func (s *sighted) of(name string, before *entry) sightings {
	if before == nil {
		return sightings{}
	}
	got := sightings{blind: s.blind}
	if seen := s.paths[name]; seen != nil {
		got = *seen
		got.blind = got.blind || s.blind
	}
	return got
}

// watch begins to watch a machine. Where the system has no instance left, the
// times of files must do.
func watch(root Files) *watches {
	w := &watches{root: root, known: map[string]*entry{}}
	w.seen.paths = map[string]*sightings{}
	hub, joined := hubFor(w)
	w.hub, w.partly = hub, !joined
	return w
}

func (w *watches) close() { w.hub.leave(w) }

// add watches an entry that a look has found. Name is relative to dir, or
// empty if dir is the entry itself.
func (w *watches) add(dir int, name, full string, e *entry) {
	w.mu.Lock()
	w.known[full] = e
	isFile := e.bits&unix.S_IFMT == unix.S_IFREG
	room := true
	switch {
	case isFile && w.files < fileWatchesMax:
		w.files++
	case e.isDir() && w.folders < folderWatchesMax:
		w.folders++
	default:
		room = false
		w.partly = w.partly || e.isDir()
	}
	w.mu.Unlock()
	if !room {
		return
	}
	at := selfFD(dir)
	if name != "" {
		at += "/" + name
	}
	watched := w.hub.add(w, at, full, e.isDir())
	w.mu.Lock()
	defer w.mu.Unlock()
	e.watched = watched
	w.partly = w.partly || e.isDir() && !watched
}

// addName watches the folder of a file that is observed alone: what takes its
// place by a rename is seen from there.
func (w *watches) addName(full string) {
	dir, name := path.Split(full)
	if dir = path.Clean(dir); name == "" {
		return
	}
	fd, err := w.root.Open(dir, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	w.hub.addName(w, selfFD(fd), dir, name)
}

func (w *watches) overflow() {
	w.mu.Lock()
	w.seen.blind, w.seen.lost = true, true
	w.mu.Unlock()
}

// happened notes an event, and looks at once what the file is at that moment.
// It says whether something came to be there that is to be watched.
func (w *watches) happened(full string, mask uint32) (arrived bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.known[full]
	if known == nil { // it was not there to be changed
		return mask&unix.IN_ISDIR != 0 && mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0
	}
	s := w.seen.paths[full]
	if s == nil {
		s = &sightings{}
		w.seen.paths[full] = s
	}
	const named = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVE_SELF
	if mask&(unix.IN_MODIFY|named) != 0 {
		s.written = true
	}
	if mask&unix.IN_MOVED_TO != 0 {
		arrived = w.catchMoved(full, s)
		s.written = s.written || !arrived
	}
	if mask&unix.IN_CLOSE_WRITE != 0 {
		s.closed = true
	}
	if mask&unix.IN_ATTRIB != 0 {
		w.catchMode(full, s)
	}
	if mask&(unix.IN_MODIFY|unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO|unix.IN_CREATE) != 0 {
		w.catchText(full, s)
	}
	return arrived || mask&unix.IN_ISDIR != 0 && mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0
}

// collect gives what was seen since the last time.
func (w *watches) collect() *sighted {
	w.hub.drain()
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen
	s.blind = s.blind || w.partly
	w.seen = sighted{paths: map[string]*sightings{}}
	return &s
}

// peek gives what was seen without taking it.
func (w *watches) peek() *sighted {
	w.hub.drain()
	w.mu.Lock()
	defer w.mu.Unlock()
	copied := &sighted{paths: make(map[string]*sightings, len(w.seen.paths)), blind: w.seen.blind || w.partly, lost: w.seen.lost}
	for name, s := range w.seen.paths {
		one := *s
		copied.paths[name] = &one
	}
	return copied
}

// forget drops what was seen at, below and above a path: it was the harness's
// doing.
func (w *watches) forget(full string) {
	w.hub.drain()
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range w.seen.paths {
		if Within(name, full) || Within(full, name) {
			delete(w.seen.paths, name)
		}
	}
}
