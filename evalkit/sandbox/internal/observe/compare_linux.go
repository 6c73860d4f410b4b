//go:build amd64 || arm64

package observe

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	udiff "github.com/aymanbagabas/go-udiff"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// entry is what is known of one observed file.
type entry struct {
	transcript.FileState
	dev, ino     uint64
	ctime, mtime int64
	bits         uint32 // mode with its type
	text         []byte // of a small text, for a diff; nil if not kept
	hasText      bool
	watched      bool // as a file of its own, besides its folder
	hidden       bool // carried over: its folder could not be looked into
}

// hashed says whether a file's content is known, so that it can be compared.
func (e *entry) hashed() bool { return e.bits&unix.S_IFMT == unix.S_IFREG && e.SHA256 != "" }

// holds says whether a content is the known one.
func (e *entry) holds(b []byte) bool {
	if e.hasText {
		return bytes.Equal(e.text, b)
	}
	sum := sha256.Sum256(b)
	return e.SHA256 == hex.EncodeToString(sum[:])
}

func (e *entry) isDir() bool { return strings.HasPrefix(e.Mode, "d") }

// sameStat says that nothing has touched a file since.
func (e *entry) sameStat(o *entry) bool {
	return e.dev == o.dev && e.ino == o.ino && e.ctime == o.ctime && e.mtime == o.mtime &&
		e.bits == o.bits && e.Size == o.Size
}

// sameFile says that it is the same inode. Its number alone may be given again.
func (e *entry) sameFile(o *entry) bool { return e.dev == o.dev && e.ino == o.ino }

// sameContent compares contents. Where one was not read, because it is large
// or may not be read, the size and the time of the last writing decide.
func (e *entry) sameContent(o *entry) bool {
	if e.SHA256 != "" && o.SHA256 != "" {
		return e.SHA256 == o.SHA256
	}
	return e.Target == o.Target && e.Size == o.Size && e.mtime == o.mtime && e.sameFile(o)
}

// sightings is what was seen to happen to a file between two looks.
type sightings struct {
	// written: its content or its name was something else meanwhile.
	written bool
	// closed: somebody who could write to it closed it, or unmapped it.
	closed bool
	// other is the hash of a content that was caught and not the known one.
	other string
	// moved is the file that a rename brought once, as the only thing to
	// happen, with the content and the mode of the known one.
	moved *moved
	// blind: nobody was watching.
	blind bool
	// modes that it had meanwhile, other than before.
	modes []string
	// text that was caught in between.
	text    []byte
	hasText bool
	catches int
}

// moved is a file that took another's place.
type moved struct{ dev, ino uint64 }

// replacedByItsLike says whether the known file gave way in one step to the
// one that is there now, which was like it from the first. What else happened
// to it is for the caller to ask.
func (s *sightings) replacedByItsLike(after *entry) bool {
	return s.moved != nil && !s.blind && *s.moved == moved{after.dev, after.ino}
}

// undoneUnseen says whether a file whose times tell of nothing was another one
// for a while. What was caught may be what the look found already.
func (s *sightings) undoneUnseen(now *entry) bool { return s.other != "" && s.other != now.SHA256 }

// compare says what became of one path; nil is no entry. It gives false if
// nothing did.
func compare(before, after *entry, seen sightings) (transcript.FileChange, bool) {
	var c transcript.FileChange
	if before != nil {
		state := before.FileState
		c.Path, c.Before = state.Path, &state
	}
	if after != nil {
		state := after.FileState
		c.Path, c.After = state.Path, &state
	}
	c.Op = operation(before, after, seen)
	if c.Op == "" {
		return c, false
	}
	c.Modes = modes(before, after, seen)
	switch {
	case c.Op == transcript.FileUndone:
		if seen.hasText && before.hasText && !bytes.Equal(seen.text, before.text) {
			c.Diff = unified(before.text, seen.text)
		}
	case c.Op != transcript.FileMode:
		c.Diff = diff(before, after)
	}
	return c, true
}

// behindALock is the change of a file that was seen to be written, and whose
// folder cannot be looked into now: what it holds is not known.
func behindALock(before *entry, seen sightings) transcript.FileChange {
	was, is := before.FileState, before.FileState
	is.SHA256 = ""
	c := transcript.FileChange{Path: was.Path, Op: transcript.FileModified, Before: &was, After: &is}
	if seen.hasText && before.hasText {
		c.Diff = unified(before.text, seen.text)
	}
	return c
}

func operation(before, after *entry, seen sightings) transcript.FileOp {
	switch {
	case before == nil && after == nil:
		return ""
	case before == nil:
		return transcript.FileCreated
	case after == nil:
		return transcript.FileDeleted
	case before.Mode[0] != after.Mode[0]:
		return transcript.FileReplaced
	case !before.isDir() && !before.sameContent(after):
		if before.sameFile(after) {
			return transcript.FileModified
		}
		return transcript.FileReplaced
	case before.SHA256 != "" && after.SHA256 == "" && seen.written: // and not to be read now
		return transcript.FileModified
	case before.Mode != after.Mode:
		return transcript.FileMode
	case !before.sameFile(after) && !seen.replacedByItsLike(after) || seen.written || len(seen.modes) > 0:
		return transcript.FileUndone
	case seen.blind && !before.isDir() && before.mtime != after.mtime:
		return transcript.FileUndone
	}
	return ""
}

// modes lists those that a file came to have, nil if it has or may have been
// another one, or held something else.
func modes(before, after *entry, seen sightings) []string {
	if before == nil || after == nil || seen.written || before.Mode[0] != after.Mode[0] || !before.sameFile(after) && !seen.replacedByItsLike(after) {
		return nil
	}
	if !before.isDir() && (!before.sameContent(after) || seen.blind && before.mtime != after.mtime) {
		return nil
	}
	if before.Mode == after.Mode || slices.Contains(seen.modes, after.Mode) {
		return seen.modes
	}
	return append(slices.Clone(seen.modes), after.Mode)
}

// diffMax is what a diff is cut to, in bytes.
const diffMax = 4 << 10

// diff shows how a text changed; empty where either side is none, or unknown.
func diff(before, after *entry) string {
	side := func(e *entry) ([]byte, bool) {
		if e == nil {
			return nil, true
		}
		return e.text, e.hasText
	}
	old, ok := side(before)
	now, ok2 := side(after)
	if !ok || !ok2 {
		return ""
	}
	return unified(old, now)
}

func unified(before, after []byte) string {
	text := udiff.Unified("a", "b", string(before), string(after))
	// The header's two lines name nothing that the change does not.
	for range 2 {
		if _, rest, ok := strings.Cut(text, "\n"); ok && (strings.HasPrefix(text, "--- ") || strings.HasPrefix(text, "+++ ")) {
			text = rest
		}
	}
	if len(text) <= diffMax {
		return text
	}
	text = text[:diffMax]
	if at := strings.LastIndexByte(text, '\n'); at > 0 {
		text = text[:at+1]
	}
	return strings.ToValidUTF8(text, "") + "…\n"
}

// textMax is the size up to which a text is kept for a diff, keptMax what a
// sandbox keeps of them in all.
const (
	textMax = 64 << 10
	keptMax = 8 << 20
)

func isText(b []byte) bool {
	return len(b) <= textMax && utf8.Valid(b) && bytes.IndexByte(b, 0) < 0
}
