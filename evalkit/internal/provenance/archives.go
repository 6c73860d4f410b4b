package provenance

import (
	"archive/tar"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/zlib"
)

// readTar looks into each file of a tar; holes of sparse ones are zeros.
func readTar(n *node, name string, in *input) {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if err != nil {
			return
		}
		if h.Size == 0 {
			continue
		}
		s := n.entry(name + ":" + snippet([]byte(h.Name)))
		if s == nil {
			return
		}
		_, room := pour(s, t)
		s.close()
		if !room {
			return
		}
	}
}

// readZip looks into each file of a zip as it comes, by the headers before the
// files, so that one that was cut is read too.
func readZip(n *node, name string, in *input) {
	for {
		var h [30]byte
		if _, err := io.ReadFull(in, h[:]); err != nil || string(h[:4]) != "PK\x03\x04" {
			return
		}
		flags, method := binary.LittleEndian.Uint16(h[6:]), binary.LittleEndian.Uint16(h[8:])
		size := int64(binary.LittleEndian.Uint32(h[18:]))
		rest := make([]byte, int(binary.LittleEndian.Uint16(h[26:]))+int(binary.LittleEndian.Uint16(h[28:])))
		if _, err := io.ReadFull(in, rest); err != nil {
			return
		}
		title := rest[:binary.LittleEndian.Uint16(h[26:])]
		if size == 0xffffffff {
			size = zip64Size(rest[len(title):])
		}
		if flags&1 != 0 {
			n.stream.shape.form = "encrypted zip"
		}
		s := n.entry(name + ":" + snippet(title))
		if s == nil {
			return
		}
		ok := readZipped(s, in, flags, method, size)
		s.close()
		if !ok {
			return
		}
	}
}

// readZipped reads one file and what describes it behind. It returns false where
// the next one cannot be found.
func readZipped(s *node, in *input, flags, method uint16, size int64) bool {
	const described = 1 << 3
	switch {
	case method == 8 && flags&1 == 0:
		if _, room := pour(s, inflate(in)); !room {
			return false
		}
	case flags&described != 0:
		return false
	case method == 0 && flags&1 == 0:
		if _, room := pour(s, io.LimitReader(in, size)); !room {
			return false
		}
	default:
		if _, err := io.CopyN(io.Discard, in, size); err != nil {
			return false
		}
	}
	if flags&described == 0 {
		return true
	}
	// A descriptor: perhaps a mark, a checksum, two sizes of four or eight bytes.
	for range 28 {
		if !in.fill() {
			return false
		}
		if len(in.buf) >= 4 && string(in.buf[:2]) == "PK" && (in.buf[2] == 3 || in.buf[2] == 1) {
			return in.buf[2] == 3
		}
		if in.buf[0] == 'P' && len(in.buf) < 4 {
			return false
		}
		in.buf = in.buf[1:]
	}
	return false
}

// zip64Size is the packed size in the extra field of a large file.
func zip64Size(extra []byte) int64 {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		if id == 1 && n >= 16 {
			return max(int64(binary.LittleEndian.Uint64(extra[8:])), 0)
		}
		extra = extra[n:]
	}
	return 0
}

// readPack looks into the objects of a git pack, as a push sends it. Of an
// object that is a difference to another what was added is seen.
func readPack(n *node, name string, in *input) {
	var h [12]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		return
	}
	for range binary.BigEndian.Uint32(h[8:]) {
		first, err := in.ReadByte()
		for b := first; err == nil && b&0x80 != 0; {
			b, err = in.ReadByte()
		}
		switch kind := first >> 4 & 7; kind {
		case 6: // a difference, by its distance
			for b := byte(0x80); err == nil && b&0x80 != 0; {
				b, err = in.ReadByte()
			}
		case 7: // a difference, by the other's name
			_, err = io.CopyN(io.Discard, in, 20)
		}
		if err != nil {
			return
		}
		r, err := zlib.NewReader(in)
		if err != nil {
			return
		}
		s := n.sub(name)
		if s == nil {
			return
		}
		if _, room := pour(s, r); !room {
			return
		}
		s.cut()
	}
}
