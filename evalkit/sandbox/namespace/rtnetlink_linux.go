//go:build amd64 || arm64

package namespace

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// routing speaks to the kernel's table of interfaces, addresses and routes.
type routing struct {
	fd  int
	seq uint32
}

func openRouting() (*routing, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	return &routing{fd: fd}, nil
}

func (r *routing) close() { unix.Close(r.fd) }

// attribute is one of a message, with its length and type in front.
func attribute(kind uint16, value ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 > 0 {
		b = append(b, 0)
	}
	return b
}

func number(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

// do sends one request and waits for the kernel's word on it.
func (r *routing) do(kind, flags uint16, body ...[]byte) error {
	r.seq++
	size := unix.SizeofNlMsghdr
	for _, part := range body {
		size += len(part)
	}
	b := number(uint32(size))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	b = append(b, number(r.seq)...)
	b = append(b, number(0)...)
	for _, part := range body {
		b = append(b, part...)
	}
	if err := unix.Sendto(r.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	var answer [4096]byte
	for {
		n, _, err := unix.Recvfrom(r.fd, answer[:], 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case n < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR || binary.NativeEndian.Uint32(answer[8:]) != r.seq:
			continue // not the answer to this
		}
		if code := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
			return unix.Errno(-code)
		}
		return nil
	}
}

const created = unix.NLM_F_CREATE | unix.NLM_F_EXCL

// link is an ifinfomsg of an interface that never asks who has an address, for
// nobody is there to answer.
func link(flags uint32) []byte {
	b := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(b[8:], flags)
	binary.NativeEndian.PutUint32(b[12:], unix.IFF_UP|unix.IFF_NOARP)
	return b
}

func named(name string) []byte {
	return attribute(unix.IFLA_IFNAME, append([]byte(name), 0)...)
}

// vethPeer is the attribute of a veth that describes its other end, and
// otherEnd the name of that.
const (
	vethPeer = 1
	otherEnd = "veth0"
)

// addLink makes an interface of a kind and brings it up.
func (r *routing) addLink(name, kind string) error {
	ends := []string{name}
	info := attribute(unix.IFLA_INFO_KIND, []byte(kind)...)
	if kind == "veth" {
		ends = append(ends, otherEnd)
		other := append(link(unix.IFF_NOARP), named(otherEnd)...)
		info = append(info, attribute(unix.IFLA_INFO_DATA, attribute(vethPeer, other...)...)...)
	}
	if err := r.do(unix.RTM_NEWLINK, created, link(unix.IFF_NOARP), named(name), attribute(unix.IFLA_LINKINFO, info...)); err != nil {
		return err
	}
	for _, end := range ends { // a veth cannot be made up at once
		if err := r.do(unix.RTM_NEWLINK, 0, link(unix.IFF_UP|unix.IFF_NOARP), named(end)); err != nil {
			return fmt.Errorf("bring %s up: %w", end, err)
		}
	}
	return nil
}

// addAddress gives an interface an IPv4 address.
func (r *routing) addAddress(index uint32, p netip.Prefix, broadcast netip.Addr) error {
	at := p.Addr().AsSlice()
	m := append([]byte{unix.AF_INET, byte(p.Bits()), 0, unix.RT_SCOPE_UNIVERSE}, number(index)...)
	body := [][]byte{m, attribute(unix.IFA_LOCAL, at...), attribute(unix.IFA_ADDRESS, at...)}
	if p.Bits() < 31 {
		body = append(body, attribute(unix.IFA_BROADCAST, broadcast.AsSlice()...))
	}
	return r.do(unix.RTM_NEWADDR, created, body...)
}

// addLocal has all of a network lead to the machine itself.
func (r *routing) addLocal(index uint32, p netip.Prefix, source netip.Addr) error {
	family := byte(unix.AF_INET)
	if p.Addr().Is6() {
		family = unix.AF_INET6
	}
	m := []byte{family, byte(p.Bits()), 0, 0, unix.RT_TABLE_LOCAL, unix.RTPROT_BOOT, unix.RT_SCOPE_HOST, unix.RTN_LOCAL, 0, 0, 0, 0}
	body := [][]byte{m, attribute(unix.RTA_OIF, number(index)...)}
	if p.Bits() > 0 {
		body = append(body, attribute(unix.RTA_DST, p.Masked().Addr().AsSlice()...))
	}
	if source.IsValid() {
		body = append(body, attribute(unix.RTA_PREFSRC, source.AsSlice()...))
	}
	return r.do(unix.RTM_NEWROUTE, created, body...)
}

// addGateway shows a way out, as a machine has one. The routes of addLocal are
// asked first.
func (r *routing) addGateway(index uint32, gateway netip.Addr) error {
	m := []byte{unix.AF_INET, 0, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_BOOT, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST, 0, 0, 0, 0}
	return r.do(unix.RTM_NEWROUTE, created, m, attribute(unix.RTA_GATEWAY, gateway.AsSlice()...), attribute(unix.RTA_OIF, number(index)...))
}

// indexOf is the number of an interface.
func indexOf(name string) (uint32, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, request); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return request.Uint32(), nil
}
