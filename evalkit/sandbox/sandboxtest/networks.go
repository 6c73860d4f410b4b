package sandboxtest

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// clients are programs that connect to an address, each in the way of its
// language; at least one of them must be there for the check to be made.
var clients = []struct{ program, tcp, udp, abstract string }{
	{"bash", `bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d'`, `bash -c 'echo x > /dev/udp/127.0.0.1/%d'`, ""},
	{"perl", `perl -MIO::Socket::INET -e 'IO::Socket::INET->new("127.0.0.1:%d") or exit 1'`,
		`perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:%d") or exit 1; $s->send("x") or exit 1'`,
		`perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) and connect(S, pack_sockaddr_un("\0%s")) or exit 1'`},
	{"/usr/bin/python3", `/usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", %d), 5)' 2>/dev/null`,
		`/usr/bin/python3 -c 'import socket; socket.socket(2, 2).sendto(b"x", ("127.0.0.1", %d))'`,
		`/usr/bin/python3 -c 'import socket; socket.socket(1).connect("\0%s")' 2>/dev/null`},
}

// networkChecks: no socket of the host's is reached. The listeners are real,
// and what counts is what they saw.
func networkChecks() []check {
	needs := []sandbox.Promise{sandbox.NoNetwork}
	return []check{
		{"no_network_host_loopback", needs, func(k *kit) { hostLoopback(k, sandbox.Config{}) }},
		{"no_network_host_abstract_socket", needs, func(k *kit) { hostAbstract(k, sandbox.Config{}) }},
		{"no_network_metadata_address", needs, func(k *kit) {
			s := k.open(sandbox.Config{})
			if !k.has(s, "bash") {
				k.lack("bash")
			}
			for _, address := range []string{"169.254.169.254/80", "8.8.8.8/53", "1.1.1.1/443"} {
				r := k.run(s, sandbox.Process{Argv: []string{"bash", "-c", "exec 3<>/dev/tcp/" + address}, Time: 5 * time.Second})
				if r.Exit == 0 || r.TimedOut { // an answer, or packets that got lost on a real way
					k.Errorf("%s: %+v", address, r)
				}
			}
		}},
	}
}

// counted accepts and counts connections.
func counted(k *kit, network, address string) (net.Listener, *atomic.Int32) {
	l, err := net.Listen(network, address)
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { l.Close() })
	seen := new(atomic.Int32)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			seen.Add(1)
			c.Close()
		}
	}()
	return l, seen
}

func hostLoopback(k *kit, c sandbox.Config) {
	tcp, connected := counted(k, "tcp", "127.0.0.1:0")
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		k.Fatal(err)
	}
	defer udp.Close()
	var packets atomic.Int32
	go func() {
		for b := make([]byte, 64); ; packets.Add(1) {
			if _, _, err := udp.ReadFrom(b); err != nil {
				return
			}
		}
	}()
	s, tried := k.open(c), 0
	for _, c := range clients {
		if !k.has(s, c.program) {
			continue
		}
		tried++
		if r := k.sh(s, fmt.Sprintf(c.tcp, tcp.Addr().(*net.TCPAddr).Port)); r.Exit == 0 {
			k.Errorf("%s got a connection", c.program)
		}
		k.sh(s, fmt.Sprintf(c.udp, udp.LocalAddr().(*net.UDPAddr).Port))
	}
	if tried == 0 {
		k.lack("bash, perl or python3")
	}
	own, err := net.Dial("tcp", tcp.Addr().String())
	if err != nil {
		k.Fatal(err)
	}
	own.Close()
	if _, err := udp.WriteTo([]byte("x"), udp.LocalAddr()); err != nil {
		k.Fatal(err)
	}
	k.soon("the listeners have heard this process", func() bool { return connected.Load() >= 1 && packets.Load() >= 1 })
	if connected.Load() != 1 || packets.Load() != 1 {
		k.Errorf("the host's listeners saw %d connections and %d packets beside this process's own", connected.Load()-1, packets.Load()-1)
	}
}

func hostAbstract(k *kit, c sandbox.Config) {
	name := fmt.Sprintf("conformance-%d", os.Getpid())
	_, connected := counted(k, "unix", "@"+name)
	s, tried := k.open(c), 0
	for _, c := range clients {
		if c.abstract == "" || !k.has(s, c.program) {
			continue
		}
		tried++
		if r := k.sh(s, fmt.Sprintf(c.abstract, name)); r.Exit == 0 {
			k.Errorf("%s got a connection", c.program)
		}
	}
	if tried == 0 {
		k.lack("perl or python3")
	}
	own, err := net.Dial("unix", "@"+name)
	if err != nil {
		k.Fatal(err)
	}
	own.Close()
	k.soon("the listener has heard this process", func() bool { return connected.Load() >= 1 })
	if n := connected.Load(); n != 1 {
		k.Errorf("the host's listener saw %d connections beside this process's own", n-1)
	}
}
