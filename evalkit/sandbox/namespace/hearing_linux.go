//go:build amd64 || arm64

package namespace

import (
	"encoding/binary"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// hearing is of whom the machine's processes send to. The kernel writes each
// packet's front into a ring while its sender is still in its call, so that
// whoever reads the ring afterwards finds it.
type hearing struct {
	tell func(sandbox.Attempt)
	own  netip.Addr // the machine's address

	mu     sync.Mutex // held while telling
	file   *os.File   // the packet socket; nil once closed
	ring   []byte
	next   int
	seen   map[packet]time.Time
	who    turners
	swept  time.Time
	told   int
	lost   int64
	ended  chan struct{}
	closed bool
}

// quiet is the silence after which datagrams between the same two ends are a
// new attempt.
const quiet = time.Minute

// hear owns the packet socket, and the one on which init announces senders.
func hear(fd, announced int, n *sandbox.Net) (*hearing, error) {
	ring, err := unix.Mmap(fd, 0, framesMax*frameSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		unix.Close(fd)
		unix.Close(announced)
		return nil, err
	}
	tell := n.Attempt
	if tell == nil {
		tell = func(sandbox.Attempt) {}
	}
	a := &hearing{
		tell: tell, own: n.Address.Addr(), file: os.NewFile(uintptr(fd), "sandbox packets"),
		ring: ring, seen: map[packet]time.Time{}, ended: make(chan struct{}),
		who: turners{fd: announced, buf: make([]byte, inlineMax), to: map[netip.AddrPort]map[int]turner{}},
	}
	go a.listen()
	return a, nil
}

// listen tells soon of what nobody asks for.
func (a *hearing) listen() {
	defer close(a.ended)
	raw, err := a.file.SyscallConn()
	if err != nil {
		return
	}
	raw.Read(func(uintptr) bool { // ends with the closing of the file
		a.flush()
		return false
	})
}

// flush tells of all that was sent before it was called.
func (a *hearing) flush() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drain()
}

// close tells of the rest and gives the socket up. The processes are gone.
func (a *hearing) close() {
	if a == nil {
		return
	}
	a.flush()
	a.file.Close()
	<-a.ended
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.closed = true
		unix.Close(a.who.fd)
		// The last of the socket goes with its ring, and the kernel waits for
		// all processors then, some ten milliseconds: nobody else needs to.
		ring := a.ring
		a.ring = nil
		go unix.Munmap(ring)
	}
}

func (a *hearing) frame(i int) []byte {
	at := i % framesMax * frameSize
	return a.ring[at : at+frameSize]
}

func (a *hearing) status(i int) *uint32 {
	return (*uint32)(unsafe.Pointer(&a.frame(i)[0]))
}

// drain reads the ring up to where it is empty.
func (a *hearing) drain() {
	if a.closed {
		return
	}
	a.who.listen()
	for a.ready() {
		b := a.frame(a.next)
		a.take(b)
		atomic.StoreUint32(a.status(a.next), unix.TP_STATUS_KERNEL)
		a.next = (a.next + 1) % framesMax
	}
	a.countLost()
	if a.lost > 0 {
		a.tell(sandbox.Attempt{Lost: a.lost, At: time.Now()})
		a.lost = 0
	}
}

// ready says whether the next frame has been written. One that is being
// written, by another processor, is waited for if a later one is there: the
// sender of that may have gone on.
func (a *hearing) ready() bool {
	for {
		if atomic.LoadUint32(a.status(a.next))&unix.TP_STATUS_USER != 0 {
			return true
		}
		later := false
		for i := 1; i <= min(runtime.NumCPU(), framesMax-1) && !later; i++ {
			later = atomic.LoadUint32(a.status(a.next+i))&unix.TP_STATUS_USER != 0
		}
		if !later {
			return false
		}
		runtime.Gosched()
	}
}

// take tells of the packet in a frame, if it begins an attempt.
func (a *hearing) take(frame []byte) {
	size := int(binary.NativeEndian.Uint32(frame[8:]))
	at := int(binary.NativeEndian.Uint16(frame[14:]))
	if at > len(frame) || size > len(frame)-at {
		a.lost++
		return
	}
	p, ok := parsePacket(frame[at : at+size])
	if !ok {
		return
	}
	when := time.Unix(int64(binary.NativeEndian.Uint32(frame[16:])), int64(binary.NativeEndian.Uint32(frame[20:])))
	if !a.begins(p, when) {
		return
	}
	if a.told >= sandbox.AttemptsMax {
		a.lost++
		return
	}
	a.told++
	a.tell(sandbox.Attempt{Proto: p.name(), To: p.to, From: p.from, At: when, Sender: a.who.of(p, when)})
}

// begins says whether a packet is the first of its flow. The answer of a host
// to the machine is none, nor is what is sent again.
func (a *hearing) begins(p packet, when time.Time) bool {
	if a.isOwn(p.to.Addr()) {
		back := packet{p.proto, p.to, p.from, p.sequence}
		if last, ok := a.seen[back]; ok && when.Sub(last) < quiet {
			a.seen[back] = when
			return false
		}
	}
	last, ok := a.seen[p]
	a.sweep(when)
	if len(a.seen) < 2*sandbox.AttemptsMax {
		a.seen[p] = when
	}
	return !ok || when.Sub(last) >= quiet
}

func (a *hearing) isOwn(to netip.Addr) bool { return to == a.own || to.IsLoopback() }

// sweep forgets flows that have ended.
func (a *hearing) sweep(now time.Time) {
	if now.Sub(a.swept) < quiet {
		return
	}
	a.swept = now
	for f, last := range a.seen {
		if now.Sub(last) >= quiet {
			delete(a.seen, f)
		}
	}
}

// countLost asks the kernel how many packets found no frame.
func (a *hearing) countLost() {
	raw, err := a.file.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		if stats, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			a.lost += int64(stats.Drops)
		}
	})
}
