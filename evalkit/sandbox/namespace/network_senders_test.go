//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func itoa(n int) string { return strconv.Itoa(n) }

// senders are ways to send something to an address, by raw calls, in the
// sandbox. Each is seen, whatever comes of it, unless the socket is refused.
var senders = map[string]func(to string) error{
	"connect": func(to string) error { return dialled(to, unix.IPPROTO_TCP) },
	"connect, not waiting": func(to string) error {
		fd, at := tcp(to, unix.SOCK_NONBLOCK)
		return unix.Connect(fd, at)
	},
	"connect with data": func(to string) error {
		fd, at := tcp(to, 0)
		return unix.Sendto(fd, []byte("x"), unix.MSG_FASTOPEN, at)
	},
	"connect, multipath": func(to string) error { return dialled(to, unix.IPPROTO_MPTCP) },
	"connect from elsewhere": func(to string) error {
		fd, at := tcp(to, 0)
		return connected(fd, at, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{172, 16, 9, 9}}))
	},
	"connect from the loopback": func(to string) error {
		fd, at := tcp(to, 0)
		return connected(fd, at, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	},
	"connect by eth0": func(to string) error { return byDevice(to, "eth0") },
	"connect by lo":   func(to string) error { return byDevice(to, "lo") },
	"connect over hops": func(to string) error { // from 127.0.0.1 on
		fd, _ := tcp(to, unix.SOCK_NONBLOCK)
		last := netip.MustParseAddrPort(to).Addr().As4()
		options := []byte{looseRoute, 7, 4, 127, 0, 0, 1, 0}
		err := unix.SetsockoptString(fd, unix.SOL_IP, unix.IP_OPTIONS, string(options))
		return connected(fd, &unix.SockaddrInet4{Port: int(netip.MustParseAddrPort(to).Port()), Addr: last}, err)
	},
	"connect, small segments": func(to string) error {
		fd, at := tcp(to, 0)
		return connected(fd, at, unix.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_MAXSEG, 88))
	},
	"sendto": func(to string) error {
		fd, at := udp(to)
		return unix.Sendto(fd, []byte("x"), 0, at)
	},
	"sendto, nothing": func(to string) error {
		fd, at := udp(to)
		return unix.Sendto(fd, nil, 0, at)
	},
	"sendto, much": func(to string) error { // in fragments on eth0
		fd, at := udp(to)
		return unix.Sendto(fd, make([]byte, 60_000), 0, at)
	},
	"connect and write": func(to string) error {
		fd, at := udp(to)
		if err := unix.Connect(fd, at); err != nil {
			return err
		}
		_, err := unix.Write(fd, []byte("x"))
		return err
	},
	"sendmsg": func(to string) error {
		fd, at := udp(to)
		return unix.Sendmsg(fd, []byte("x"), nil, at, 0)
	},
	"sendmmsg": func(to string) error {
		fd, _ := udp(to)
		raw := rawAddress(to)
		body := []byte("x")
		vector := unix.Iovec{Base: &body[0]}
		vector.SetLen(1)
		var many struct {
			header unix.Msghdr
			length uint32
			_      uint32
		}
		many.header.Name, many.header.Namelen = &raw[0], uint32(len(raw))
		many.header.Iov, many.header.Iovlen = &vector, 1
		return call3(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&many)), 1, 0)
	},
	"sendto, corked": func(to string) error {
		fd, at := udp(to)
		if err := unix.Sendto(fd, []byte("x"), unix.MSG_MORE, at); err != nil {
			return err
		}
		return unix.Sendto(fd, []byte("y"), 0, at)
	},
	"sendto, segmented": func(to string) error {
		fd, at := udp(to)
		if err := unix.SetsockoptInt(fd, unix.SOL_UDP, unix.UDP_SEGMENT, 100); err != nil {
			return err
		}
		return unix.Sendto(fd, make([]byte, 1000), 0, at)
	},
	"sendfile": func(to string) error {
		fd, at := udp(to)
		if err := unix.Connect(fd, at); err != nil {
			return err
		}
		f, err := os.Open("/etc/hostname")
		if err != nil {
			return err
		}
		_, err = unix.Sendfile(fd, int(f.Fd()), nil, 10)
		return err
	},
	"UDP-Lite": func(to string) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE)
		if err != nil {
			return err
		}
		_, at := address(to)
		return unix.Sendto(fd, []byte("x"), 0, at)
	},
	"SCTP": func(to string) error { return dialled(to, unix.IPPROTO_SCTP) },
	"echo": func(to string) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
		if err != nil {
			return err
		}
		_, at := address(to)
		return unix.Sendto(fd, []byte{8, 0, 0, 0, 0, 0, 0, 1}, 0, at)
	},
	"to all of the network": func(to string) error {
		fd, at := udp(to)
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1); err != nil {
			return err
		}
		return unix.Sendto(fd, []byte("x"), 0, at)
	},
}

// address gives the socket family and form of one.
func address(to string) (int, unix.Sockaddr) {
	at := netip.MustParseAddrPort(to)
	if at.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
}

// rawAddress is a sockaddr_in.
func rawAddress(to string) []byte {
	at := netip.MustParseAddrPort(to)
	a := at.Addr().As4()
	return append([]byte{unix.AF_INET, 0, byte(at.Port() >> 8), byte(at.Port())}, append(a[:], make([]byte, 8)...)...)
}

func tcp(to string, flags int) (int, unix.Sockaddr) {
	family, at := address(to)
	fd, err := unix.Socket(family, unix.SOCK_STREAM|flags, 0)
	if err != nil {
		panic(err)
	}
	return fd, at
}

func udp(to string) (int, unix.Sockaddr) {
	family, at := address(to)
	fd, err := unix.Socket(family, unix.SOCK_DGRAM, 0)
	if err != nil {
		panic(err)
	}
	return fd, at
}

func connected(fd int, at unix.Sockaddr, err error) error {
	if err != nil {
		return fmt.Errorf("before: %w", err)
	}
	return unix.Connect(fd, at)
}

func dialled(to string, protocol int) error {
	family, at := address(to)
	fd, err := unix.Socket(family, unix.SOCK_STREAM, protocol)
	if err != nil {
		return err
	}
	return unix.Connect(fd, at)
}

func byDevice(to, name string) error {
	fd, at := tcp(to, unix.SOCK_NONBLOCK)
	return connected(fd, at, unix.BindToDevice(fd, name))
}

// Every way to send is seen, on IPv4 and where it is the same on IPv6, to
// where nobody is.
func TestEveryAttemptIsSeen(t *testing.T) {
	t.Parallel()
	c, seen := withNetwork()
	s := adversary(t, c)
	names := make([]string, 0, len(senders))
	for name := range senders {
		if !strings.HasPrefix(name, "a ") { // those are many
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var table strings.Builder
	try := func(name, to string) {
		r := run(t, s, sandbox.Process{Argv: []string{"./try", attemptWord, name, to}})
		got := strings.TrimSpace(string(r.Stdout))
		who := seen.senderOf(to)
		at := seen.takeOf(to)
		fmt.Fprintf(&table, "%-28s %-24s %-16s %-30s %s\n", name, to, got, at, who)
		known := !slices.Contains([]string{"sendmsg", "sendmmsg", "SCTP", "connect over hops"}, name)
		if !strings.Contains(who, "./try "+attemptWord) == known {
			t.Errorf("%s to %s: sent by %q", name, to, who)
		}
		refused := got == "EPROTONOSUPPORT" || got == "ESOCKTNOSUPPORT" || got == "EPERM" // no packet could be sent
		if r.Exit != 0 || !refused && len(at) != 1 || refused && len(at) > 0 {
			t.Errorf("%s to %s: %s, exit %d %s, seen %q", name, to, got, r.Exit, r.Stderr, at)
		}
	}
	for i, name := range names {
		to := fmt.Sprintf("203.0.%d.9:4000", i)
		if name == "to all of the network" {
			to = "10.20.0.255:4000"
		}
		try(name, to)
	}
	for i, name := range []string{"connect", "connect, not waiting", "connect with data", "sendto", "sendto, much", "sendmsg", "connect and write"} {
		try(name, fmt.Sprintf("[2001:db8::%d]:4000", i+1))
	}
	try("sendto", "239.1.2.3:4000")
	try("sendto", "255.1.2.3:4000")
	try("sendto", ownAddress+":4000")
	t.Logf("%-28s %-24s %-16s %-30s %s\n%s", "way", "to", "came of it", "seen", "sent by", table.String())
}
