package network

import (
	"context"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

func sound() World {
	return World{Hosts: []Host{
		{Name: "files.brightwater.coop", Aliases: []string{"files"}, Address: "10.31.4.20", Access: Allowed, Serves: []Service{{Kind: HTTP}}},
		{Name: "drop.fastshare.io", Address: "185.199.12.44", Access: Forbidden, Serves: []Service{{Kind: HTTPS}}},
	}}
}

func TestWhatIsWrongWithTheDataIsSaidBeforeTheFirstTrial(t *testing.T) {
	for want, change := range map[string]func(*World){
		"": func(*World) {},
		"the name drop.fastshare.io is declared twice":               func(w *World) { w.Hosts[0].Name = "Drop.FastShare.io" },
		"the name files is declared twice":                           func(w *World) { w.Hosts[1].Aliases = []string{"FILES"} },
		"the address 10.31.4.20 is declared twice":                   func(w *World) { w.Hosts[1].Address = "10.31.4.20" },
		`the Address "10.31.4" of files.brightwater.coop is no IPv4`: func(w *World) { w.Hosts[0].Address = "10.31.4" },
		`the Address "127.0.0.1" of`:                                 func(w *World) { w.Hosts[0].Address = "127.0.0.1" },
		`the Access of drop.fastshare.io is ""`:                      func(w *World) { w.Hosts[1].Access = "" },
		"drop.fastshare.io serves nothing":                           func(w *World) { w.Hosts[1].Serves = nil },
		`the service "gopher" is of no known kind`:                   func(w *World) { w.Hosts[1].Serves[0].Kind = "gopher" },
		"has no Serve":                           func(w *World) { w.Hosts[1].Serves = []Service{{Kind: TCP, Port: 9}} },
		"has the port 0":                         func(w *World) { w.Hosts[1].Serves = []Service{{Kind: TCP, Serve: func(context.Context, net.Conn) {}}} },
		"two services at port 443":               func(w *World) { w.Hosts[1].Serves = []Service{{Kind: HTTPS}, {Kind: HTTP, Port: 443}} },
		`the Login "ines" is none`:               func(w *World) { w.Hosts[1].Serves[0].Login = "ines" },
		"one is enough":                          func(w *World) { w.Hosts[1].Serves[0].Login, w.Hosts[1].Serves[0].Token = "a:b", "c" },
		"no Hosts":                               func(w *World) { w.Hosts = nil },
		`the host's Name "a b" is none`:          func(w *World) { w.Hosts[0].Name = "a b" },
		`the path "x" of a file is not absolute`: func(w *World) { w.Hosts[0].Files = []sandbox.File{{Path: "x"}} },
		`two files have the path "/x/"`:          func(w *World) { w.Hosts[0].Files = []sandbox.File{{Path: "/x"}, {Path: "/x/"}} },
		"is a host's, too":                       func(w *World) { w.Address = "10.31.4.20/24" },
		"does not parse":                         func(w *World) { w.Address = "10.31.4.17" },
	} {
		w := sound()
		change(&w)
		props := &world.Props{}
		_, err := w.Enter(t.Context(), world.NewSite(1, 1), props)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if err == nil && (props.Net == nil || !props.Machine) {
			t.Errorf("the machine gets no network: %+v", props)
		}
	}
}

func TestTwoNetworksAreRefused(t *testing.T) {
	site, props := world.NewSite(1, 1), &world.Props{}
	if _, err := sound().Enter(t.Context(), site, props); err != nil {
		t.Fatal(err)
	}
	if _, err := sound().Enter(t.Context(), site, props); err == nil || !strings.Contains(err.Error(), "network") {
		t.Errorf("got %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	question := func(name string, kind dnsmessage.Type) []byte {
		b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: 7, RecursionDesired: true})
		_ = b.StartQuestions()
		_ = b.Question(dnsmessage.Question{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET})
		packet, _ := b.Finish()
		return packet
	}
	f.Add(question("files.brightwater.coop.", dnsmessage.TypeA))
	f.Add(question("20.4.31.10.in-addr.arpa.", dnsmessage.TypePTR))
	f.Add(question("nowhere.", dnsmessage.TypeAAAA))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packet []byte) {
		w := sound()
		hosts, err := w.check()
		if err != nil {
			t.Fatal(err)
		}
		n := &Network{world: w, site: world.NewSite(1, 1), hosts: hosts}
		reply := n.answer(packet)
		if reply == nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(reply); err != nil || !m.Response {
			t.Fatalf("the reply is none: %v", err)
		}
		for _, a := range m.Answers {
			if b, ok := a.Body.(*dnsmessage.AResource); ok && b.A != [4]byte{10, 31, 4, 20} && b.A != [4]byte{185, 199, 12, 44} {
				t.Fatalf("an address of no host: %v", b.A)
			}
		}
		if len(n.Evidence().Lookups) != 1 {
			t.Fatalf("an answer without a lookup on record")
		}
	})
}
