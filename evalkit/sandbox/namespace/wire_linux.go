//go:build amd64 || arm64

package namespace

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// op is the kind of a message between the host and a sandbox's init.
type op byte

const (
	// Host to init.
	opSetup  op = iota + 1 // lists: see plan.message; fds: bodies of the files
	opRun                  // id; lists: argv, env, {dir}; n: 1 nested, 2 own stdin; m: of a nested one, the process that called; fds: [stdin] stdout stderr
	opKill                 // id: end that process and what belongs to it
	opAnswer               // id: of the notification; n: exit code
	opLay                  // id; lists: one file; fds: body
	opRemove               // id; lists: {path}
	opGoOn                 // id: of the notification; lets its sender go on
	opListen               // id; lists: {network, address}
	opClear                // id
	opEcho                 // id
	// Init to host.
	opFail   // lists: {step, text}; n: errno
	opReady  // fds: root folder; with a network, packet socket and one for opTurned
	opExited // id; n: exit code; lists: {} or {what, text} when it was not started, errno in m
	opCall   // id: of the notification; n: index of the command; lists: argv, {dir}, processes, environment; fds 0 to 2 and a pidfd of the caller; m: bit i set if fd i is open
	opDone   // id; n: errno; lists: {text}; fds: of opListen, the listener
	opDown   // lists: {signal}, processes
	opHeld   // id: of the notification; its sender waits, since a held file has changed
	opTurned // on a socket of its own; lists: {address}, processes; n: the time, in nanoseconds
	opAct    // lists: {path, call, why it was refused}, processes
)

// message is one datagram of the control socket. Strings are byte strings and
// come through unchanged.
type message struct {
	op    op
	id    uint64
	n, m  int64
	lists [][]string
	fds   []int
}

// list gives the i-th list, empty if the message has fewer.
func (m *message) list(i int) []string {
	if i >= len(m.lists) {
		return nil
	}
	return m.lists[i]
}

// text gives the j-th string of the i-th list, empty if there is none.
func (m *message) text(i, j int) string {
	if l := m.list(i); j < len(l) {
		return l[j]
	}
	return ""
}

func (m *message) closeFDs() {
	for _, fd := range m.fds {
		unix.Close(fd)
	}
	m.fds = nil
}

// What a datagram holds at most; a longer payload travels in a memory file.
const (
	inlineMax   = 32 << 10
	datagramMax = inlineMax + 64
	maxFDs      = 8
)

var errMalformed = errors.New("malformed message")

func (m *message) encode() []byte {
	b := make([]byte, 0, 256)
	b = append(b, byte(m.op))
	b = binary.AppendUvarint(b, m.id)
	b = binary.AppendVarint(b, m.n)
	b = binary.AppendVarint(b, m.m)
	b = binary.AppendUvarint(b, uint64(len(m.lists)))
	for _, l := range m.lists {
		b = binary.AppendUvarint(b, uint64(len(l)))
		for _, s := range l {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return b
}

func decode(b []byte) (*message, error) {
	if len(b) == 0 {
		return nil, errMalformed
	}
	m := &message{op: op(b[0])}
	b = b[1:]
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 || b == nil {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	m.id = next()
	m.n, m.m = unzigzag(next()), unzigzag(next())
	lists := next()
	for range lists {
		if b == nil {
			break
		}
		count := next()
		if count > uint64(len(b)) {
			return nil, errMalformed
		}
		list := make([]string, 0, count)
		for range count {
			size := next()
			if size > uint64(len(b)) {
				return nil, errMalformed
			}
			list = append(list, string(b[:size]))
			b = b[size:]
		}
		m.lists = append(m.lists, list)
	}
	if b == nil || len(b) > 0 {
		return nil, errMalformed
	}
	return m, nil
}

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// marks in front of a datagram say where its payload is.
const (
	markInline byte = 'i'
	markMemory byte = 'm'
)

// pack makes the datagram of a message. The descriptor it may add is the
// caller's to close once it is sent.
func (m *message) pack() (data []byte, fds []int, memory int, err error) {
	body := m.encode()
	if len(body) <= inlineMax {
		return append([]byte{markInline}, body...), m.fds, -1, nil
	}
	memory, err = memoryFile(body)
	if err != nil {
		return nil, nil, -1, err
	}
	return []byte{markMemory}, append([]int{memory}, m.fds...), memory, nil
}

// unpack reads a datagram and owns the descriptors that came with it.
func unpack(data []byte, fds []int) (*message, error) {
	var m *message
	var err error
	switch {
	case len(data) > 0 && data[0] == markInline:
		m, err = decode(data[1:])
	case len(data) > 0 && data[0] == markMemory && len(fds) > 0:
		var body []byte
		if body, err = readMemory(fds[0]); err == nil {
			m, err = decode(body)
		}
		unix.Close(fds[0])
		fds = fds[1:]
	default:
		err = errMalformed
	}
	if err != nil {
		for _, fd := range fds {
			unix.Close(fd)
		}
		return nil, fmt.Errorf("control socket: %w", err)
	}
	m.fds = fds
	return m, nil
}
