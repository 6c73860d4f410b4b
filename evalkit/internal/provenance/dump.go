package provenance

import (
	"bytes"
	"encoding/hex"
)

// mayDump: a line of it shows at least four bytes.
func mayDump(t []byte) bool {
	for line := range bytes.Lines(t) {
		if len(dumpedBytes(line)) >= 4 {
			return true
		}
	}
	return false
}

// fromDump reads what xxd, hexdump -C, od -tx1 and lists of bytes show.
func fromDump(t []byte) []byte {
	var out []byte
	for line := range bytes.Lines(t) {
		out = append(out, dumpedBytes(line)...)
	}
	return out
}

// dumpedBytes reads a line of a dump: perhaps an offset, then bytes in groups of
// one, two or four, parted by blanks, commas or colons, perhaps with 0x or \x
// before each. The characters that some dumps show at the end stand behind a
// bar, behind sixteen bytes, or behind a wider gap.
func dumpedBytes(line []byte) []byte {
	line = bytes.TrimLeft(bytes.TrimRight(line, "\r\n \t"), "> \t")
	var out []byte
	offset, wide := false, false
	for first := true; len(line) > 0; first = false {
		n := bytes.IndexAny(line, " ,:")
		if n < 0 {
			n = len(line)
		}
		group := line[:n]
		gap := len(line[n:]) - len(bytes.TrimLeft(line[n:], " ,:"))
		line = line[n+gap:]
		if first && n >= 6 && n <= 16 && isHex(group) && len(line) > 0 {
			offset = true
			continue
		}
		for _, mark := range []string{"0x", "\\x"} {
			group = bytes.TrimPrefix(group, []byte(mark))
		}
		if len(group) != 2 && len(group) != 4 && len(group) != 8 || !isHex(group) {
			break
		}
		out = append(out, unhex(group)...)
		wide = wide || len(group) > 2
		if offset && len(out) >= 16 || gap > 2 || gap == 2 && wide {
			break
		}
	}
	if len(out) < 3 && !(offset && len(out) > 0) {
		return nil
	}
	return out
}

func isHex(p []byte) bool {
	_, err := hex.Decode(make([]byte, len(p)/2), p[:len(p)&^1])
	return err == nil && len(p) > 0 && (len(p)%2 == 0 || isHexDigit(p[len(p)-1]))
}

func isHexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
