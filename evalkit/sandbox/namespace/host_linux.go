//go:build amd64 || arm64

package namespace

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

var _ sandbox.Host = (*machine)(nil)

// backlog is how many connections wait to be accepted.
const backlog = 128

// Listen implements sandbox.Host. Init makes the socket, so that it belongs to
// the machine's own network; the descriptor works in any process.
func (m *machine) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	fail := func(err error) (net.Listener, error) {
		return nil, fmt.Errorf("listen in the sandbox on %s %s: %w", network, address, err)
	}
	if network == "udp" {
		return fail(errors.New("use ListenPacket for datagrams"))
	}
	fd, err := m.bound(ctx, network, address)
	if err != nil {
		return fail(err)
	}
	file := os.NewFile(uintptr(fd), "sandbox listener")
	defer file.Close() // FileListener takes a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return fail(err)
	}
	return listener, nil
}

// bound has init make a socket that is bound to an address.
func (m *machine) bound(ctx context.Context, network, address string) (fd int, err error) {
	if _, err := socketAddress(network, address, m.plan.net != nil); err != nil {
		return -1, err
	}
	answer, err := m.ask(ctx, &message{op: opListen, lists: [][]string{{network, address}}})
	if err != nil {
		return -1, err
	}
	if err := errnoOf(answer.n); err != nil || len(answer.fds) != 1 {
		answer.closeFDs()
		if err == nil {
			err = errors.New(answer.text(0, 0))
		}
		return -1, err
	}
	return answer.fds[0], nil
}

// Clear implements sandbox.Host.
func (m *machine) Clear(ctx context.Context) error {
	answer, err := m.ask(ctx, &message{op: opClear})
	if err == nil {
		err = errnoOf(answer.n)
	}
	if err != nil && !errors.Is(err, sandbox.ErrDown) {
		return fmt.Errorf("end the sandbox's processes: %w", err)
	}
	m.callOff()
	return nil
}

// socketAddress reads an address that a sandbox may be asked to bind.
func socketAddress(network, address string, anywhere bool) (unix.Sockaddr, error) {
	switch network {
	case "unix":
		if len(address) < 2 || address[0] != '/' {
			return nil, errors.New("the path of a Unix socket is absolute")
		}
		return &unix.SockaddrUnix{Name: address}, nil
	case "tcp", "udp":
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		switch {
		case !anywhere && !(at.Addr().Is4() && at.Addr().IsLoopback()):
			return nil, errors.New("the machine has no other network than 127.0.0.0/8; give it one with Config.Net")
		case at.Addr().Is4():
			return &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}, nil
		case at.Addr().Zone() != "" || at.Addr().Is4In6():
			return nil, errors.New("neither an IPv4 address nor an IPv6 one without a zone")
		}
		return &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}, nil
	}
	return nil, errors.New(`the network is none of "tcp", "udp" and "unix"`)
}

// listenInside makes a listening socket and passes it to the host.
func (s *initProcess) listenInside(m *message) {
	fd, err := listenOn(m.text(0, 0), m.text(0, 1), s.network != nil)
	if err != nil {
		s.done(m.id, err)
		return
	}
	s.send(&message{op: opDone, id: m.id, fds: []int{fd}})
	unix.Close(fd)
}

func listenOn(network, address string, anywhere bool) (int, error) {
	at, err := socketAddress(network, address, anywhere)
	if err != nil {
		return -1, unix.EINVAL
	}
	family, kind := unix.AF_UNIX, unix.SOCK_STREAM
	switch at.(type) {
	case *unix.SockaddrInet4:
		family = unix.AF_INET
	case *unix.SockaddrInet6:
		family = unix.AF_INET6
	}
	if network == "udp" {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := bindSocket(fd, network, family, at); err != nil {
		unix.Close(fd)
		return -1, err
	}
	if network == "unix" {
		unix.Chmod(address, 0o666) // best effort: init's umask decides otherwise
	}
	if network == "udp" {
		return fd, nil
	}
	if err := unix.Listen(fd, backlog); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// bindSocket binds a socket so that no other can be bound beside it: a stream's
// port that listens is nobody else's, and a datagram's only as long as it was
// not bound with SO_REUSEADDR.
func bindSocket(fd int, network string, family int, at unix.Sockaddr) error {
	if network == "tcp" {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) // best effort: a port that was in use a moment ago
	}
	if family == unix.AF_INET6 { // an address there is local by its route alone
		unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_V6ONLY, 1)
		unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_FREEBIND, 1)
	}
	if network == "udp" {
		if err := tellDestination(fd, family == unix.AF_INET); err != nil {
			return err
		}
	}
	return unix.Bind(fd, at)
}

// clear kills everything but PID 1 until nothing is left. The runs among it are
// reported as they end.
func (s *initProcess) clear() error {
	for end := time.Now().Add(killMax / 2); ; {
		kill(-1, unix.SIGKILL)
		if !s.reap() {
			return nil
		}
		if time.Now().After(end) {
			return unix.ETIMEDOUT
		}
		time.Sleep(time.Millisecond)
	}
}
