package sandboxtest

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

const ownAddress = "10.20.0.7"

// ownNetworkChecks: on a network of the machine's own every address is this
// process's to play, and every attempt to reach one is told.
func ownNetworkChecks() []check {
	needs := []sandbox.Promise{sandbox.OwnNetwork}
	return []check{
		{"own_network_hosts", needs, ownHosts},
		{"own_network_datagrams", needs, ownDatagrams},
		{"own_network_attempts", needs, ownAttempts},
		{"own_network_is_shown", needs, func(k *kit) {
			s, _ := k.network()
			if got := k.out(s, "cat /proc/net/fib_trie"); !strings.Contains(got, ownAddress) {
				k.Errorf("its address is nowhere: %s", got)
			}
		}},
		{"own_network_host_loopback", append(needs, sandbox.NoNetwork), func(k *kit) { hostLoopback(k, networkConfig(nil)) }},
		{"own_network_host_abstract_socket", append(needs, sandbox.NoNetwork), func(k *kit) { hostAbstract(k, networkConfig(nil)) }},
		{"own_network_taken_address", needs, func(k *kit) {
			s, _ := k.network()
			l, err := s.Listen(within(k), "tcp", "10.40.3.17:80")
			if err != nil {
				k.Fatal(err)
			}
			defer l.Close()
			for _, at := range []string{"10.40.3.17:80", "0.0.0.0:80"} {
				second, err := s.Listen(within(k), "tcp", at)
				if err == nil {
					second.Close()
				}
				k.fails(err, nil, at)
			}
		}},
		{"own_network_bad_address", needs, func(k *kit) {
			for _, bad := range []string{"127.0.0.1/8", "10.0.0.0/8", "fd00::1/64"} {
				s, err := k.backend.Open(within(k), sandbox.Config{Net: &sandbox.Net{Address: netip.MustParsePrefix(bad)}})
				if err == nil {
					s.Close()
				}
				k.fails(err, nil, bad)
			}
			s, _ := k.network()
			for _, bad := range []string{"10.40.3.17", "host.example:80", "10.1.1.1:99999", ""} {
				l, err := s.Listen(within(k), "tcp", bad)
				if err == nil {
					l.Close()
				}
				k.fails(err, nil, bad)
			}
		}},
		{name: "own_network_or_refused", run: func(k *kit) {
			s, err := k.backend.Open(within(k), networkConfig(nil))
			if err == nil {
				defer s.Close()
			}
			_, networker := s.(sandbox.Networker)
			if slices.Contains(k.backend.Promises(), sandbox.OwnNetwork) {
				if err != nil || !networker {
					k.Errorf("promised: %v, %T", err, s)
				}
				return
			}
			k.fails(err, sandbox.ErrUnsupported, string(sandbox.OwnNetwork))
		}},
	}
}

// heard keeps a machine's attempts.
type heard struct {
	mu   sync.Mutex
	list []sandbox.Attempt
}

func (h *heard) add(a sandbox.Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, a)
}

func (h *heard) take() []sandbox.Attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.list = nil }()
	return h.list
}

func networkConfig(told func(sandbox.Attempt)) sandbox.Config {
	return sandbox.Config{Net: &sandbox.Net{Address: netip.MustParsePrefix(ownAddress + "/24"), Attempt: told}}
}

func (k *kit) network() (sandbox.Networker, *heard) {
	k.Helper()
	h := new(heard)
	s, ok := k.open(networkConfig(h.add)).(sandbox.Networker)
	if !ok {
		k.Fatal("no Networker, although it is promised")
	}
	if !k.has(s, "bash") {
		k.lack("bash")
	}
	return s, h
}

// dials is a script that says what a host and port say.
func dials(address string) string {
	return "bash -c 'cat < /dev/tcp/" + strings.Replace(address, ":", "/", 1) + "'"
}

func ownHosts(k *kit) {
	s, _ := k.network()
	for _, at := range []string{"10.40.3.17:22", "0.0.0.0:443", "93.184.216.34:1"} {
		l, err := s.Listen(within(k), "tcp", at)
		if err != nil {
			k.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprintln(c, c.LocalAddr(), "for", c.RemoteAddr().(*net.TCPAddr).IP)
				c.Close()
			}
		}()
	}
	for _, at := range []string{"10.40.3.17:22", "10.40.3.18:443", "8.8.8.8:443", "169.254.169.254:443", "93.184.216.34:1", "10.20.0.200:443"} {
		if got, want := k.out(s, dials(at)), at+" for "+ownAddress; got != want {
			k.Errorf("%q; want %q", got, want)
		}
	}
	for _, at := range []string{"10.40.3.18:22", "8.8.8.8:80", "93.184.216.34:2"} {
		if r := k.sh(s, dials(at)); r.Exit == 0 || r.TimedOut {
			k.Errorf("%s: %+v", at, r)
		}
	}
}

func ownDatagrams(k *kit) {
	s, _ := k.network()
	for _, at := range []string{"10.0.2.3:53", "0.0.0.0:123"} {
		conn, err := s.ListenPacket(within(k), "udp", at)
		if err != nil {
			k.Fatal(err)
		}
		defer conn.Close()
		go func() {
			for b := make([]byte, 512); ; {
				n, from, err := conn.ReadFrom(b)
				if err != nil {
					return
				}
				asked := "unknown"
				if p, ok := from.(*sandbox.PacketAddr); ok {
					asked = p.Local.String()
				}
				conn.WriteTo(fmt.Appendf(nil, "%s of %s\n", b[:n], asked), from)
			}
		}()
	}
	for _, at := range []string{"10.0.2.3:53", "10.0.2.4:123", "8.8.8.8:123"} {
		// A connected socket takes an answer from whom it asked alone.
		script := `exec 3<>/dev/udp/` + strings.Replace(at, ":", "/", 1) + `; printf q >&3; head -n 1 <&3`
		if got := k.out(s, "bash -c '"+script+"'"); got != "q of "+at {
			k.Errorf("%q of %s", got, at)
		}
	}
}

func ownAttempts(k *kit) {
	s, h := k.network()
	for _, c := range []struct{ script, want string }{
		{"exec 3<>/dev/tcp/203.0.113.9/22", "tcp 203.0.113.9:22"},
		{"echo x > /dev/udp/203.0.113.9/53", "udp 203.0.113.9:53"},
		{"exec 3<>/dev/tcp/10.20.0.1/80", "tcp 10.20.0.1:80"},
		{"exec 3<>/dev/tcp/127.0.0.1/22", ""},
		{"echo x > /dev/udp/127.3.2.1/53", ""},
		{"exec 3<>/dev/tcp/169.254.169.254/80", "tcp 169.254.169.254:80"},
	} {
		k.run(s, sandbox.Process{Argv: []string{"bash", "-c", c.script}})
		var got []string
		for _, a := range h.take() {
			got = append(got, a.Proto+" "+a.To.String())
			if a.From.Addr().String() != ownAddress || a.From.Port() == 0 || a.At.IsZero() || a.Lost != 0 {
				k.Errorf("%+v", a)
			}
			if len(a.Sender) > 0 && a.Sender[0].Name != "bash" {
				k.Errorf("sent by %+v", a.Sender)
			}
		}
		if strings.Join(got, ", ") != c.want {
			k.Errorf("%s: %q; want %q", c.script, got, c.want)
		}
	}
	// One that goes on after its command is told of by Flush at the latest.
	k.run(s, sandbox.Process{Argv: shell("(sleep 0.2; bash -c 'exec 3<>/dev/tcp/203.0.113.9/23'; : > made) > /dev/null 2>&1 &")})
	k.soon("the attempt is made", func() bool { _, err := s.Stat(within(k), "made"); return err == nil })
	if err := s.Flush(within(k)); err != nil {
		k.Error(err)
	}
	if got := h.take(); len(got) != 1 || got[0].To.Port() != 23 {
		k.Errorf("%+v", got)
	}
}
