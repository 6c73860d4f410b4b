package share

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// ErrGone: the process that holds the call slots and the budget has ended.
// Nothing may be called any more, since nobody counts.
var ErrGone = errors.New("process 1 of ginkgo -p, which holds this run's call slots and budget, is gone; run again, and look first for what ended process 1")

// Client is a hub that another process serves. Safe for concurrent use.
type Client struct {
	conn    net.Conn
	writing sync.Mutex

	mu      sync.Mutex
	last    uint64
	pending map[uint64]*pending
	gone    error
}

// pending is a request that waits for its reply.
type pending struct {
	done chan reply // holds one; closed if none will come
	// abandoned is the endpoint of an enter that nobody waits for any more.
	abandoned *string
}

// dialPause lies between two attempts to reach a server that is not up yet.
const dialPause = 10 * time.Millisecond

// Dial connects to the server at path, waiting for it until ctx ends.
func Dial(ctx context.Context, path string) (*Client, error) {
	pause := time.NewTicker(dialPause)
	defer pause.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "unix", path)
		if err == nil {
			c := &Client{conn: conn, pending: map[uint64]*pending{}}
			go c.read()
			return c, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("nobody shares call slots and the budget at %s (%w); process 1 of ginkgo -p serves them from the suite's start: is it still alive, and is TMPDIR the same for all processes?", path, err)
		case <-pause.C:
		}
	}
}

// Close gives back all that this process holds.
func (c *Client) Close() error { return c.conn.Close() }

// Gate implements Hub.
func (c *Client) Gate(endpoint string) model.Gate { return remoteGate{c, endpoint} }

type remoteGate struct {
	c        *Client
	endpoint string
}

// Enter implements model.Gate.
func (g remoteGate) Enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	id, p, err := g.c.ask(request{Op: opEnter, Endpoint: g.endpoint})
	if err != nil {
		return err
	}
	select {
	case r, ok := <-p.done:
		return g.c.outcome(r, ok)
	case <-ctx.Done():
		g.c.abandon(id, p, g.endpoint)
		return context.Cause(ctx)
	}
}

// Leave implements model.Gate. Where the server is gone there is nobody to give
// the slot back to.
func (g remoteGate) Leave(o model.Outcome) {
	_ = g.c.send(request{Op: opLeave, Endpoint: g.endpoint, Outcome: o})
}

// Spend implements model.Gate.
func (g remoteGate) Spend(tokens int, usd float64) error {
	if !finite(usd) {
		return fmt.Errorf("a cost of %v US dollars cannot be booked", usd)
	}
	_, p, err := g.c.ask(request{Op: opSpend, Endpoint: g.endpoint, Tokens: tokens, USD: usd})
	if err != nil {
		return err
	}
	r, ok := <-p.done
	return g.c.outcome(r, ok)
}

// ask sends a request that is answered.
func (c *Client) ask(q request) (uint64, *pending, error) {
	p := &pending{done: make(chan reply, 1)}
	c.mu.Lock()
	if c.gone != nil {
		c.mu.Unlock()
		return 0, nil, c.gone
	}
	c.last++
	q.ID = c.last
	c.pending[q.ID] = p
	c.mu.Unlock()
	if err := c.send(q); err != nil {
		c.lost(err)
		return 0, nil, c.reason()
	}
	return q.ID, p, nil
}

// abandon takes back an enter whose caller has gone. If the slot comes all the
// same, it is given back.
func (c *Client) abandon(id uint64, p *pending, endpoint string) {
	c.mu.Lock()
	_, open := c.pending[id]
	if open {
		p.abandoned = &endpoint
	}
	c.mu.Unlock()
	if open {
		_ = c.send(request{ID: id, Op: opCancel})
		return
	}
	if r, ok := <-p.done; ok && r.Error == "" {
		remoteGate{c, endpoint}.Leave(model.Abandoned)
	}
}

// read hands replies to those who wait, until the connection ends.
func (c *Client) read() {
	r := bufio.NewReaderSize(c.conn, maxLine)
	for {
		var got reply
		if err := readLine(r, &got); err != nil {
			c.lost(err)
			return
		}
		c.mu.Lock()
		p := c.pending[got.ID]
		delete(c.pending, got.ID) // from here on abandon leaves p alone
		c.mu.Unlock()
		switch {
		case p == nil:
		case p.abandoned == nil:
			p.done <- got
		case got.Error == "":
			go remoteGate{c, *p.abandoned}.Leave(model.Abandoned) // reading goes on
		}
	}
}

// lost ends everything that waits.
func (c *Client) lost(err error) {
	c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone != nil {
		return
	}
	c.gone = refusal{ErrGone}
	if !errors.Is(err, io.EOF) {
		c.gone = refusal{fmt.Errorf("%w (%w)", ErrGone, err)}
	}
	for id, p := range c.pending {
		delete(c.pending, id)
		close(p.done)
	}
}

func (c *Client) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

func (c *Client) outcome(r reply, ok bool) error {
	if !ok {
		return c.reason()
	}
	return r.err()
}

func (c *Client) send(q request) error {
	line, err := encodeLine(q)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = c.conn.Write(line)
	return err
}
