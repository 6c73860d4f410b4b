//go:build amd64 || arm64

package namespace

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The ring that packets are heard in: a frame each, of which the front of the
// packet takes what the header leaves.
const (
	frameSize  = 256
	framesMax  = 2048
	blockSize  = 1 << 14
	packetKept = frameSize - 80
)

// packetSocket hears what leaves any interface of this network namespace, at
// the moment at which it is sent.
func packetSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := setPacketSocket(fd); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func setPacketSocket(fd int) error {
	raw, err := bpf.Assemble(heard())
	if err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(raw)), Filter: (*unix.SockFilter)(unsafe.Pointer(&raw[0]))}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return err
	}
	ring := unix.TpacketReq{Block_size: blockSize, Block_nr: framesMax * frameSize / blockSize, Frame_size: frameSize, Frame_nr: framesMax}
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &ring); err != nil {
		return err
	}
	all := uint16(unix.ETH_P_ALL)
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all<<8 | all>>8})
}

// What is looked at of packets.
const (
	flags  = 13 // of TCP, their place
	synAck = 0x12
	syn    = 0x02
	echo   = 8 // of ICMP, and the same of ICMPv6
	echo6  = 128
	plain  = 5 // words of an IPv4 header without options
	plain4 = 4 * plain
	plain6 = 40
)

var accept, drop = bpf.RetConstant{Val: packetKept}, bpf.RetConstant{}

// unless drops a packet whose byte at a place, masked, is not a value; it
// accepts it otherwise.
func unless(at, mask, value uint32) []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: at, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: 1},
		drop, accept,
	}
}

// of guards a block, which returns on every way through it, with a value.
func of(value uint32, block ...bpf.Instruction) []bpf.Instruction {
	return append([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: value, SkipTrue: uint8(len(block))}}, block...)
}

// heard is the filter of packets: starts of connections, datagrams, echo
// requests and all other protocols, on their way out, and not to the loopback.
// What has options or further headers in front is for parsePacket to look at.
func heard() []bpf.Instruction {
	return slices.Concat([]bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.PACKET_OUTGOING, SkipTrue: 1},
		drop,
		bpf.LoadExtension{Num: bpf.ExtProto},
	},
		of(unix.ETH_P_IP, heard4()...),
		of(unix.ETH_P_IPV6, heard6()...),
		[]bpf.Instruction{drop})
}

// heard4 is the filter's part for IPv4.
func heard4() []bpf.Instruction {
	return slices.Concat([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 6, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: 0x1fff, SkipTrue: 1},
		drop, // a later fragment
		bpf.LoadAbsolute{Off: 0, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x0f},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: plain, SkipTrue: 1},
		accept,
		bpf.LoadAbsolute{Off: 16, Size: 1},
	},
		of(127, drop),
		[]bpf.Instruction{bpf.LoadAbsolute{Off: 9, Size: 1}},
		of(unix.IPPROTO_TCP, unless(plain4+flags, synAck, syn)...),
		of(unix.IPPROTO_ICMP, unless(plain4, 0xff, echo)...),
		of(unix.IPPROTO_IGMP, drop),
		[]bpf.Instruction{accept})
}

// heard6 is that for IPv6.
func heard6() []bpf.Instruction {
	return slices.Concat([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 24, Size: 4}, // is it to ::1?
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 7},
		bpf.LoadAbsolute{Off: 28, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 5},
		bpf.LoadAbsolute{Off: 32, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0, SkipTrue: 3},
		bpf.LoadAbsolute{Off: 36, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 1, SkipTrue: 1},
		drop,
		bpf.LoadAbsolute{Off: 6, Size: 1},
	},
		of(unix.IPPROTO_TCP, unless(plain6+flags, synAck, syn)...),
		of(unix.IPPROTO_ICMPV6, unless(plain6, 0xff, echo6)...),
		[]bpf.Instruction{accept})
}

// packet is what is read of one: who sends to whom.
type packet struct {
	proto    byte
	from, to netip.AddrPort
	sequence uint32 // of a connection's start, or an echo request's identifier
}

// name is that of the protocol in a sandbox.Attempt.
func (p packet) name() string {
	switch p.proto {
	case unix.IPPROTO_TCP:
		return "tcp"
	case unix.IPPROTO_UDP:
		return "udp"
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		return "icmp"
	}
	return "ip-" + strconv.Itoa(int(p.proto))
}

// parsePacket reads the front of a packet that the filter let through. It is
// false for one that is no attempt to reach anybody: no start of a connection,
// no echo request, or on its way to the loopback.
func parsePacket(b []byte) (p packet, ok bool) {
	if len(b) == 0 {
		return p, false
	}
	var from, to netip.Addr
	rest := b
	switch b[0] >> 4 {
	case 4:
		size := 4 * int(b[0]&0x0f)
		if size < plain4 || len(b) < size {
			return p, false
		}
		from, to = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
		if last := lastHop(b[plain4:size]); last.IsValid() && (to.IsLoopback() || !last.IsLoopback()) {
			to = last
		}
		p.proto, rest = b[9], b[size:]
	case 6:
		if len(b) < plain6 {
			return p, false
		}
		from, to = netip.AddrFrom16([16]byte(b[8:24])).Unmap(), netip.AddrFrom16([16]byte(b[24:40])).Unmap()
		p.proto, rest = pastExtensions(b[6], b[plain6:])
	default:
		return p, false
	}
	if to.IsLoopback() {
		return p, false
	}
	var ports [2]uint16
	switch p.proto {
	case unix.IPPROTO_TCP:
		if len(rest) > flags && rest[flags]&synAck != syn {
			return p, false
		}
		if len(rest) >= 8 {
			p.sequence = binary.BigEndian.Uint32(rest[4:])
		}
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		if len(rest) == 0 || (rest[0] != echo || p.proto != unix.IPPROTO_ICMP) && (rest[0] != echo6 || p.proto != unix.IPPROTO_ICMPV6) {
			return p, false
		}
		if len(rest) >= 6 {
			p.sequence = uint32(binary.BigEndian.Uint16(rest[4:]))
		}
	}
	switch p.proto {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE, unix.IPPROTO_SCTP, unix.IPPROTO_DCCP:
		if len(rest) >= 4 {
			ports = [2]uint16{binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:])}
		}
	}
	p.from, p.to = netip.AddrPortFrom(from, ports[0]), netip.AddrPortFrom(to, ports[1])
	return p, true
}

// From linux/ip.h: options that name the hops of a packet.
const (
	looseRoute  = 131
	strictRoute = 137
)

// lastHop is the last of the hops that the options of an IPv4 header name: a
// packet with such is addressed to the first of them.
func lastHop(options []byte) netip.Addr {
	for len(options) > 0 && options[0] != 0 {
		if options[0] == 1 { // a filler
			options = options[1:]
			continue
		}
		if len(options) < 2 || int(options[1]) < 2 || int(options[1]) > len(options) {
			break
		}
		kind, size := options[0], int(options[1])
		if (kind == looseRoute || kind == strictRoute) && size >= 3+4 {
			return netip.AddrFrom4([4]byte(options[size-4 : size]))
		}
		options = options[size:]
	}
	return netip.Addr{}
}

// pastExtensions skips the headers between an IPv6 header and what it carries.
func pastExtensions(proto byte, b []byte) (byte, []byte) {
	for len(b) >= 8 {
		size := 8 + 8*int(b[1])
		switch proto {
		case unix.IPPROTO_HOPOPTS, unix.IPPROTO_ROUTING, unix.IPPROTO_DSTOPTS:
		case unix.IPPROTO_FRAGMENT:
			size = 8
		default:
			return proto, b
		}
		if size > len(b) {
			return b[0], nil
		}
		proto, b = b[0], b[size:]
	}
	return proto, b
}
