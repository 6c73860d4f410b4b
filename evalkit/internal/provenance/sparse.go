package provenance

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// stretch is how much is read at a time, and the least stretch of zeros that is
// left out.
const stretch = 64 << 10

// readSparse reads a file and keeps what is not zero of it.
func readSparse(r io.Reader) (c content, digest string, err error) {
	h := sha256.New()
	buf := make([]byte, stretch)
	for {
		n, err := io.ReadFull(r, buf)
		h.Write(buf[:n])
		if leadingZeros(buf[:n]) < n {
			if last := len(c.extents) - 1; last >= 0 && c.extents[last].end() == c.size {
				c.extents[last].data = append(c.extents[last].data, buf[:n]...)
			} else {
				c.extents = append(c.extents, extent{at: c.size, data: append([]byte(nil), buf[:n]...)})
			}
		}
		c.size += int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return c, hex.EncodeToString(h.Sum(nil)), nil
		case err != nil:
			return c, "", fmt.Errorf("a source cannot be read after %d bytes: %w", c.size, err)
		}
	}
}
