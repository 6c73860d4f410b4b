package model

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server that is gone is waited for, and at some time no longer; one that
// comes back is waited for again.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		calls := 0
		c, err := New(Config{
			Endpoint: Endpoint{Provider: "http", BaseURL: "http://127.0.0.1:9/v1", Name: "m", KeyOptional: true},
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				calls++
				if down {
					return nil, errors.New("it is gone")
				}
				return answerOf(r, `{"choices":[{"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]}`), nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		chat := func() (attempts int) {
			before := calls
			_, err := c.Chat(context.Background(), Request{Messages: []Message{User("Are you there?")}})
			if (err == nil) == down {
				t.Errorf("down %v: %v", down, err)
			}
			return calls - before
		}
		for began := time.Now(); time.Since(began) <= outageMax; {
			if n := chat(); n < 2 {
				t.Fatalf("%d attempts after %v", n, time.Since(began))
			}
		}
		if n := chat(); n != 1 {
			t.Errorf("%d attempts at a server that is gone", n)
		}
		if got := c.Trouble(); !strings.Contains(got, "no answer for 3m") || !strings.Contains(got, "it is gone") {
			t.Errorf("trouble: %q", got)
		}
		time.Sleep(outageGap + time.Second) // nobody asked meanwhile
		if n := chat(); n < 2 {
			t.Errorf("%d attempts long after", n)
		}
		down = false
		if n := chat(); n != 1 || c.Trouble() != "" {
			t.Errorf("%d attempts, trouble %q once it is back", n, c.Trouble())
		}
		down = true
		if n := chat(); n < 2 {
			t.Errorf("%d attempts after it was back", n)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answerOf(r *http.Request, body string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
