//go:build amd64 || arm64

package namespace

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// network is what init is told of a sandbox.Net.
type network struct {
	address   netip.Prefix
	name      string
	attempts  int // the packet socket, until it is handed to the host
	made      chan error
	announce  int                  // a socket to the host
	announced int                  // its other end, until it is handed over
	turned    map[turned]time.Time // told of, by the listener
	last      uint32               // the process that the listener looked at
	lastAt    time.Time
	lastIs    []string
	broadcast netip.Addr
	gateway   netip.Addr
}

// networkList is a sandbox.Net on its way to init, empty if there is none.
func (p *plan) networkList() []string {
	if p.net == nil {
		return nil
	}
	first, last := ends(p.net.Address)
	gateway := first.Next()
	if gateway == p.net.Address.Addr() {
		gateway = last.Prev()
	}
	return []string{p.net.Interface, p.net.Address.String(), last.String(), gateway.String()}
}

// readyFDs is how many descriptors init sends when it is ready.
func (p *plan) readyFDs() int {
	if p.net == nil {
		return 1
	}
	return 3
}

// ends are the first and the last address of an IPv4 network.
func ends(p netip.Prefix) (first, last netip.Addr) {
	first = p.Masked().Addr()
	b := first.As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return first, netip.AddrFrom4(b)
}

func readNetwork(list []string) (*network, error) {
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) != 4 {
		return nil, errMalformed
	}
	n := &network{name: list[0], attempts: -1, turned: map[turned]time.Time{}}
	var err error
	if n.address, err = netip.ParsePrefix(list[1]); err != nil {
		return nil, err
	}
	if n.broadcast, err = netip.ParseAddr(list[2]); err != nil {
		return nil, err
	}
	if n.gateway, err = netip.ParseAddr(list[3]); err != nil {
		return nil, err
	}
	return n, nil
}

// anywhere are all addresses of a family.
var (
	anywhere  = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	anywhere6 = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
)

// set sets what a network needs of the kernel's settings, while they can be
// written.
func (n *network) set() error {
	if n == nil {
		return nil
	}
	const net = "r/proc/sys/net/"
	for name, value := range map[string]string{
		"ipv6/conf/all/disable_ipv6": "0", "ipv6/conf/default/disable_ipv6": "0", "ipv6/conf/lo/disable_ipv6": "0",
		"ipv6/conf/default/addr_gen_mode": "1", // no IPv6 address of its own: names are not to be looked up for those
		"ipv4/ping_group_range":           "0 0",
	} {
		os.WriteFile(net+name, []byte(value), 0) // best effort
	}
	// Ports are bound after all privilege has been given up.
	return os.WriteFile(net+"ipv4/ip_unprivileged_port_start", []byte("0"), 0)
}

// hear begins to hear who is sent to. The kernel takes as long to make the ring
// as all the rest takes together, for it waits for all processors; so it is
// made beside.
func (n *network) hear() {
	if n == nil {
		return
	}
	n.made = make(chan error, 1)
	go func() {
		var err error
		n.attempts, err = packetSocket()
		n.made <- err
	}()
	runtime.Gosched()
}

// layNetwork has every address lead to the machine itself.
func (s *initProcess) layNetwork() error {
	if s.network == nil {
		return nil
	}
	return s.network.lay(interfaceKinds)
}

// interfaceKinds are those that can be made without privilege in the host, the
// plainest first.
var interfaceKinds = []string{"dummy", "ifb", "veth"}

func (n *network) lay(kinds []string) error {
	r, err := openRouting()
	if err != nil {
		return err
	}
	defer r.close()
	index, err := n.addInterface(r, kinds)
	if err != nil {
		return err
	}
	if err := r.addAddress(index, n.address, n.broadcast); err != nil {
		return fmt.Errorf("address %s: %w", n.address, err)
	}
	if n.address.Bits() < 31 {
		r.addGateway(index, n.gateway) // best effort: it is for show
	}
	// The second, since the longest prefix wins over all tables.
	for _, to := range []netip.Prefix{anywhere, n.address.Masked()} {
		if err := r.addLocal(index, to, n.address.Addr()); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("route %s: %w", to, err)
		}
	}
	return n.layIPv6(r)
}

// awaitHearing is the last step: from here on nothing goes unheard.
func (s *initProcess) awaitHearing() error {
	if s.network == nil {
		return nil
	}
	if err := <-s.network.made; err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	s.network.announce, s.network.announced = pair[0], pair[1]
	return nil
}

// addInterface makes the first kind of interface that this kernel has. The
// loopback serves where it has none.
func (n *network) addInterface(r *routing, kinds []string) (uint32, error) {
	for _, kind := range kinds {
		err := r.addLink(n.name, kind)
		if err == nil {
			return indexOf(n.name)
		}
		if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENODEV) {
			return 0, fmt.Errorf("interface %s (%s): %w", n.name, kind, err)
		}
	}
	return indexOf("lo")
}

// layIPv6 has every IPv6 address lead to the machine as well, so that nothing
// sent there goes unheard, where the kernel has them at all.
func (n *network) layIPv6(r *routing) error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if errors.Is(err, unix.EAFNOSUPPORT) {
		return nil
	}
	if err != nil {
		return err
	}
	unix.Close(fd)
	lo, err := indexOf("lo")
	if err != nil {
		return err
	}
	if err := r.addLocal(lo, anywhere6, netip.Addr{}); err != nil {
		return fmt.Errorf("route %s: %w", anywhere6, err)
	}
	return nil
}
