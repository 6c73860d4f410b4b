package evallog

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	// maxEntry is the most that one entry may unpack to; Inspect's viewer draws the same line.
	maxEntry = 2 << 30
	// maxWindow is the largest zstd window that is taken.
	maxWindow = 256 << 20
)

var (
	errLocked    = errors.New("it is being written by a running process")
	errDirectory = errors.New("the zip has no directory at its end")
)

// readDirectory reads the zip's directory.
func readDirectory(r io.ReaderAt, size int64) ([]entry, error) {
	tail := make([]byte, min(size, endLen+0xffff))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return nil, err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if n := len(tail) - endLen; n >= 0 && bytes.HasPrefix(tail[n:], []byte("PK\x05\x06")) && tail[n+20] == 0 && tail[n+21] == 0 {
		at = n // as every log ends; the record's own numbers may hold the signature
	}
	if at < 0 || len(tail)-at < endLen {
		return nil, errDirectory
	}
	le := binary.LittleEndian
	length, offset := int64(le.Uint32(tail[at+12:])), int64(le.Uint32(tail[at+16:]))
	if at >= locator64Len && bytes.HasPrefix(tail[at-locator64Len:], []byte("PK\x06\x07")) {
		var rec [end64Len]byte
		where := int64(le.Uint64(tail[at-locator64Len+8:]))
		if where < 0 || where > size-end64Len {
			return nil, errDirectory
		}
		if _, err := r.ReadAt(rec[:], where); err != nil {
			return nil, err
		}
		if le.Uint32(rec[:]) != sigEnd64 {
			return nil, errDirectory
		}
		length, offset = int64(le.Uint64(rec[40:])), int64(le.Uint64(rec[48:]))
	}
	if length < 0 || offset < 0 || offset > size || length > size-offset {
		return nil, errDirectory
	}
	dir := make([]byte, length)
	if _, err := r.ReadAt(dir, offset); err != nil && err != io.EOF {
		return nil, err
	}
	return parseDirectory(dir, size)
}

func parseDirectory(dir []byte, size int64) ([]entry, error) {
	le := binary.LittleEndian
	entries := make([]entry, 0, len(dir)/(centralLen+20))
	for len(dir) > 0 {
		if len(dir) < centralLen || le.Uint32(dir) != sigCentral {
			return nil, errDirectory
		}
		e := entry{
			flags: le.Uint16(dir[8:]), method: le.Uint16(dir[10:]), crc: le.Uint32(dir[16:]),
			packed: int64(le.Uint32(dir[20:])), size: int64(le.Uint32(dir[24:])), offset: int64(le.Uint32(dir[42:])),
		}
		n, x, c := int(le.Uint16(dir[28:])), int(le.Uint16(dir[30:])), int(le.Uint16(dir[32:]))
		if len(dir) < centralLen+n+x+c {
			return nil, errDirectory
		}
		e.name = string(dir[centralLen : centralLen+n])
		extra64(&e, dir[centralLen+n:centralLen+n+x])
		if e.offset < 0 || e.packed < 0 || e.size < 0 || e.offset > size-localLen || e.packed > size {
			return nil, errDirectory
		}
		entries = append(entries, e)
		dir = dir[centralLen+n+x+c:]
	}
	return entries, nil
}

// extra64 takes the numbers that are too large for their fields from the zip64 extra field.
func extra64(e *entry, extra []byte) {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return
		}
		if id == 1 {
			field := extra[:n]
			for _, v := range []*int64{&e.size, &e.packed, &e.offset} {
				if *v == 0xffffffff && len(field) >= 8 {
					*v = int64(le.Uint64(field))
					field = field[8:]
				}
			}
		}
		extra = extra[n:]
	}
}

// dataOffset reads the entry's local header and says where its bytes start.
func dataOffset(r io.ReaderAt, e entry) (int64, error) {
	head := make([]byte, localLen+len(e.name))
	if _, err := r.ReadAt(head, e.offset); err != nil {
		return 0, fmt.Errorf("local header: %w", err)
	}
	le := binary.LittleEndian
	if le.Uint32(head) != sigLocal {
		return 0, errors.New("there is no local header")
	}
	if n := int(le.Uint16(head[26:])); n != len(e.name) || string(head[localLen:]) != e.name {
		return 0, errors.New("the local header names another entry")
	}
	return e.offset + int64(len(head)) + int64(le.Uint16(head[28:])), nil
}

// unpack reads, unpacks and checks an entry whose bytes start at offset. It uses buf where that is large enough, and does
// not allocate much more than there really is, whatever the header says.
func unpack(r io.ReaderAt, e entry, offset int64, dec *zstd.Decoder, buf *readBuffer) ([]byte, error) {
	if e.size > maxEntry {
		return nil, fmt.Errorf("it unpacks to %d bytes; at most %d are read", e.size, int64(maxEntry))
	}
	if buf == nil {
		buf = &readBuffer{}
	}
	data, err := inflate(r, e, offset, dec, buf)
	if err != nil {
		return nil, err
	}
	if int64(len(data)) != e.size {
		return nil, fmt.Errorf("it unpacks to %d bytes, %d were written", len(data), e.size)
	}
	if crc := crc32.ChecksumIEEE(data); crc != e.crc {
		return nil, fmt.Errorf("its checksum is %08x, that of what was written %08x: the bytes have changed", crc, e.crc)
	}
	return data, nil
}

// readBuffer is memory for one reading at a time.
type readBuffer struct{ packed, data []byte }

func inflate(r io.ReaderAt, e entry, offset int64, dec *zstd.Decoder, buf *readBuffer) ([]byte, error) {
	small := e.size <= 1<<20 || e.size/256 <= e.packed && e.size <= 64<<20
	if e.method == methodZstd && small {
		buf.packed = grow(buf.packed, e.packed)
		if _, err := r.ReadAt(buf.packed, offset); err != nil {
			return nil, err
		}
		buf.data = grow(buf.data, e.size+1) // a little room: an entry may be empty
		data, err := dec.DecodeAll(buf.packed, buf.data[:0])
		return data, err
	}
	var src io.Reader = io.NewSectionReader(r, offset, e.packed)
	switch e.method {
	case methodStored, methodPlain:
	case methodDeflate:
		src = flate.NewReader(src)
	case methodZstd:
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		src = z
	default:
		return nil, fmt.Errorf("it is packed by method %d; 0, 8 and 93 are known", e.method)
	}
	out := bytes.NewBuffer(buf.data[:0])
	if _, err := io.Copy(out, io.LimitReader(src, e.size+1)); err != nil {
		return nil, err
	}
	buf.data = out.Bytes()
	return buf.data, nil
}

// grow returns b with length n, its content undefined.
func grow(b []byte, n int64) []byte {
	if int64(cap(b)) >= n {
		return b[:n]
	}
	return make([]byte, n, n+n/8)
}
