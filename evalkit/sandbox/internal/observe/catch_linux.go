//go:build amd64 || arm64

package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"golang.org/x/sys/unix"
)

// catchMoved notes the file that a rename has just put in the known one's
// place, if that is all that has happened and it holds what the known one held;
// its mode may be another, and is caught. One with a second name is not noted:
// it could be written to by that.
func (w *watches) catchMoved(full string, s *sightings) bool {
	known := w.known[full]
	if s.moved != nil || s.written || !known.watched || !known.hashed() || known.Size > caughtMax {
		return false
	}
	fd, err := w.root.Open(full, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size != known.Size || st.Nlink != 1 {
		return false
	}
	b, ok := readAt(fd, "", st.Size)
	if !ok || !known.holds(b) {
		return false
	}
	s.moved = &moved{uint64(st.Dev), st.Ino}
	s.caughtMode(st.Mode, known)
	return true
}

func (w *watches) catchMode(full string, s *sightings) {
	fd, err := w.root.Open(full, unix.O_PATH|unix.O_NOFOLLOW)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return
	}
	s.caughtMode(st.Mode, w.known[full])
}

func (s *sightings) caughtMode(bits uint32, known *entry) {
	if mode := ModeText(bits); mode != known.Mode && !slices.Contains(s.modes, mode) {
		s.modes = append(s.modes, mode) // there are 4096
	}
}

// catchText notes a content that was not the known one, and keeps the last such
// text. An empty one, as between truncating and writing, counts only if there
// was no other.
func (w *watches) catchText(full string, s *sightings) {
	known := w.known[full]
	if !known.hashed() {
		return
	}
	s.catches++
	switch {
	case s.written && (s.catches > catchesMax || !known.hasText):
		return // that it was written is known
	case known.Size > caughtMax:
		return
	case s.catches > closesMax:
		s.blind = true
		return
	}
	b, err := ReadFile(w.root, full, caughtMax)
	if err != nil || known.holds(b) {
		return
	}
	s.written = true
	if sum := sha256.Sum256(b); len(b) > 0 || s.other == "" {
		s.other = hex.EncodeToString(sum[:])
	}
	if known.hasText && isText(b) && (len(b) > 0 || !s.hasText) {
		s.text, s.hasText = b, true
	}
}
