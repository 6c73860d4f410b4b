package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Net gives a machine a network on which every address leads to the machine
// itself, so that this process can be any host there (Networker.Listen): what
// nobody listens at refuses. Nothing leaves the machine. For backends that
// promise OwnNetwork; others refuse it.
type Net struct {
	// Address is the machine's own, with its network: 10.20.0.7/24. It is
	// what the machine's connections come from. IPv4, and no loopback.
	Address netip.Prefix
	// Interface bears the address; "eth0" if empty. Where the kernel has none
	// of the kinds of interface that can be made without privilege (dummy, ifb,
	// veth), "lo" bears it, and no other is shown.
	Interface string
	// Attempt is called for what the machine's processes send to an address
	// that is not of the loopback (127.0.0.0/8, ::1): for each start of a TCP
	// connection, the first datagram of each UDP flow (the same two ends, with
	// no minute of silence in between), each ICMP echo request that begins such
	// a flow, and the first packet of any other protocol, whether somebody
	// listens there or not. Calls come one at a time, in the order of sending,
	// and soon; those for all that was sent before have been made when Run,
	// Changes or Flush returns. It must return at once and not use the machine.
	//
	// Not seen is what sends no packet: a name that is looked up in a file, a
	// connected UDP socket on which nothing is sent, and a connection to a
	// broadcast or multicast address, which TCP does not have.
	Attempt func(Attempt)
}

// Attempt is one attempt to reach an address over the network.
type Attempt struct {
	// Proto is "tcp", "udp", "icmp", or "ip-132" for what else there is, by its
	// number.
	Proto string
	// To is where it led, and From the sender's own end; ports are 0 where the
	// protocol has none.
	To, From netip.AddrPort
	At       time.Time
	// Sender is the process, and its ancestors, nearest first: the one that
	// turned to the address last, by connect or sendto. Nil where that is not
	// known: two did at about the same time, or it was another call, as sendmsg
	// on a socket without a connection. A process that wants to pass for another
	// of the machine's may succeed; what it cannot do is to hide the attempt.
	Sender []transcript.Process
	// Lost, if not zero, says that so many packets were not told of one by one:
	// a flood that came faster than it was read, or more than AttemptsMax.
	// Nothing else is set then. An absence of attempts shows nothing any more.
	Lost int64
}

// AttemptsMax is how many attempts of one machine are told of one by one.
const AttemptsMax = 1 << 16

// WithDefaults fills in the defaults and checks the rest.
func (n Net) WithDefaults() (Net, error) {
	if n.Interface == "" {
		n.Interface = "eth0"
	}
	if len(n.Interface) > 15 || n.Interface == "." || n.Interface == ".." || n.Interface == "lo" || strings.ContainsAny(n.Interface, "/: \t\n\x00") {
		return n, fmt.Errorf("network interface %q: no name for one; use one such as eth0", n.Interface)
	}
	at := n.Address.Addr()
	switch {
	case !n.Address.IsValid():
		return n, errors.New(`the network's Address is missing; give the machine one, such as netip.MustParsePrefix("10.20.0.7/24")`)
	case !at.Is4() || at.IsLoopback() || at.IsUnspecified() || at.IsMulticast() || at.As4()[0] == 0 || at.As4()[0] >= 240:
		return n, fmt.Errorf("network address %s: no machine's own IPv4 address; use one such as 10.20.0.7/24", n.Address)
	case n.Address.Bits() < 8:
		return n, fmt.Errorf("network address %s: a network of at least 8 bits; use one such as 10.20.0.7/24", n.Address)
	case n.Address.Bits() < 31 && (at == n.Address.Masked().Addr() || at == lastOf(n.Address)):
		return n, fmt.Errorf("network address %s: the first and the last address of a network are no machine's", n.Address)
	}
	return n, nil
}

// lastOf is the broadcast address of an IPv4 network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

// Networker is a sandbox with a network of its own, on which this process can
// be any host. Safe for concurrent use, also while a process runs.
//
// With Config.Net, Listen takes any address and port ("10.40.3.17:22",
// "0.0.0.0:443", "[2001:db8::1]:80"); LocalAddr of an accepted connection is the
// address that was dialled. Nobody in the machine can bind what is bound here,
// or share it; what a process of the machine has bound before cannot be bound
// here. A port bound at 0.0.0.0 cannot be bound at a single address besides.
type Networker interface {
	Host
	// ListenPacket binds an address as Listen does, for datagrams ("udp").
	// The address that ReadFrom of the connection gives is a *PacketAddr, which
	// also says what address was asked; WriteTo with it answers from there.
	ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error)
	// Flush returns when Net.Attempt was called for all that was sent before.
	Flush(ctx context.Context) error
}

// PacketAddr is the other end of a datagram.
type PacketAddr struct {
	netip.AddrPort // the sender's, or where it is to go
	// Local is the address that it was sent to; an answer comes from there.
	// Where it is zero, the kernel picks one.
	Local netip.AddrPort
}

// Network implements net.Addr.
func (*PacketAddr) Network() string { return "udp" }
