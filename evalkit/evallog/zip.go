package evallog

import (
	"encoding/binary"
	"time"
)

// The parts of the zip format that a log uses: no data descriptors (Inspect's viewer reads the sizes from the local
// header), no archive comment (it looks for the end record in the last 22 bytes), zip64 where the numbers need it.
const (
	sigLocal     = 0x04034b50
	sigCentral   = 0x02014b50
	sigEnd       = 0x06054b50
	sigEnd64     = 0x06064b50
	sigLocator64 = 0x07064b50

	localLen     = 30
	centralLen   = 46
	endLen       = 22
	end64Len     = 56
	locator64Len = 20

	methodStored  = 0
	methodDeflate = 8
	methodZstd    = 93

	flagDescriptor = 1 << 3
	flagUTF8       = 1 << 11
)

// entry is one member of the zip.
type entry struct {
	name         string
	method       uint16
	flags        uint16
	crc          uint32
	packed, size int64
	offset       int64 // of the local header
}

// dosTime gives the date and time as zip keeps them.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		return 1<<5 | 1, 0
	}
	return uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()),
		uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

// putLocal fills in the local header of e at the start of b, which has room for it and the name. Entries are below 4 GiB.
func putLocal(b []byte, e entry, t time.Time) {
	le := binary.LittleEndian
	date, clock := dosTime(t)
	le.PutUint32(b[0:], sigLocal)
	le.PutUint16(b[4:], 63) // version needed: 6.3, the first to know zstd
	le.PutUint16(b[6:], flagUTF8)
	le.PutUint16(b[8:], e.method)
	le.PutUint16(b[10:], clock)
	le.PutUint16(b[12:], date)
	le.PutUint32(b[14:], e.crc)
	le.PutUint32(b[18:], uint32(e.packed))
	le.PutUint32(b[22:], uint32(e.size))
	le.PutUint16(b[26:], uint16(len(e.name)))
	le.PutUint16(b[28:], 0)
	copy(b[localLen:], e.name)
}

// appendCentral appends the directory's record of e.
func appendCentral(dst []byte, e entry, t time.Time) []byte {
	le := binary.LittleEndian
	date, clock := dosTime(t)
	offset, extra := uint32(e.offset), 0
	if e.offset >= 0xffffffff {
		offset, extra = 0xffffffff, 12
	}
	dst = le.AppendUint32(dst, sigCentral)
	dst = le.AppendUint16(dst, 3<<8|63) // made on Unix
	dst = le.AppendUint16(dst, 63)
	dst = le.AppendUint16(dst, flagUTF8)
	dst = le.AppendUint16(dst, e.method)
	dst = le.AppendUint16(dst, clock)
	dst = le.AppendUint16(dst, date)
	dst = le.AppendUint32(dst, e.crc)
	dst = le.AppendUint32(dst, uint32(e.packed))
	dst = le.AppendUint32(dst, uint32(e.size))
	dst = le.AppendUint16(dst, uint16(len(e.name)))
	dst = le.AppendUint16(dst, uint16(extra))
	dst = le.AppendUint16(dst, 0) // comment
	dst = le.AppendUint16(dst, 0) // disk
	dst = le.AppendUint16(dst, 0) // internal attributes
	dst = le.AppendUint32(dst, 0o100600<<16)
	dst = le.AppendUint32(dst, offset)
	dst = append(dst, e.name...)
	if extra > 0 {
		dst = le.AppendUint16(dst, 1)
		dst = le.AppendUint16(dst, 8)
		dst = le.AppendUint64(dst, uint64(e.offset))
	}
	return dst
}

// appendEnd appends the end of a directory of count records that starts at offset and is size bytes long.
func appendEnd(dst []byte, count int, offset, size int64) []byte {
	le := binary.LittleEndian
	n, size32, offset32 := uint16(min(count, 0xffff)), uint32(min(size, 0xffffffff)), uint32(min(offset, 0xffffffff))
	if count >= 0xffff || size >= 0xffffffff || offset >= 0xffffffff {
		dst = le.AppendUint32(dst, sigEnd64)
		dst = le.AppendUint64(dst, end64Len-12)
		dst = le.AppendUint16(dst, 3<<8|63)
		dst = le.AppendUint16(dst, 63)
		dst = le.AppendUint32(dst, 0)
		dst = le.AppendUint32(dst, 0)
		dst = le.AppendUint64(dst, uint64(count))
		dst = le.AppendUint64(dst, uint64(count))
		dst = le.AppendUint64(dst, uint64(size))
		dst = le.AppendUint64(dst, uint64(offset))
		dst = le.AppendUint32(dst, sigLocator64)
		dst = le.AppendUint32(dst, 0)
		dst = le.AppendUint64(dst, uint64(offset+size))
		dst = le.AppendUint32(dst, 1)
		n = 0xffff
	}
	dst = le.AppendUint32(dst, sigEnd)
	dst = le.AppendUint32(dst, 0) // disks
	dst = le.AppendUint16(dst, n)
	dst = le.AppendUint16(dst, n)
	dst = le.AppendUint32(dst, size32)
	dst = le.AppendUint32(dst, offset32)
	return le.AppendUint16(dst, 0)
}
