//go:build amd64 || arm64

package namespace

import "encoding/binary"

// A stub is the executable that stands for a Go-answered command: an ELF file
// of one system call, reboot(stubMagic, index), which PID 1's listener answers
// with the exit code. It has no strings, sections or libraries, and needs no
// socket and no descriptor. Without a listener the kernel refuses the call.
const stubMagic = 0x1969

// maxCommands is what fits the 16 bits that arm64 loads in one instruction.
const maxCommands = 1 << 16

// stub gives the executable of the command with that index.
func stub(index int) []byte {
	const (
		base   = 0x400000
		header = 64
		entry  = 56
	)
	code := stubCode(uint16(index))
	size := uint64(header + entry + len(code))
	b := make([]byte, 0, size)
	b = append(b, 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	le := binary.LittleEndian
	b = le.AppendUint16(b, 2) // executable
	b = le.AppendUint16(b, stubMachine)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint64(b, base+header+entry)
	b = le.AppendUint64(b, header) // program headers
	b = le.AppendUint64(b, 0)      // no sections
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, header)
	b = le.AppendUint16(b, entry)
	b = le.AppendUint16(b, 1)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, 1) // load
	b = le.AppendUint32(b, 5) // read, execute
	b = le.AppendUint64(b, 0)
	b = le.AppendUint64(b, base)
	b = le.AppendUint64(b, base)
	b = le.AppendUint64(b, size)
	b = le.AppendUint64(b, size)
	b = le.AppendUint64(b, 0x1000)
	return append(b, code...)
}
