//go:build linux && (amd64 || arm64)

package namespace

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// packet4 is an IPv4 packet with options, packet6 an IPv6 one with headers in
// between.
func packet4(proto byte, to string, options, payload []byte) []byte {
	b := make([]byte, plain4)
	b[0] = 0x40 | byte(plain+len(options)/4)
	b[9] = proto
	copy(b[12:], []byte{10, 20, 0, 7})
	copy(b[16:], netip.MustParseAddr(to).AsSlice())
	return append(append(b, options...), payload...)
}

func packet6(next byte, to string, rest ...byte) []byte {
	b := make([]byte, plain6)
	b[0], b[6] = 0x60, next
	copy(b[24:], netip.MustParseAddr(to).AsSlice())
	return append(b, rest...)
}

func segment(flag byte) []byte {
	b := make([]byte, 20)
	binary.BigEndian.PutUint16(b, 50000)
	binary.BigEndian.PutUint16(b[2:], 443)
	b[4], b[flags] = 9, flag
	return b
}

func TestParsePacket(t *testing.T) {
	t.Parallel()
	const public, public6 = "203.0.113.9", "2001:db8::9"
	hops := []byte{1, looseRoute, 11, 4, 198, 51, 100, 1, 203, 0, 113, 9}
	for _, c := range []struct {
		name string
		b    []byte
		want string // empty: no attempt
	}{
		{"start of a connection", packet4(unix.IPPROTO_TCP, public, nil, segment(syn)), "tcp 203.0.113.9:443"},
		{"with other flags", packet4(unix.IPPROTO_TCP, public, nil, segment(syn|0xc0)), "tcp 203.0.113.9:443"},
		{"its answer", packet4(unix.IPPROTO_TCP, public, nil, segment(synAck)), ""},
		{"its reset", packet4(unix.IPPROTO_TCP, public, nil, segment(0x14)), ""},
		{"with options", packet4(unix.IPPROTO_TCP, public, make([]byte, 40), segment(syn)), "tcp 203.0.113.9:443"},
		{"over hops", packet4(unix.IPPROTO_TCP, "198.51.100.7", hops, segment(syn)), "tcp 203.0.113.9:443"},
		{"over the loopback", packet4(unix.IPPROTO_TCP, "127.0.0.1", hops, segment(syn)), "tcp 203.0.113.9:443"},
		{"datagram", packet4(unix.IPPROTO_UDP, public, nil, segment(0)), "udp 203.0.113.9:443"},
		{"datagram to the loopback", packet4(unix.IPPROTO_UDP, "127.8.8.8", nil, segment(0)), ""},
		{"echo", packet4(unix.IPPROTO_ICMP, public, nil, []byte{8, 0, 0, 0, 1, 2}), "icmp 203.0.113.9:0"},
		{"unreachable", packet4(unix.IPPROTO_ICMP, public, nil, []byte{3, 3, 0, 0, 1, 2}), ""},
		{"another protocol", packet4(47, public, nil, nil), "ip-47 203.0.113.9:0"},
		{"SCTP", packet4(unix.IPPROTO_SCTP, public, nil, segment(0)), "ip-132 203.0.113.9:443"},
		{"cut in its options", packet4(unix.IPPROTO_UDP, public, make([]byte, 40), nil)[:30], ""},
		{"IPv6", packet6(unix.IPPROTO_TCP, public6, segment(syn)...), "tcp [2001:db8::9]:443"},
		{"IPv6 to itself", packet6(unix.IPPROTO_TCP, "::1", segment(syn)...), ""},
		{"IPv6 of IPv4", packet6(unix.IPPROTO_UDP, "::ffff:203.0.113.9", segment(0)...), "udp 203.0.113.9:443"},
		{"IPv6 of the loopback", packet6(unix.IPPROTO_UDP, "::ffff:127.0.0.1", segment(0)...), ""},
		{"IPv6, headers between", packet6(unix.IPPROTO_DSTOPTS, public6, append([]byte{unix.IPPROTO_ROUTING, 0, 1, 4, 0, 0, 0, 0, unix.IPPROTO_UDP, 0, 0, 0, 0, 0, 0, 0}, segment(0)...)...), "udp [2001:db8::9]:443"},
		{"IPv6, headers past the end", packet6(unix.IPPROTO_DSTOPTS, public6, unix.IPPROTO_UDP, 200, 0, 0, 0, 0, 0, 0), "udp [2001:db8::9]:0"},
		{"IPv6 echo", packet6(unix.IPPROTO_ICMPV6, public6, 128, 0, 0, 0, 1, 2), "icmp [2001:db8::9]:0"},
		{"IPv6 neighbours", packet6(unix.IPPROTO_ICMPV6, public6, 135, 0, 0, 0, 1, 2), ""},
		{"nothing", nil, ""},
		{"nonsense", []byte{0xff}, ""},
	} {
		p, ok := parsePacket(c.b)
		got := ""
		if ok {
			got = p.name() + " " + p.to.String()
		}
		if got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}

// The filter lets nothing through twice over, and keeps nothing from the parser
// that is an attempt: whatever the packet, what the parser takes the filter took.
func FuzzParsePacket(f *testing.F) {
	for _, b := range [][]byte{
		packet4(unix.IPPROTO_TCP, "203.0.113.9", nil, segment(syn)), packet4(unix.IPPROTO_UDP, "127.0.0.1", make([]byte, 8), segment(0)),
		packet6(unix.IPPROTO_TCP, "::1", segment(syn)...), packet6(unix.IPPROTO_ICMPV6, "2001:db8::1", 128, 0, 0, 0),
		packet4(unix.IPPROTO_IGMP, "224.0.0.22", nil, nil),
	} {
		f.Add(b)
	}
	machines := map[byte]*bpf.VM{}
	for version, block := range map[byte][]bpf.Instruction{4: heard4(), 6: heard6()} {
		vm, err := bpf.NewVM(block)
		if err != nil {
			f.Fatal(err)
		}
		machines[version] = vm
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := parsePacket(b)
		if !ok {
			return
		}
		if p.to.Addr().IsLoopback() || !p.to.Addr().IsValid() || p.name() == "" {
			t.Errorf("%+v", p)
		}
		whole := append(append([]byte{}, b...), make([]byte, 64)...) // the kernel's have no cut headers
		if b[0]>>4 == 4 && binary.BigEndian.Uint16(whole[6:])&0x1fff != 0 || p.proto == unix.IPPROTO_IGMP {
			return // a later fragment, and what tells routers of groups
		}
		if p2, ok := parsePacket(whole); !ok || p2.to.Addr() != p.to.Addr() {
			return
		}
		if n, err := machines[b[0]>>4].Run(whole); err != nil || n == 0 {
			t.Errorf("the filter drops %x: %+v, %v", whole, p, err)
		}
	})
}
