package provenance

import (
	"bytes"
	"compress/bzip2"
	"io"
	"iter"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// packing is a format that holds other bytes. read unpacks what in gives into
// layers below n, as far as it goes: cut and damaged ones too.
type packing struct {
	name  string
	magic []byte
	read  func(n *node, name string, in *input)
	// atStart: only at the beginning of a segment, where is says so.
	is func(start []byte) bool
}

var packings []packing

func init() { // they lead to layers, which lead to them
	packings = []packing{
		{name: "gzip", magic: []byte("\x1f\x8b\x08"), read: through(func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })},
		{name: "zstd", magic: []byte("\x28\xb5\x2f\xfd"), read: readZstd},
		{name: "bzip2", magic: []byte("1AY&SY"), read: through(func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil })},
		{name: "zip", magic: []byte("PK\x03\x04"), read: readZip},
		{name: "git pack", magic: []byte("PACK\x00\x00\x00\x02"), read: readPack},
		{name: "tar", is: isTar, read: readTar},
		{name: "zlib", is: isZlib, read: through(func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })},
	}
}

// magicAt is where before its magic a format begins.
func (p *packing) before() int {
	if p.name == "bzip2" {
		return len("BZh9")
	}
	return 0
}

func isZlib(p []byte) bool {
	return len(p) > 2 && p[0]&0x0f == 8 && p[0]>>4 <= 7 && p[1]&0x20 == 0 && (int(p[0])<<8|int(p[1]))%31 == 0
}

func isTar(p []byte) bool { return len(p) >= 262 && string(p[257:262]) == "ustar" }

// through unpacks a format of one stream.
func through(open func(io.Reader) (io.Reader, error)) func(*node, string, *input) {
	return func(n *node, name string, in *input) {
		if r, err := open(in); err == nil {
			if s := n.sub(name); s != nil {
				pour(s, r)
				s.cut()
			}
		}
	}
}

func readZstd(n *node, name string, in *input) {
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return
	}
	defer r.Close()
	if s := n.sub(name); s != nil {
		pour(s, r)
		s.cut()
	}
}

// inflate unpacks raw deflate; in is read no further than its end.
func inflate(in *input) io.Reader { return flate.NewReader(in) }

// pour writes what r gives into a layer, to its end, its first fault, or the end
// of the room. It returns how much that was, and whether there was room.
func pour(s *node, r io.Reader) (int64, bool) {
	buf := make([]byte, 32<<10)
	var all int64
	for {
		n, err := r.Read(buf)
		all += int64(n)
		if n > 0 && !s.write(buf[:n]) {
			return all, false
		}
		if err != nil {
			return all, true
		}
	}
}

// unpacking is the unpacker at work in a segment of a layer, if there is one. It
// runs in step with the layer: it is given a chunk and runs until it wants the
// next.
type unpacking struct {
	in      *input
	next    func() (struct{}, bool)
	stop    func()
	started bool // the segment has begun
	tries   int
}

// maxTries bounds how often in a segment something that looks like a packing is
// tried.
const maxTries = 256

func (u *unpacking) running() bool { return u.in != nil }

// feed gives the unpacker a chunk, or looks in it for something to unpack.
func (u *unpacking) feed(n *node, p []byte) {
	for len(p) > 0 {
		if u.in != nil {
			u.in.buf = p
			if _, more := u.next(); more {
				return
			}
			p = u.in.buf // what stands behind
			u.drop()
			continue
		}
		at, format := u.find(p)
		if format == nil || u.tries == maxTries || len(n.via) >= maxDepth {
			return
		}
		u.tries++
		p = p[at:]
		u.start(n, format)
		u.in.buf = p
		_, more := u.next()
		if more {
			return
		}
		behind := u.in.buf
		u.drop()
		if len(behind) >= len(p) {
			behind = p[1:]
		}
		p = behind
	}
}

// find returns where in p the first thing begins that may be unpacked.
func (u *unpacking) find(p []byte) (at int, format *packing) {
	fresh := !u.started
	u.started = true
	at = len(p)
	for i := range packings {
		f := &packings[i]
		if f.is != nil {
			if fresh && f.is(p) {
				return 0, f
			}
			continue
		}
		if k := bytes.Index(p[:min(len(p), at+len(f.magic))], f.magic) - f.before(); k >= 0 && k < at {
			at, format = k, f
		}
	}
	return at, format
}

func (u *unpacking) start(n *node, f *packing) {
	in := &input{}
	u.in = in
	u.next, u.stop = iter.Pull(func(yield func(struct{}) bool) {
		in.more = func() bool { return yield(struct{}{}) }
		f.read(n, f.name, in)
	})
}

func (u *unpacking) drop() {
	u.stop()
	u.in, u.next, u.stop = nil, nil, nil
}

// end tells the unpacker that the segment has ended.
func (u *unpacking) end() {
	if u.in != nil {
		u.in.over = true
		u.next()
		u.drop()
	}
	u.started, u.tries = false, 0
}

// input is what an unpacker reads. It gives bytes one by one too, so that the
// unpackers of this module's libraries read no further than their format goes.
type input struct {
	buf  []byte
	over bool
	more func() bool
}

func (in *input) fill() bool {
	for len(in.buf) == 0 {
		if in.over || !in.more() {
			in.over = true
			return len(in.buf) > 0
		}
	}
	return true
}

func (in *input) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !in.fill() {
		return 0, io.EOF
	}
	n := copy(p, in.buf)
	in.buf = in.buf[n:]
	return n, nil
}

func (in *input) ReadByte() (byte, error) {
	if !in.fill() {
		return 0, io.EOF
	}
	b := in.buf[0]
	in.buf = in.buf[1:]
	return b, nil
}
