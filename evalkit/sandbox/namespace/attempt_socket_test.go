//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// socketAttempts open sockets of kinds that reach past a network namespace, or
// that nothing in a sandbox needs.
func socketAttempts() []attempt {
	list := []attempt{
		{name: "AF_PACKET", want: "EPERM", do: func() error { return socket(unix.AF_PACKET, unix.SOCK_RAW, 0x0300) }},
		{name: "raw IP", want: "EPERM", do: func() error {
			return each(func() error { return socket(unix.AF_INET, unix.SOCK_RAW, 1) }, func() error { return socket(unix.AF_INET6, unix.SOCK_RAW, 58) })
		}},
		{name: "AF_NETLINK: a new interface", want: "EPERM", do: newInterface},
		{name: "AF_NETLINK: audit", want: "EPERM or ECONNREFUSED or EPROTONOSUPPORT", do: func() error {
			fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT)
			if err == nil {
				b := make([]byte, 16) // AUDIT_SET
				b[0], b[4], b[5], b[6] = 16, 0xe9, 0x03, 5
				if err = unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err == nil {
					err = netlinkError(fd)
				}
			}
			if err == unix.EPERM || err == unix.ECONNREFUSED || err == unix.EPROTONOSUPPORT {
				return errors.New("EPERM or ECONNREFUSED or EPROTONOSUPPORT")
			}
			return err
		}},
		{name: "socketpair of another family", want: "EAFNOSUPPORT", do: func() error { _, err := unix.Socketpair(unix.AF_TIPC, unix.SOCK_STREAM, 0); return err }},
		{name: "socketpair", want: "done", do: func() error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
		{name: "TCP to addresses outside", want: "ENETUNREACH", do: func() error {
			var calls []func() error
			for _, a := range [][4]byte{{169, 254, 169, 254}, {8, 8, 8, 8}, {10, 0, 2, 3}, {192, 168, 0, 1}, {172, 17, 0, 1}} {
				calls = append(calls, func() error {
					fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
					if err != nil {
						return err
					}
					defer unix.Close(fd)
					return unix.Connect(fd, &unix.SockaddrInet4{Port: 80, Addr: a})
				})
			}
			return each(calls...)
		}},
		{name: "credentials of others over SCM", want: "EPERM", do: func() error {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			return unix.Sendmsg(pair[0], []byte("x"), unix.UnixCredentials(&unix.Ucred{Pid: 1}), nil, 0)
		}},
	}
	for _, family := range []int{
		unix.AF_VSOCK, unix.AF_ALG, unix.AF_BLUETOOTH, unix.AF_CAN, unix.AF_TIPC, unix.AF_RDS, unix.AF_XDP, unix.AF_KEY, unix.AF_NFC,
		unix.AF_IUCV, unix.AF_KCM, unix.AF_QIPCRTR, unix.AF_SMC, unix.AF_PPPOX, unix.AF_LLC, unix.AF_IB, unix.AF_MPLS, unix.AF_ISDN, unix.AF_PHONET, unix.AF_CAIF,
	} {
		list = append(list, attempt{name: "socket family " + strconv.Itoa(family), want: "EAFNOSUPPORT", do: func() error {
			return each(func() error { return socket(family, unix.SOCK_STREAM, 0) }, func() error { return socket(family, unix.SOCK_DGRAM, 0) }, func() error { return socket(family, unix.SOCK_SEQPACKET, 0) })
		}})
	}
	return list
}

func socket(family, kind, protocol int) error {
	fd, err := unix.Socket(family, kind, protocol)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// newInterface asks the kernel for a dummy interface.
func newInterface() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	b := make([]byte, 32)
	b[0], b[4], b[6], b[7] = 32, unix.RTM_NEWLINK, unix.NLM_F_REQUEST|unix.NLM_F_ACK, 6 // create, exclusively
	if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	return netlinkError(fd)
}

func netlinkError(fd int) error {
	b := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT)
	if err != nil {
		return err
	}
	if n < 20 || b[4] != unix.NLMSG_ERROR {
		return fmt.Errorf("an answer of %d bytes", n)
	}
	code := int32(uint32(b[16]) | uint32(b[17])<<8 | uint32(b[18])<<16 | uint32(b[19])<<24)
	if code == 0 {
		return nil
	}
	return unix.Errno(-code)
}
