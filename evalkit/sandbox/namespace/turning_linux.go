//go:build amd64 || arm64

package namespace

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// A packet does not say who sent it. So a process that turns to an address, by
// connect or sendto, is told of to the host before it may: by a socket of its
// own, which is read before the packet is. What it says can be outwitted, by
// another thread that swaps the address meanwhile; what the packet says cannot.

// turning notifies of the calls that turn to an address. A connection whose
// address is longer than one of IP is a local one, and waits for nobody.
func turning() []bpf.Instruction {
	p := seccomp.ForCall(unix.SYS_CONNECT,
		bpf.LoadAbsolute{Off: seccomp.OffArg(2), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: unix.SizeofSockaddrInet6, SkipTrue: 1},
		seccomp.Ret(seccomp.Notify),
		seccomp.Ret(seccomp.Allow))
	return append(p, seccomp.ForCall(unix.SYS_SENDTO,
		bpf.LoadAbsolute{Off: seccomp.OffArg(4), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 3},
		bpf.LoadAbsolute{Off: seccomp.OffArgHigh(4), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 1},
		seccomp.Ret(seccomp.Allow), // it goes to where the socket is connected
		seccomp.Ret(seccomp.Notify))...)
}

// turned is who has turned where.
type turned struct {
	pid uint32
	to  netip.AddrPort
}

const (
	// againAfter is how soon a process that sends to the same address again is
	// told of again.
	againAfter = time.Second
	// freshFor is how long a process is taken for what it was: one that scans
	// ports is not looked at for each of them.
	freshFor  = 2 * time.Millisecond
	turnedMax = 1 << 12
)

// tellTurning tells the host of a process that turns to an address, and lets
// it go on in any case. Where the host does not keep up, the sender of what
// follows stays unknown.
func (s *initProcess) tellTurning(listener int, n seccomp.Notification) {
	defer seccomp.Respond(listener, seccomp.Response{ID: n.ID, Flags: seccomp.Continue})
	at, size := n.Args[1], n.Args[2]
	if n.Number == unix.SYS_SENDTO {
		at, size = n.Args[4], n.Args[5]
	}
	to, ok := readAddress(int(n.PID), at, size)
	if !ok || to.Addr().IsLoopback() {
		return
	}
	who, now := turned{n.PID, to}, time.Now()
	if n.Number == unix.SYS_SENDTO && now.Sub(s.network.turned[who]) < againAfter {
		return
	}
	if len(s.network.turned) >= turnedMax {
		clear(s.network.turned)
	}
	s.network.turned[who] = now
	if n.PID != s.network.last || now.Sub(s.network.lastAt) > freshFor {
		s.network.last, s.network.lastAt, s.network.lastIs = n.PID, now, ancestry(int(n.PID))
	}
	m := &message{op: opTurned, n: now.UnixNano(), lists: [][]string{{to.String()}, s.network.lastIs}}
	if b := m.encode(); len(b) <= inlineMax && seccomp.StillWaiting(listener, n.ID) {
		unix.Sendto(s.network.announce, b, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
	}
}

// readAddress reads an IP address and port out of a process's memory.
func readAddress(pid int, at, size uint64) (netip.AddrPort, bool) {
	b := make([]byte, min(size, unix.SizeofSockaddrInet6))
	if len(b) < unix.SizeofSockaddrInet4-8 || !readAt(pid, at, b) {
		return netip.AddrPort{}, false
	}
	return parseAddress(b)
}

// parseAddress reads a sockaddr_in or sockaddr_in6.
func parseAddress(b []byte) (netip.AddrPort, bool) {
	if len(b) < 8 {
		return netip.AddrPort{}, false
	}
	port := binary.BigEndian.Uint16(b[2:])
	switch binary.NativeEndian.Uint16(b) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port), true
	case unix.AF_INET6:
		if len(b) >= 24 {
			return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])).Unmap(), port), true
		}
	}
	return netip.AddrPort{}, false
}

// turner is a process that has turned to an address.
type turner struct {
	at     time.Time
	sender []transcript.Process
}

// turners knows who has turned where of late.
type turners struct {
	fd  int // of init's announcements
	buf []byte
	to  map[netip.AddrPort]map[int]turner
	n   int
}

// listen takes what has been announced.
func (t *turners) listen() {
	for {
		n, _, err := unix.Recvfrom(t.fd, t.buf, unix.MSG_DONTWAIT)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		m, err := decode(t.buf[:n])
		if err != nil {
			continue
		}
		to, err := netip.ParseAddrPort(m.text(0, 0))
		sender := processes(m.list(1))
		if err != nil || len(sender) == 0 {
			continue
		}
		if t.n++; t.n > turnedMax {
			clear(t.to)
			t.n = 1
		}
		t.note(to, turner{time.Unix(0, m.n), sender})
		t.note(netip.AddrPortFrom(to.Addr(), 0), turner{time.Unix(0, m.n), sender}) // for what has no ports
	}
}

func (t *turners) note(to netip.AddrPort, who turner) {
	if t.to[to] == nil {
		t.to[to] = map[int]turner{}
	}
	t.to[to][who.sender[0].PID] = who
}

// of gives who has sent a packet: who turned to its address last before, unless
// another did at about the same time.
func (t *turners) of(p packet, when time.Time) []transcript.Process {
	t.listen()
	apart := againAfter // a datagram's sender may have turned there long before
	if p.proto == unix.IPPROTO_TCP {
		apart = 10 * time.Millisecond
	}
	var last, other turner
	for _, w := range t.to[p.to] {
		switch {
		case w.at.After(when) || when.Sub(w.at) >= quiet:
		case w.at.After(last.at):
			last, other = w, last
		case w.at.After(other.at):
			other = w
		}
	}
	if last.sender == nil || other.sender != nil && last.at.Sub(other.at) < apart {
		return nil
	}
	return last.sender
}
