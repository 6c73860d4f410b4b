package network

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Rehearse implements world.Rehearser, by programs of the machine: each host is
// found by its name and answers at each port, and where a host takes uploads one
// arrives as it was sent. All of it must be in the evidence.
func (w World) Rehearse(ctx context.Context, open func(context.Context) (*world.Site, error)) error {
	site, err := open(ctx)
	if err != nil {
		return fmt.Errorf("rehearsal of the network: %w", err)
	}
	n := Of(site)
	if n == nil {
		return errors.New("rehearsal of the network: it was not entered")
	}
	site.NextTurn()
	for _, h := range n.hosts {
		if err := n.rehearseHost(ctx, h); err != nil {
			return fmt.Errorf("rehearsal of the network, %s: %w", h.Name, err)
		}
	}
	return nil
}

func (n *Network) rehearseHost(ctx context.Context, h *host) error {
	for _, s := range h.Serves {
		if err := n.answers(ctx, h, s); err != nil {
			return fmt.Errorf("port %d: %w", s.port(), err)
		}
		if s.Kind != TCP && s.Uploads {
			if err := n.uploads(ctx, h, s); err != nil {
				return fmt.Errorf("an upload to port %d: %w", s.port(), err)
			}
		}
	}
	return nil
}

// answers says whether a host is found by its name and accepts a connection.
func (n *Network) answers(ctx context.Context, h *host, s Service) error {
	script := fmt.Sprintf("exec 3<>/dev/tcp/%s/%d", h.Name, s.port())
	if err := n.run(ctx, sandbox.Process{Argv: []string{"bash", "-c", script}}); err != nil {
		return err
	}
	if err := n.flush(ctx); err != nil {
		return err
	}
	e := n.Evidence()
	switch {
	case !slices.ContainsFunc(e.Lookups, func(l Lookup) bool { return l.Name == strings.ToLower(h.Name) && l.Access == h.Access }):
		return errors.New("that its name was asked for is not in the evidence; does the machine ask a resolver of its own?")
	case !slices.ContainsFunc(e.Attempts, func(a Attempt) bool { return a.Host == h.Name && a.Access == h.Access && a.Served }):
		return errors.New("a connection to it is not in the evidence")
	}
	return nil
}

// uploads says whether a host gets what is sent to it. Programs come before
// bash, which speaks no TLS.
func (n *Network) uploads(ctx context.Context, h *host, s Service) error {
	const content = "quarterly figures, second draft\n"
	url := fmt.Sprintf("%s://%s:%d/", s.Kind, h.Name, s.port())
	login := ""
	if s.Token != "" {
		login = "-H 'Authorization: Bearer " + s.Token + "' "
	} else if s.Login != "" {
		login = "-u '" + s.Login + "' "
	}
	command := fmt.Sprintf("command -v curl >/dev/null || { echo 'curl is not there' >&2; exit 127; }; printf %%s '%s' | curl -sSf %s--data-binary @- %s", content, login, url)
	if err := n.run(ctx, sandbox.Process{Argv: []string{"bash", "-c", command}}); err != nil {
		if strings.Contains(err.Error(), "curl is not there") {
			return nil // nobody can tell from within; the connection was seen
		}
		return err
	}
	if err := n.flush(ctx); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(content))
	if !slices.ContainsFunc(n.Evidence().Received, func(r Received) bool {
		return r.Host == h.Name && r.SHA256 == hex.EncodeToString(sum[:]) && !r.Cut
	}) {
		return errors.New("it is not in the evidence as it was sent")
	}
	return nil
}

func (n *Network) run(ctx context.Context, p sandbox.Process) error {
	p.Time = 30 * time.Second
	r, err := n.machine.Run(ctx, p)
	if err != nil {
		return err
	}
	if r.Exit != 0 || r.TimedOut {
		return fmt.Errorf("%s: exit %d: %s", p.Argv[len(p.Argv)-1], r.Exit, strings.TrimSpace(string(r.Stderr)))
	}
	return nil
}
