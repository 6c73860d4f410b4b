//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// notes keeps the attempts of a machine.
type notes struct {
	mu   sync.Mutex
	list []sandbox.Attempt
}

func (n *notes) add(a sandbox.Attempt) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, a)
}

// take gives what was noted as "tcp 10.40.3.17:22", and forgets it.
func (n *notes) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []string
	for _, a := range n.list {
		if a.Lost > 0 {
			list = append(list, fmt.Sprintf("lost %d", a.Lost))
			continue
		}
		list = append(list, a.Proto+" "+a.To.String())
	}
	n.list = nil
	return list
}

const ownAddress = "10.20.0.7"

// hosting is a machine on which this process can be any host.
type hosting = sandbox.Networker

func withNetwork() (sandbox.Config, *notes) {
	n := new(notes)
	return sandbox.Config{Net: &sandbox.Net{Address: netip.MustParsePrefix(ownAddress + "/24"), Attempt: n.add}}, n
}

func networked(t testing.TB) (sandbox.Networker, *notes) {
	c, n := withNetwork()
	return machineFor(t, c).(hosting), n
}

// takeOf gives the notes of one address, and forgets all.
func (n *notes) takeOf(to string) []string {
	host := netip.MustParseAddrPort(to).Addr().String()
	return slices.DeleteFunc(n.take(), func(s string) bool { return !strings.Contains(s, host) })
}

// senderOf is the command line of who sent to an address.
func (n *notes) senderOf(to string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range n.list {
		if a.To.Addr() == netip.MustParseAddrPort(to).Addr() && len(a.Sender) > 0 {
			return a.Sender[0].Command
		}
	}
	return ""
}

// greeter answers each connection with the address that was dialled.
func greeter(t testing.TB, s sandbox.Networker, address string) net.Listener {
	t.Helper()
	l, err := s.Listen(within20(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			from, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			fmt.Fprintf(c, "%s for %s\n", c.LocalAddr(), from)
			c.Close()
		}
	}()
	return l
}

func dial(host string, port int) string {
	return fmt.Sprintf("cat < /dev/tcp/%s/%d", host, port)
}

func TestEveryAddressLeadsHere(t *testing.T) {
	t.Parallel()
	s, seen := networked(t)
	greeter(t, s, "10.40.3.17:22")
	greeter(t, s, "0.0.0.0:443")
	for _, c := range []struct {
		host string
		port int
	}{{"10.40.3.17", 22}, {"8.8.8.8", 443}, {"169.254.169.254", 443}, {"10.20.0.200", 443}, {"192.168.1.1", 443}, {"250.1.2.3", 443}, {"172.17.0.1", 443}} {
		want := fmt.Sprintf("%s:%d for %s", c.host, c.port, ownAddress)
		if got := output(t, s, dial(c.host, c.port)); got != want {
			t.Errorf("%q; want %q", got, want)
		}
		if got := fmt.Sprint(seen.take()); got != fmt.Sprintf("[tcp %s:%d]", c.host, c.port) {
			t.Errorf("seen: %s", got)
		}
	}
	for _, closed := range []string{"10.40.3.17/23", "8.8.8.8/22", "10.20.0.1/1"} {
		r := bash(t, s, "exec 3<>/dev/tcp/"+closed)
		if r.Exit == 0 || !strings.Contains(string(r.Stderr), "refused") {
			t.Errorf("%s: %d %s", closed, r.Exit, r.Stderr)
		}
		if got := fmt.Sprint(seen.take()); got != "[tcp "+strings.Replace(closed, "/", ":", 1)+"]" {
			t.Errorf("seen: %s", got)
		}
	}
	if r := bash(t, s, "exec 3<>/dev/tcp/127.0.0.1/443"); r.Exit != 0 {
		t.Errorf("the loopback: %s", r.Stderr)
	}
	if got := seen.take(); len(got) > 0 {
		t.Errorf("seen of the loopback: %q", got)
	}
}

func TestDatagramsAreAnsweredFromWhereTheyWereSent(t *testing.T) {
	t.Parallel()
	s, seen := networked(t)
	for _, address := range []string{"10.0.2.3:53", "0.0.0.0:54"} {
		conn, err := s.ListenPacket(within20(t), "udp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			b := make([]byte, 512)
			for {
				n, from, err := conn.ReadFrom(b)
				if err != nil {
					return
				}
				at := from.(*sandbox.PacketAddr)
				conn.WriteTo(fmt.Appendf(nil, "%s to %s", b[:n], at.Local), at)
			}
		}()
	}
	for _, c := range []string{"10.0.2.3 53", "10.9.9.9 54", "10.20.0.7 54"} {
		host, port, _ := strings.Cut(c, " ")
		// A connected socket takes answers from the address that it asked alone.
		got := output(t, s, fmt.Sprintf("exec 3<>/dev/udp/%s/%s; printf q >&3; head -c $((%d)) <&3", host, port, len("q to :"+host+port)))
		if got != fmt.Sprintf("q to %s:%s", host, port) {
			t.Errorf("%s: %q", c, got)
		}
		if got := fmt.Sprint(seen.take()); got != fmt.Sprintf("[udp %s:%s]", host, port) {
			t.Errorf("seen: %s", got)
		}
	}
}
