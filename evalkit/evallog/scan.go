package evallog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"
)

// Loss is a part of a damaged log that cannot be read.
type Loss struct {
	// Entry is its name, or empty where even that is gone.
	Entry string
	// Offset in the file, in bytes.
	Offset int64
	Reason string
}

func (l Loss) String() string {
	if l.Entry == "" {
		return fmt.Sprintf("byte %d: %s", l.Offset, l.Reason)
	}
	return fmt.Sprintf("%s at byte %d: %s", l.Entry, l.Offset, l.Reason)
}

// scanEntries finds the entries of a zip by their local headers, from front to back. An entry is checked by verify where
// nothing vouches for it: if it was found behind garbage, or if no entry follows it.
func scanEntries(r io.ReaderAt, size int64, verify func(entry) error) (found []entry, lost []Loss) {
	gap := int64(-1) // where garbage began
	for at := int64(0); at+localLen <= size; {
		e, next, ok := localEntry(r, at, size)
		if ok && (gap >= 0 || !entryAt(r, next)) {
			if err := verify(e); err != nil {
				lost = append(lost, Loss{Entry: e.name, Offset: at, Reason: err.Error()})
				ok = false
			}
		}
		if ok {
			if gap >= 0 && len(lost) == 0 {
				lost = append(lost, Loss{Offset: gap, Reason: fmt.Sprintf("%d bytes that are no entry", at-gap)})
			}
			found = append(found, e)
			at, gap = next, -1
			continue
		}
		if gap < 0 {
			gap = at
			if torn := tornName(r, at, size); torn != "" && (len(lost) == 0 || lost[len(lost)-1].Offset != at) {
				lost = append(lost, Loss{Entry: torn, Offset: at, Reason: "it was not written to its end"})
			}
		}
		at = nextSignature(r, at+1, size)
	}
	return found, lost
}

// localEntry reads the local header at an offset; ok says that it can be one.
func localEntry(r io.ReaderAt, at, size int64) (e entry, next int64, ok bool) {
	var head [localLen]byte
	if _, err := r.ReadAt(head[:], at); err != nil {
		return e, 0, false
	}
	le := binary.LittleEndian
	n, x := int64(le.Uint16(head[26:])), int64(le.Uint16(head[28:]))
	e = entry{
		flags: le.Uint16(head[6:]), method: le.Uint16(head[8:]), crc: le.Uint32(head[14:]),
		packed: int64(le.Uint32(head[18:])), size: int64(le.Uint32(head[22:])), offset: at,
	}
	if le.Uint32(head[:]) != sigLocal || n == 0 || n > 4096 || e.flags&flagDescriptor != 0 || at+localLen+n+x > size {
		return e, 0, false
	}
	name := make([]byte, n+x)
	if _, err := r.ReadAt(name, at+localLen); err != nil {
		return e, 0, false
	}
	e.name = string(name[:n])
	extra64(&e, name[n:])
	next = at + localLen + n + x + e.packed
	known := e.method == methodStored || e.method == methodDeflate || e.method == methodZstd
	return e, next, known && utf8.ValidString(e.name) && e.packed >= 0 && next <= size
}

// tornName is the name in a local header whose entry cannot be whole.
func tornName(r io.ReaderAt, at, size int64) string {
	if !entryAt(r, at) {
		return ""
	}
	var head [localLen]byte
	if _, err := r.ReadAt(head[:], at); err != nil {
		return ""
	}
	n := min(int64(binary.LittleEndian.Uint16(head[26:])), size-at-localLen, 4096)
	name := make([]byte, n)
	if _, err := r.ReadAt(name, at+localLen); err != nil || !utf8.Valid(name) {
		return ""
	}
	return string(name)
}

func entryAt(r io.ReaderAt, at int64) bool {
	var sig [4]byte
	_, err := r.ReadAt(sig[:], at)
	return err == nil && string(sig[:]) == "PK\x03\x04"
}

// nextSignature is the offset of the next local header's signature from at on, or size.
func nextSignature(r io.ReaderAt, at, size int64) int64 {
	chunk := make([]byte, 64<<10)
	for at < size {
		n, _ := r.ReadAt(chunk[:min(int64(len(chunk)), size-at)], at)
		if i := bytes.Index(chunk[:n], []byte("PK\x03\x04")); i >= 0 {
			return at + int64(i)
		}
		if n < 4 {
			break
		}
		at += int64(n) - 3
	}
	return size
}
