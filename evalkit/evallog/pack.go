package evallog

import (
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxFrame is the most input of one zstd frame: the viewer's decoder overflows at 256 MiB.
const maxFrame = 200 << 20

// packer compresses entries and opens what it compressed. Safe for concurrent use; holds nothing that must be closed.
type packer struct {
	enc     *zstd.Encoder
	buffers sync.Pool // of *[]byte

	decOnce sync.Once
	dec     *zstd.Decoder
	decErr  error
}

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	return &packer{enc: enc, buffers: sync.Pool{New: func() any { return new([]byte) }}}, nil
}

// pack compresses data behind room for the local header of the entry. The buffer goes back with free.
func (p *packer) pack(name string, data []byte) (*[]byte, entry) {
	buf := p.buffers.Get().(*[]byte)
	head := localLen + len(name)
	if cap(*buf) < head {
		*buf = make([]byte, head, head+len(data)/2)
	}
	b := (*buf)[:head]
	e := entry{name: name, method: methodZstd, crc: crc32.ChecksumIEEE(data), size: int64(len(data))}
	for first := true; first || len(data) > 0; first = false {
		n := min(len(data), maxFrame)
		b = p.enc.EncodeAll(data[:n], b)
		data = data[n:]
	}
	*buf = b
	return buf, e
}

func (p *packer) free(buf *[]byte) {
	if cap(*buf) <= 1<<20 { // one huge sample shall not stay for ever
		p.buffers.Put(buf)
	}
}

// decoder is made at the first reading.
func (p *packer) decoder() (*zstd.Decoder, error) {
	p.decOnce.Do(func() { p.dec, p.decErr = newDecoder() })
	return p.dec, p.decErr
}

func newDecoder() (*zstd.Decoder, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
		zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return dec, nil
}
