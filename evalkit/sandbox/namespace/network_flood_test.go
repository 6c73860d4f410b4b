//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func init() {
	// Ten thousand ports, as quickly as one process can.
	senders["a scan"] = func(to string) error {
		for port := range scanned {
			fd, _ := tcp(to, unix.SOCK_NONBLOCK)
			unix.Connect(fd, &unix.SockaddrInet4{Port: port + 1, Addr: netip.MustParseAddrPort(to).Addr().As4()})
			unix.Close(fd)
		}
		return nil
	}
	// A hundred thousand hosts, from one socket.
	senders["a flood"] = func(to string) error {
		fd, _ := udp(to)
		for i := range flooded {
			at := &unix.SockaddrInet4{Port: 9, Addr: [4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)}}
			if err := unix.Sendto(fd, []byte("x"), 0, at); err != nil {
				return err
			}
		}
		return nil
	}
	// One flow of large datagrams, which is one attempt however long it is.
	senders["a stream"] = func(to string) error {
		fd, at := udp(to)
		for range 20_000 {
			if err := unix.Sendto(fd, make([]byte, 1200), 0, at); err != nil {
				return err
			}
		}
		return nil
	}
}

const scanned, flooded = 10_000, 100_000

// A scan is told of port by port, or what of it is not is counted.
func TestScanAndFlood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, to string
		sent     int64
	}{{"a scan", "203.0.113.1:1", scanned}, {"a flood", "203.0.113.1:1", flooded}} {
		t.Run(c.name, func(t *testing.T) {
			config, seen := withNetwork()
			s := adversary(t, config)
			r := run(t, s, sandbox.Process{Argv: []string{"./try", attemptWord, c.name, c.to}})
			if strings.TrimSpace(string(r.Stdout)) != "done" {
				t.Fatalf("%+v", r)
			}
			told, lost := seen.count()
			t.Logf("%d told, %d lost", told, lost)
			if told+lost != c.sent || told > sandbox.AttemptsMax || lost > 0 && told == 0 {
				t.Errorf("%d told and %d lost of %d", told, lost, c.sent)
			}
			// Whatever came before, a later one is told of or counted.
			bash(t, s, "exec 3<>/dev/tcp/203.0.113.7/7")
			if told, lost := seen.count(); told+lost != 1 {
				t.Errorf("afterwards: %d, %d", told, lost)
			}
		})
	}
}

// count gives how many were told of one by one and how many only counted, and
// forgets them.
func (n *notes) count() (told, lost int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range n.list {
		if lost += a.Lost; a.Lost == 0 {
			told++
		}
	}
	n.list = nil
	return told, lost
}

func TestAFlowIsOneAttempt(t *testing.T) {
	t.Parallel()
	config, seen := withNetwork()
	s := adversary(t, config)
	run(t, s, sandbox.Process{Argv: []string{"./try", attemptWord, "a stream", "203.0.113.1:9"}})
	told, lost := seen.count()
	if told != 1 {
		t.Errorf("%d told, %d lost", told, lost)
	}
	// Two sockets are two.
	bash(t, s, "for i in 1 2; do echo x > /dev/udp/203.0.113.1/9; done")
	if got := fmt.Sprint(seen.take()); got != "[udp 203.0.113.1:9 udp 203.0.113.1:9]" {
		t.Error(got)
	}
}

// What is sent just before the machine ends is told of by the end of Close, or
// of the run that it ended.
func TestAttemptsBeforeTheEnd(t *testing.T) {
	t.Parallel()
	config, seen := withNetwork()
	s := machineFor(t, config)
	r := bash(t, s, "(exec 3<>/dev/tcp/203.0.113.1/9) 2>/dev/null; kill -TERM 1; exec 3<>/dev/tcp/203.0.113.2/9")
	if !r.Down {
		t.Errorf("%+v", r)
	}
	if got := fmt.Sprint(seen.take()); got != "[tcp 203.0.113.1:9]" {
		t.Error(got)
	}
	config, seen = withNetwork()
	s, err := Backend{}.Open(within20(t), config)
	if err != nil {
		t.Fatal(err)
	}
	bash(t, s, "(while :; do echo x > /dev/udp/203.0.113.1/9; done) &")
	before, lost := seen.count()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if after, more := seen.count(); before+lost+after+more == 0 {
		t.Error("nothing was told of")
	}
	if err := s.(hosting).Flush(within20(t)); !errors.Is(err, sandbox.ErrDown) {
		t.Errorf("flushed after Close: %v", err)
	}
	seen.wait(t)
}

// wait wants that nothing is told any more.
func (n *notes) wait(t *testing.T) {
	n.count()
	time.Sleep(20 * time.Millisecond)
	if told, lost := n.count(); told+lost > 0 {
		t.Errorf("%d, %d told after the end", told, lost)
	}
}
