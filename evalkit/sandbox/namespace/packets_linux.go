//go:build amd64 || arm64

package namespace

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

var _ sandbox.Networker = (*machine)(nil)

// ListenPacket implements sandbox.Networker.
func (m *machine) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	fail := func(err error) (net.PacketConn, error) {
		return nil, fmt.Errorf("listen in the sandbox on %s %s: %w", network, address, err)
	}
	if network != "udp" {
		return fail(errors.New(`the network is not "udp"`))
	}
	fd, err := m.bound(ctx, network, address)
	if err != nil {
		return fail(err)
	}
	file := os.NewFile(uintptr(fd), "sandbox packets")
	defer file.Close() // FilePacketConn takes a copy
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return fail(err)
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		conn.Close()
		return fail(errMalformed)
	}
	return &packetConn{UDPConn: udp, local: udp.LocalAddr().(*net.UDPAddr).AddrPort()}, nil
}

// Flush implements sandbox.Networker.
func (m *machine) Flush(ctx context.Context) error {
	if err := m.readable(ctx); err != nil {
		return err
	}
	m.attempts.flush()
	return nil
}

// packetConn knows, of each datagram, where it was sent to.
type packetConn struct {
	*net.UDPConn
	local netip.AddrPort
}

// ReadFrom implements net.PacketConn. The address is a *sandbox.PacketAddr.
func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	var oob [128]byte
	n, size, _, from, err := c.ReadMsgUDPAddrPort(b, oob[:])
	if err != nil {
		return n, nil, err
	}
	return n, &sandbox.PacketAddr{AddrPort: from, Local: netip.AddrPortFrom(c.askedFor(oob[:size]), c.local.Port())}, nil
}

// askedFor is the address that a datagram was sent to.
func (c *packetConn) askedFor(oob []byte) netip.Addr {
	var ip net.IP
	if c.local.Addr().Is4() {
		var m ipv4.ControlMessage
		if m.Parse(oob) == nil {
			ip = m.Dst
		}
	} else {
		var m ipv6.ControlMessage
		if m.Parse(oob) == nil {
			ip = m.Dst
		}
	}
	if at, ok := netip.AddrFromSlice(ip); ok {
		return at.Unmap()
	}
	return c.local.Addr()
}

// WriteTo implements net.PacketConn.
func (c *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	at, ok := to.(*sandbox.PacketAddr)
	if !ok {
		return c.UDPConn.WriteTo(b, to)
	}
	var oob []byte
	if from := at.Local.Addr(); from.IsValid() && !from.IsUnspecified() {
		if c.local.Addr().Is4() {
			oob = (&ipv4.ControlMessage{Src: from.AsSlice()}).Marshal()
		} else {
			oob = (&ipv6.ControlMessage{Src: from.AsSlice()}).Marshal()
		}
	}
	n, _, err := c.WriteMsgUDPAddrPort(b, oob, at.AddrPort)
	return n, err
}

// tellDestination has a datagram socket say where each was sent to.
func tellDestination(fd int, four bool) error {
	if four {
		return unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_PKTINFO, 1)
	}
	return unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_RECVPKTINFO, 1)
}
