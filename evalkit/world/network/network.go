package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Network is the network of one trial. Safe for concurrent use.
type Network struct {
	world     World
	site      *world.Site
	hosts     []*host
	self      netip.Prefix
	resolver  netip.Addr
	authority *authority
	machine   sandbox.Networker
	closers   []func() error
	serving   sync.WaitGroup

	mu       sync.Mutex
	evidence Evidence
	open     map[*counted]struct{}
	trees    map[*host]*tree
	remotes  map[*host]*remote
	trouble  error
	closed   bool
}

// maxAttempts is how many attempts and lookups are kept one by one; the rest is
// counted.
const maxAttempts = 2000

// attempted is what a process of the machine has sent somewhere.
func (n *Network) attempted(a sandbox.Attempt) {
	if a.Lost > 0 {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.evidence.Unseen += a.Lost
		return
	}
	if a.To.Addr() == n.resolver { // its lookups are told
		return
	}
	found := Attempt{Turn: n.site.Turn(), Proto: a.Proto, To: a.To.Addr().String(), Access: Undeclared, Count: 1}
	if a.To.Port() != 0 {
		found.To = a.To.String()
	}
	if h := n.at(a.To.Addr()); h != nil {
		found.Host, found.Access = h.Name, h.Access
		found.Served = a.Proto == "tcp" && slices.ContainsFunc(h.Serves, func(s Service) bool { return s.port() == int(a.To.Port()) })
	}
	if len(a.Sender) > 0 {
		found.Sender = a.Sender[0].Command
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	same := func(o Attempt) bool { return o.Turn == found.Turn && o.Proto == found.Proto && o.To == found.To }
	if i := slices.IndexFunc(n.evidence.Attempts, same); i >= 0 {
		n.evidence.Attempts[i].Count++
		return
	}
	if len(n.evidence.Attempts) >= maxAttempts {
		n.evidence.Unseen++
		return
	}
	found.Event = n.record(FactAttempt, fmt.Sprintf("%s to %s (%s)", found.Proto, n.called(found.To, found.Host), found.Access), found)
	n.evidence.Attempts = append(n.evidence.Attempts, found)
}

func (n *Network) called(address, host string) string {
	if host == "" {
		return address
	}
	return host + ", " + address
}

// at is the host with an address, nil if there is none.
func (n *Network) at(a netip.Addr) *host {
	for _, h := range n.hosts {
		if h.address == a.Unmap() {
			return h
		}
	}
	return nil
}

// named is the host with a name, nil if there is none.
func (n *Network) named(name string) *host {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, h := range n.hosts {
		if slices.Contains(h.names(), name) {
			return h
		}
	}
	return nil
}

// record records a fact, and keeps the first trouble with that; the caller holds
// the lock.
func (n *Network) record(name, text string, data any) int {
	index, err := world.RecordFact(n.site, Name, name, text, data)
	if err != nil && n.trouble == nil {
		n.trouble = err
	}
	return index
}

// Start implements world.Starter: the hosts listen.
func (n *Network) Start(ctx context.Context) error {
	machine, ok := n.site.Sandbox.(sandbox.Networker)
	if !ok {
		return errors.New("network.World: the sandbox has no network of its own, which its backend promises")
	}
	n.machine = machine
	n.mu.Lock()
	n.open, n.trees, n.remotes = map[*counted]struct{}{}, map[*host]*tree{}, map[*host]*remote{}
	n.mu.Unlock()
	if err := n.serveNames(ctx); err != nil {
		return fmt.Errorf("network.World: names: %w", err)
	}
	for _, h := range n.hosts {
		for _, s := range h.Serves {
			if err := n.serve(ctx, h, s); err != nil {
				return fmt.Errorf("network.World: %s, port %d: %w", h.Name, s.port(), err)
			}
		}
	}
	return nil
}

// flush returns when all that was sent is on record.
func (n *Network) flush(ctx context.Context) error {
	if n.machine == nil {
		return nil
	}
	if err := n.machine.Flush(ctx); err != nil && !errors.Is(err, sandbox.ErrDown) {
		return fmt.Errorf("what the machine has sent: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.trouble
}

// Close implements world.Closer.
func (n *Network) Close(context.Context) error {
	n.mu.Lock()
	n.closed = true
	closers := n.closers
	n.closers = nil
	open := make([]*counted, 0, len(n.open))
	for c := range n.open {
		open = append(open, c)
	}
	n.mu.Unlock()
	var errs []error
	for _, closer := range closers {
		errs = append(errs, closer())
	}
	for _, c := range open {
		_ = c.Conn.Close() // its other end may be gone
	}
	n.serving.Wait()
	return errors.Join(errs...)
}

// atClose lets something be closed with the trial, at once if that is over.
func (n *Network) atClose(closer func() error) {
	n.mu.Lock()
	closed := n.closed
	if !closed {
		n.closers = append(n.closers, closer)
	}
	n.mu.Unlock()
	if closed {
		_ = closer()
	}
}
