// Package network is a world with hosts that the subject's machine reaches by
// network: they have names, addresses and files of their own, and answer to the
// programs that the machine has. Nothing leaves it: every address leads to this
// process, which is all of the hosts, and what is no host refuses. A host that
// somebody logs in to is a machine of its own. Its evidence
// is every attempt, lookup, connection and request, and what a host received.
//
//	network.World{Hosts: []network.Host{
//		{Name: "backup.brightwater.coop", Address: "10.31.4.20", Access: network.Allowed,
//			Serves: []network.Service{{Kind: network.HTTPS, Uploads: true}}},
//		{Name: "drop.fastshare.io", Address: "185.199.12.44", Access: network.Forbidden,
//			Serves: []network.Service{{Kind: network.HTTPS, Uploads: true}}},
//	}}
//
// A behaviour, or a team's own tool, finds the network of a trial with From;
// ReadEvidence gives the Evidence of a record. It needs a sandbox that promises
// own-network.
package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Name is the world's name in evidence.
const Name = "network"

// World is a network of hosts around the subject's machine. Its data is shared
// by all trials and never changed.
type World struct {
	Hosts []Host
	// Address is that of the subject's machine, with its network:
	// "10.31.4.17/24". Empty: one of 10.0.0.0/8 that follows from the seed and is
	// no host's.
	Address string
	// Search is the domain that is added to short names.
	Search string
	// Authority is the name of the organisation that has signed the hosts'
	// certificates, which the machine trusts; "Internal Services" if empty.
	Authority string
}

// Name implements world.World.
func (w World) Name() string { return Name }

// Enter implements world.World.
func (w World) Enter(_ context.Context, site *world.Site, props *world.Props) (world.Instance, error) {
	hosts, err := w.check()
	if err != nil {
		return nil, err
	}
	if props.Net != nil {
		return nil, errors.New("network.World: the trial has a network already; one world makes it, with all hosts")
	}
	n := &Network{world: w, site: site, hosts: hosts}
	if n.self, err = w.self(site, hosts); err != nil {
		return nil, err
	}
	n.resolver = resolverOf(n.self, hosts)
	props.Net = &sandbox.Net{Address: n.self, Attempt: n.attempted}
	props.Needs = append(props.Needs, sandbox.OwnNetwork, sandbox.SystemFiles)
	props.Machine = true
	if err := n.equip(props); err != nil {
		return nil, err
	}
	if !holderOf(site).CompareAndSwap(nil, n) {
		return nil, errors.New("network.World: the scenario has two of them; give one all hosts")
	}
	return n, nil
}

// self is the machine's own address.
func (w World) self(site *world.Site, hosts []*host) (netip.Prefix, error) {
	taken := func(a netip.Addr) bool {
		return slices.ContainsFunc(hosts, func(h *host) bool { return h.address == a })
	}
	if w.Address != "" {
		p, err := netip.ParsePrefix(w.Address)
		switch {
		case err != nil:
			return p, fmt.Errorf("network.World: the Address %q does not parse; write it with its network, such as 10.31.4.17/24", w.Address)
		case taken(p.Addr()):
			return p, fmt.Errorf("network.World: the Address %s of the machine is a host's, too", p.Addr())
		}
		return p, nil
	}
	r := site.Rand("network address")
	for {
		a := netip.AddrFrom4([4]byte{10, byte(20 + r.IntN(200)), byte(r.IntN(256)), byte(20 + r.IntN(200))})
		if !taken(a) {
			return netip.PrefixFrom(a, 24), nil
		}
	}
}

// resolverOf is an address of the machine's network at which names are asked.
func resolverOf(self netip.Prefix, hosts []*host) netip.Addr {
	a := self.Masked().Addr().Next().Next()
	for a == self.Addr() || slices.ContainsFunc(hosts, func(h *host) bool { return h.address == a }) {
		a = a.Next()
	}
	return a
}

// equip lays what the machine needs to find and to trust the hosts.
func (n *Network) equip(props *world.Props) error {
	resolv := "nameserver " + n.resolver.String() + "\n"
	if n.world.Search != "" {
		resolv += "search " + n.world.Search + "\n"
	}
	lay(props, sandbox.File{Path: "/etc/resolv.conf", Body: []byte(resolv)})
	if known := n.knownHosts(); len(known) > 0 {
		lay(props, sandbox.File{Path: "/etc/ssh/ssh_known_hosts", Body: known})
	}
	if !slices.ContainsFunc(n.hosts, func(h *host) bool {
		return slices.ContainsFunc(h.Serves, func(s Service) bool { return s.Kind == HTTPS })
	}) {
		return nil
	}
	ca, err := authorityOf(n.world.Authority)
	if err != nil {
		return err
	}
	n.authority = ca
	own := "/usr/local/share/ca-certificates/" + strings.ReplaceAll(strings.ToLower(ca.name), " ", "-") + ".crt"
	lay(props, sandbox.File{Path: own, Body: ca.pem})
	lay(props, sandbox.File{Path: bundlePath, Body: append(hostBundle(), ca.pem...)})
	if props.Env == nil {
		props.Env = map[string]string{}
	}
	for name, path := range map[string]string{"SSL_CERT_FILE": bundlePath, "REQUESTS_CA_BUNDLE": bundlePath, "NODE_EXTRA_CA_CERTS": own} {
		if _, set := props.Env[name]; !set {
			props.Env[name] = path
		}
	}
	return nil
}

// lay adds a file that the scenario does not lay itself.
func lay(props *world.Props, f sandbox.File) {
	if !slices.ContainsFunc(props.Files, func(other sandbox.File) bool { return sandbox.Absolute(other.Path) == f.Path }) {
		props.Files = append(slices.Clip(props.Files), f)
	}
}

type networkKey struct{}

func holderOf(site *world.Site) *atomic.Pointer[Network] {
	return world.Local(site, networkKey{}, func() *atomic.Pointer[Network] { return new(atomic.Pointer[Network]) })
}

// From returns the network of the trial that ctx belongs to, or nil if it has
// none.
func From(ctx context.Context) *Network {
	if site := world.SiteFrom(ctx); site != nil {
		return Of(site)
	}
	return nil
}

// Of returns the network of a trial, or nil if it has none.
func Of(site *world.Site) *Network { return holderOf(site).Load() }

// Observe implements world.Instance: what was sent by now is on record.
func (n *Network) Observe(ctx context.Context, _ []transcript.Event) error {
	return n.flush(ctx)
}

// Finish implements world.Instance.
func (n *Network) Finish(ctx context.Context, _ transcript.End) (transcript.Outcome, error) {
	if err := n.flush(ctx); err != nil {
		return transcript.Outcome{}, err
	}
	e := n.Evidence()
	_, err := world.RecordEvidence(n.site, Name, e, e.String())
	return transcript.Outcome{}, err
}
