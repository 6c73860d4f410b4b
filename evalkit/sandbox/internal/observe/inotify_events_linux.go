//go:build amd64 || arm64

package observe

import (
	"bytes"
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

// event is one struct inotify_event.
type event struct {
	wd   int32
	mask uint32
	name string
}

// eachEvent splits what the kernel wrote.
func eachEvent(b []byte, do func(event)) {
	for len(b) >= unix.SizeofInotifyEvent {
		size := int(binary.NativeEndian.Uint32(b[12:]))
		end := unix.SizeofInotifyEvent + size
		if size < 0 || end > len(b) {
			return
		}
		name, _, _ := bytes.Cut(b[unix.SizeofInotifyEvent:end], []byte{0})
		do(event{
			wd:   int32(binary.NativeEndian.Uint32(b)),
			mask: binary.NativeEndian.Uint32(b[4:]),
			name: string(name),
		})
		b = b[end:]
	}
}

func (h *inotify) handle(e event) {
	if e.mask&unix.IN_Q_OVERFLOW != 0 {
		for w := range h.users {
			w.overflow()
		}
		return
	}
	p := h.places[e.wd]
	if p == nil {
		return
	}
	if e.mask&unix.IN_IGNORED != 0 {
		delete(h.places, e.wd)
		return
	}
	if p.only != nil && !p.only[e.name] {
		return
	}
	if p.moved {
		e.mask &^= unix.IN_MOVE_SELF
	}
	for _, full := range p.paths {
		if p.dir && e.name != "" {
			full = strings.TrimSuffix(full, "/") + "/" + e.name
		}
		if p.w.happened(full, e.mask) {
			h.fresh[arrival{p.w, full, e.mask&unix.IN_ISDIR != 0}] = true
		}
	}
}

// watchFresh watches new folders as soon as may be, and files that took the
// place of a known one. What is in a folder by now is found by the next look.
// One that comes and goes a thousand times between two reads is watched once.
func (h *inotify) watchFresh() {
	for f := range h.fresh {
		h.addNew(f)
	}
	clear(h.fresh)
}

func (h *inotify) addNew(a arrival) {
	flags, mask := unix.O_PATH|unix.O_NOFOLLOW, uint32(eventMask)
	if a.dir {
		flags, mask = flags|unix.O_DIRECTORY, mask|unix.IN_ONLYDIR
	}
	fd, err := a.w.root.Open(a.full, flags)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	wd, err := unix.InotifyAddWatch(h.fd, selfFD(fd), mask)
	if err == nil && h.places[int32(wd)] == nil {
		h.places[int32(wd)] = &place{w: a.w, paths: []string{a.full}, dir: a.dir, moved: !a.dir}
	}
}
