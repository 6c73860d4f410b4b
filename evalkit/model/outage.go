package model

import (
	"fmt"
	"sync"
	"time"
)

// outageMax is how long nobody may answer at an address before calls to it are
// no longer made again: whatever restarts is back by then, and a run against a
// server that is gone ends, in place of waiting out the patience of each call.
const outageMax = 3 * time.Minute

// outageGap is the time without a call after which nothing is known any longer:
// more than a call ever waits between two attempts, jitter included.
const outageGap = 2 * time.Minute

// outage knows since when a server has answered nobody. The zero value knows of
// none. Safe for concurrent use.
type outage struct {
	mu    sync.Mutex
	since time.Time // of the first failure after the last answer
	until time.Time // of the last failure
	last  error
}

// note takes down how an attempt went. An answer of any kind, be it an error of
// the server's, shows that somebody is there.
func (o *outage) note(err *Error, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err == nil || err.Kind != Refused && err.Kind != Timeout && err.Kind != Disconnected:
		o.since, o.until, o.last = time.Time{}, time.Time{}, nil
	default:
		if o.since.IsZero() || now.Sub(o.until) > outageGap {
			o.since = now
		}
		o.until, o.last = now, err
	}
}

// over says whether it has lasted for so long that waiting is of no use.
func (o *outage) over(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.since.IsZero() && now.Sub(o.since) > outageMax
}

// Trouble says since when no call of this client was answered, and why; empty
// while calls are.
func (c *Client) Trouble() string {
	c.outage.mu.Lock()
	defer c.outage.mu.Unlock()
	if c.outage.since.IsZero() {
		return ""
	}
	return fmt.Sprintf("no answer for %v: %v", time.Since(c.outage.since).Round(time.Second), c.outage.last)
}
