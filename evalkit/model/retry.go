package model

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// longestRetryAfter bounds what is believed of a Retry-After.
const longestRetryAfter = 24 * time.Hour

// retryAfter reads how long a server asks to be left alone: Retry-After in
// seconds or as a date, and retry-after-ms, which OpenAI and Azure send.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		return boundWait(ms / 1000)
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		return boundWait(s)
	}
	if t, err := http.ParseTime(v); err == nil {
		return boundWait(time.Until(t).Seconds())
	}
	return 0
}

func boundWait(seconds float64) time.Duration {
	switch {
	case !(seconds > 0): // NaN too
		return 0
	case seconds > longestRetryAfter.Seconds():
		return longestRetryAfter
	}
	return time.Duration(seconds * float64(time.Second))
}

// patience is what is left of a call's retries.
type patience struct {
	attempts  int // that may still be made
	throttled int // 429s that may still be taken
	until     time.Time
	waits     *backoff.ExponentialBackOff
}

// throttledFactor: being throttled is how a full house runs, so that a call may
// be tried again four times as often as when it fails.
const throttledFactor = 4

func newPatience(attempts int, limit time.Duration) *patience {
	waits := backoff.NewExponentialBackOff() // 0.5 s, each with jitter of a half
	waits.Multiplier = 2
	waits.MaxInterval = time.Minute
	return &patience{attempts: attempts, throttled: throttledFactor*(attempts-1) + 1, until: time.Now().Add(limit), waits: waits}
}

// wait says how long to wait before the next attempt, or false when there is
// none to be made: no attempts left, or the wait would end after the time is up.
func (p *patience) wait(err *Error) (time.Duration, bool) {
	if err.Kind == Throttled {
		p.throttled--
	} else {
		p.attempts--
	}
	if !err.Retryable || p.attempts <= 0 || p.throttled <= 0 {
		return 0, false
	}
	d := p.waits.NextBackOff()
	if err.RetryAfter > 0 {
		// Not all who were sent away together come back together.
		d = err.RetryAfter + time.Duration(rand.Float64()*float64(min(err.RetryAfter/10+time.Millisecond, 2*time.Second)))
	}
	return d, time.Now().Add(d).Before(p.until)
}

// sleep waits, or ends with the context's cause.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
