//go:build amd64 || arm64

package namespace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// heldFile is a file on whose change the host is told at once, while the
// process that made it, or the next that closes a file, waits.
type heldFile struct {
	path string
	last []byte // its content up to holdMax, nil where it is not there
}

// holdMax is how much of a held file is compared.
const holdMax = 4 << 10

// now is what the file holds at this moment. Whatever the agent has put in its
// place must not keep PID 1 waiting.
func (f *heldFile) now(buf []byte) []byte {
	fd, err := unix.Open(f.path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	n, err := unix.Pread(fd, buf, 0)
	if err != nil {
		return nil
	}
	return buf[:n]
}

// changed says whether the file is another than at the last look.
func (f *heldFile) changed(buf []byte) bool {
	now := f.now(buf)
	if (now == nil) == (f.last == nil) && bytes.Equal(now, f.last) {
		return false
	}
	f.last = nil
	if now != nil {
		f.last = append([]byte{}, now...)
	}
	return true
}

// learnHeld takes the held files as they are for known.
func (s *initProcess) learnHeld() {
	for _, f := range s.hold {
		f.changed(make([]byte, holdMax))
	}
}

// lookAtHeld lets a process go on, unless a held file has changed: then the
// host is told, and lets it go on.
func (s *initProcess) lookAtHeld(listener int, n seccomp.Notification) {
	var buf [holdMax]byte
	changed := false
	for _, f := range s.hold {
		changed = f.changed(buf[:]) || changed
	}
	if changed && s.send(&message{op: opHeld, id: n.ID}) == nil {
		return
	}
	seccomp.Respond(listener, seccomp.Response{ID: n.ID, Flags: seccomp.Continue})
}

// held answers init's word that a held file has changed.
func (m *machine) held(id uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	m.handlers.Add(1)
	go func() {
		defer m.handlers.Done()
		m.plan.held(m.up)
		m.control.send(&message{op: opGoOn, id: id}) // nobody waits if it fails
	}()
}

// textRange is where a program's code lies in memory.
type textRange struct{ from, to uint64 }

// ownText finds the code of this program. A program that happens to be mapped
// at the same place is not told of; its changes are seen when the command ends.
func ownText() (textRange, error) {
	here := uint64(reflect.ValueOf(unix.Close).Pointer())
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return textRange{}, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r textRange
		if _, err := fmt.Sscanf(strings.Replace(lines.Text(), "-", " ", 1), "%x %x", &r.from, &r.to); err == nil && r.from <= here && here < r.to {
			return r, nil
		}
	}
	return textRange{}, errors.Join(errors.New("own code not found in /proc/self/maps"), lines.Err())
}

// Offsets of the instruction pointer's halves in struct seccomp_data.
const (
	offPointerLow  = 8
	offPointerHigh = 12
)

// outside is then where the call was made by code outside of the range, and
// otherwise where it was made within. A range does not cross 4 GiB.
func outside(r textRange, then, otherwise bpf.Instruction) []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: offPointerHigh, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(r.from >> 32), SkipTrue: 4},
		bpf.LoadAbsolute{Off: offPointerLow, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(r.from), SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: uint32(r.to), SkipTrue: 1},
		otherwise,
		then,
	}
}
