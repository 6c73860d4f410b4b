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
	if _, err := socketAddress(network, address); err != nil {
		return fail(err)
	}
	answer, err := m.ask(ctx, &message{op: opListen, lists: [][]string{{network, address}}})
	if err != nil {
		return fail(err)
	}
	if err := errnoOf(answer.n); err != nil || len(answer.fds) != 1 {
		answer.closeFDs()
		if err == nil {
			err = errors.New(answer.text(0, 0))
		}
		return fail(err)
	}
	file := os.NewFile(uintptr(answer.fds[0]), "sandbox listener")
	defer file.Close() // FileListener takes a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return fail(err)
	}
	return listener, nil
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
func socketAddress(network, address string) (unix.Sockaddr, error) {
	switch network {
	case "unix":
		if len(address) < 2 || address[0] != '/' {
			return nil, errors.New("the path of a Unix socket is absolute")
		}
		return &unix.SockaddrUnix{Name: address}, nil
	case "tcp":
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		if !at.Addr().Is4() || !at.Addr().IsLoopback() {
			return nil, errors.New("the machine has no other network than 127.0.0.0/8")
		}
		return &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}, nil
	}
	return nil, errors.New(`the network is neither "tcp" nor "unix"`)
}

// listenInside makes a listening socket and passes it to the host.
func (s *initProcess) listenInside(m *message) {
	fd, err := listenOn(m.text(0, 0), m.text(0, 1))
	if err != nil {
		s.done(m.id, err)
		return
	}
	s.send(&message{op: opDone, id: m.id, fds: []int{fd}})
	unix.Close(fd)
}

func listenOn(network, address string) (int, error) {
	at, err := socketAddress(network, address)
	if err != nil {
		return -1, unix.EINVAL
	}
	family := unix.AF_INET
	if network == "unix" {
		family = unix.AF_UNIX
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if network == "tcp" {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) // best effort: a port that was in use a moment ago
	}
	if err := unix.Bind(fd, at); err != nil {
		unix.Close(fd)
		return -1, err
	}
	if network == "unix" {
		unix.Chmod(address, 0o666) // best effort: init's umask decides otherwise
	}
	if err := unix.Listen(fd, backlog); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
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
