//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// networkAttempts are made on a machine with a network: at what keeps it
// closed, and at the hosts that this process plays.
func networkAttempts() []attempt {
	outside := func(what func(fd int) error) func() error {
		return func() error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			return what(fd)
		}
	}
	option := func(level, name, value int) func() error {
		return outside(func(fd int) error { return unix.SetsockoptInt(fd, level, name, value) })
	}
	setting := func(name string) func() error {
		return func() error { return os.WriteFile("/proc/sys/net/"+name, []byte("1"), 0) }
	}
	list := []attempt{
		{name: "net: a route taken away", want: "EPERM", do: func() error { return routed(unix.RTM_DELROUTE) }},
		{name: "net: a route of one's own", want: "EPERM", do: func() error { return routed(unix.RTM_NEWROUTE) }},
		{name: "net: a rule of one's own", want: "EPERM", do: func() error { return routed(unix.RTM_NEWRULE) }},
		{name: "net: an address of one's own", want: "EPERM", do: func() error { return routed(unix.RTM_NEWADDR) }},
		{name: "net: an interface taken away", want: "EPERM", do: func() error { return routed(unix.RTM_DELLINK) }},
		{name: "net: an interface down", want: "EPERM", do: outside(func(fd int) error {
			r, err := unix.NewIfreq("lo")
			if err != nil {
				return err
			}
			r.SetUint16(0)
			return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
		})},
		{name: "net: packet filter", want: "EPERM", do: func() error {
			fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER)
			if err != nil {
				return err
			}
			b := make([]byte, 20) // a batch's begin
			b[0], b[4], b[6] = 20, 0x10, unix.NLM_F_REQUEST|unix.NLM_F_ACK
			if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
				return err
			}
			return netlinkError(fd)
		}},
		{name: "net: datagrams of the network layer", want: "EPERM", do: func() error { return socket(unix.AF_PACKET, unix.SOCK_DGRAM, 0x0300) }},
		{name: "net: raw UDP", want: "EPERM", do: func() error { return socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW) }},
		{name: "net: TCP_REPAIR", want: "EPERM", do: option(unix.SOL_TCP, unix.TCP_REPAIR, 1)},
		{name: "net: SO_MARK", want: "EPERM", do: option(unix.SOL_SOCKET, unix.SO_MARK, 1)},
		{name: "net: IP_TRANSPARENT", want: "EPERM", do: option(unix.SOL_IP, unix.IP_TRANSPARENT, 1)},
		{name: "net: forwarding", want: "EROFS", do: setting("ipv4/ip_forward")},
		{name: "net: local port range", want: "EROFS", do: setting("ipv4/ip_unprivileged_port_start")},
		{name: "net: a tunnel", want: "ENOENT", do: func() error { _, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); return err }},
		{name: "net: an ICMP socket", want: "done", do: func() error { return socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP) }},
		{name: "net: a connection to nobody", want: "ECONNREFUSED", do: outside(func(fd int) error {
			return unix.Connect(fd, &unix.SockaddrInet4{Port: 80, Addr: [4]byte{169, 254, 169, 254}})
		})},
	}
	// Ways to sit where a host of this process's sits already.
	for name, at := range map[string]unix.Sockaddr{
		"the address": &unix.SockaddrInet4{Port: 22, Addr: [4]byte{10, 40, 3, 17}}, "all addresses": &unix.SockaddrInet4{Port: 22},
		"one below all": &unix.SockaddrInet4{Port: 443, Addr: [4]byte{10, 40, 3, 17}}, "all, IPv6 too": &unix.SockaddrInet6{Port: 443},
		"mapped": &unix.SockaddrInet6{Port: 22, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 10, 13: 40, 14: 3, 15: 17}},
	} {
		list = append(list, attempt{name: "net: seat taken: " + name, want: "EADDRINUSE", do: func() error { return seat(unix.SOCK_STREAM, at) }})
	}
	for name, at := range map[string]unix.Sockaddr{
		"datagrams": &unix.SockaddrInet4{Port: 53, Addr: [4]byte{10, 0, 2, 3}}, "datagrams of all": &unix.SockaddrInet4{Port: 53},
		"datagrams, one below all": &unix.SockaddrInet4{Port: 54, Addr: [4]byte{10, 0, 2, 3}}, "datagrams, IPv6 too": &unix.SockaddrInet6{Port: 53},
	} {
		list = append(list, attempt{name: "net: seat taken: " + name, want: "EADDRINUSE", do: func() error { return seat(unix.SOCK_DGRAM, at) }})
	}
	return list
}

// seat binds an address with all that lets sockets share one, and listens.
func seat(kind int, at unix.Sockaddr) error {
	family := unix.AF_INET
	if _, ok := at.(*unix.SockaddrInet6); ok {
		family = unix.AF_INET6
	}
	try := func(options ...int) func() error {
		return func() error {
			fd, err := unix.Socket(family, kind, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_V6ONLY, 0)
			for _, o := range options {
				if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, o, 1); err != nil {
					return err
				}
			}
			if err := unix.Bind(fd, at); err != nil {
				return err
			}
			if kind == unix.SOCK_STREAM {
				return unix.Listen(fd, 8)
			}
			return nil
		}
	}
	return each(try(), try(unix.SO_REUSEADDR), try(unix.SO_REUSEPORT), try(unix.SO_REUSEADDR, unix.SO_REUSEPORT))
}

// routed asks the kernel to change its tables: a default route, address or
// link, which it looks at only after it has looked at who asks.
func routed(kind uint16) error {
	r, err := openRouting()
	if err != nil {
		return err
	}
	defer r.close()
	body := make([]byte, 16)
	switch kind {
	case unix.RTM_NEWADDR:
		body = append([]byte{unix.AF_INET, 32, 0, 0, 1, 0, 0, 0}, attribute(unix.IFA_LOCAL, 8, 8, 8, 8)...)
	case unix.RTM_DELLINK:
		body[4] = 1
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE, unix.RTM_NEWRULE:
		body = []byte{unix.AF_INET, 0, 0, 0, unix.RT_TABLE_LOCAL, 3, 0, unix.RTN_LOCAL, 0, 0, 0, 0}
		body = append(body, attribute(unix.RTA_OIF, 1, 0, 0, 0)...)
	}
	return r.do(kind, unix.NLM_F_CREATE, body)
}

// All attempts but the one whose outcome a network changes, and those that are
// made on one, on a machine that has hosts.
func TestEscapesWithANetwork(t *testing.T) {
	t.Parallel()
	c, _ := withNetwork()
	s := adversary(t, c)
	for _, at := range []string{"10.40.3.17:22", "0.0.0.0:443"} {
		greeter(t, s.(hosting), at)
	}
	for _, at := range []string{"10.0.2.3:53", "0.0.0.0:54"} {
		conn, err := s.(hosting).ListenPacket(within20(t), "udp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	var all []attempt
	for _, a := range attempts() {
		if a.name != "TCP to addresses outside" && !a.outside {
			all = append(all, a)
		}
	}
	tryAll(t, s, append(all, networkAttempts()...))
}

// Nothing of the host's is reached by its own addresses: the listeners are real
// and see nobody, while the attempts are seen.
func TestTheHostIsNotReached(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var reached atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			c.Close()
		}
	}()
	u, err := net.ListenPacket("udp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	go func() {
		for {
			if _, _, err := u.ReadFrom(make([]byte, 64)); err != nil {
				return
			}
			reached.Add(1)
		}
	}()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	s, seen := networked(t)
	port := l.Addr().(*net.TCPAddr).Port
	tried := 0
	for _, a := range addresses {
		ip := a.(*net.IPNet).IP.To4()
		if ip == nil || ip.IsLoopback() {
			continue
		}
		tried++
		if r := bash(t, s, dial(ip.String(), port)); r.Exit == 0 || !strings.Contains(string(r.Stderr), "refused") {
			t.Errorf("%s: %d %s", ip, r.Exit, r.Stderr)
		}
		if got := seen.take(); len(got) != 1 || got[0] != "tcp "+net.JoinHostPort(ip.String(), itoa(port)) {
			t.Errorf("%s: seen %q", ip, got)
		}
		bash(t, s, "echo x > /dev/udp/"+ip.String()+"/"+itoa(port))
		if got := seen.take(); len(got) != 1 || got[0] != "udp "+net.JoinHostPort(ip.String(), itoa(port)) {
			t.Errorf("%s: seen %q", ip, got)
		}
	}
	if tried == 0 {
		t.Skip("this machine has no address but the loopback")
	}
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil && !errors.Is(err, unix.ECONNRESET) {
		t.Error(err)
	}
	if n := reached.Load(); n != 1 {
		t.Errorf("the host's listeners saw %d beside this process's own", n-1)
	}
}
