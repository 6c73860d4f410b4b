//go:build linux && (amd64 || arm64)

package namespace

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// A command behind others is named with them, one at a time and in a crowd.
func TestSenders(t *testing.T) {
	t.Parallel()
	s, seen := networked(t)
	bash(t, s, `sh -c 'bash -c "exec 3<>/dev/tcp/203.0.113.1/1; :" crowd; :'; :`)
	seen.mu.Lock()
	var names []string
	for _, p := range seen.list[0].Sender {
		names = append(names, p.Name)
	}
	seen.mu.Unlock()
	if got := strings.Join(names, " "); got != "bash sh bash" {
		t.Errorf("%q", got)
	}
	seen.take()
	bash(t, s, `for i in {1..40}; do bash -c 'exec 3<>/dev/tcp/203.0.113.$1/7; :' number $i & done 2>/dev/null; wait`)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if len(seen.list) != 40 {
		t.Errorf("%d seen", len(seen.list))
	}
	for _, a := range seen.list {
		i := a.To.Addr().As4()[3]
		if len(a.Sender) == 0 || !strings.HasSuffix(a.Sender[0].Command, fmt.Sprintf(" number %d", i)) {
			t.Errorf("%s sent by %+v", a.To, a.Sender)
		}
	}
}

func TestWhoTurnedWhere(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	to := netip.MustParseAddrPort("203.0.113.1:53")
	one, two := []transcript.Process{{PID: 7, Name: "one"}}, []transcript.Process{{PID: 8, Name: "two"}}
	for _, c := range []struct {
		name       string
		proto      byte
		first, two time.Duration // before the packet; 0: not at all
		want       string
	}{
		{"one", unix.IPPROTO_TCP, time.Microsecond, 0, "one"},
		{"one long ago", unix.IPPROTO_UDP, 30 * time.Second, 0, "one"},
		{"one too long ago", unix.IPPROTO_UDP, quiet, 0, ""},
		{"nobody", unix.IPPROTO_TCP, 0, 0, ""},
		{"the later", unix.IPPROTO_TCP, 50 * time.Millisecond, time.Millisecond, "two"},
		{"at the same time", unix.IPPROTO_TCP, 5 * time.Millisecond, time.Millisecond, ""},
		{"datagrams in one second", unix.IPPROTO_UDP, 500 * time.Millisecond, time.Millisecond, ""},
		{"the later of datagrams", unix.IPPROTO_UDP, 5 * time.Second, time.Millisecond, "two"},
		{"afterwards", unix.IPPROTO_TCP, -time.Second, 0, ""},
	} {
		known := map[int]turner{}
		if c.first != 0 {
			known[7] = turner{start.Add(-c.first), one}
		}
		if c.two != 0 {
			known[8] = turner{start.Add(-c.two), two}
		}
		t.Run(c.name, func(t *testing.T) {
			who := turners{fd: -1, to: map[netip.AddrPort]map[int]turner{to: known}, buf: make([]byte, 1)}
			got := who.of(packet{proto: c.proto, to: to}, start)
			if c.want == "" && got != nil || c.want != "" && (len(got) == 0 || got[0].Name != c.want) {
				t.Errorf("%+v; want %q", got, c.want)
			}
		})
	}
}

// FuzzParseAddress: whatever lies in a process's memory.
func FuzzParseAddress(f *testing.F) {
	f.Add([]byte{unix.AF_INET, 0, 0, 80, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add(append([]byte{unix.AF_INET6, 0, 0, 80, 0, 0, 0, 0}, make([]byte, 20)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		at, ok := parseAddress(b)
		if ok && !at.IsValid() || ok && at.Addr().Is4In6() {
			t.Errorf("%v of %x", at, b)
		}
	})
}
