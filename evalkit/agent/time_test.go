package agent_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// answering is a server that gives one status and body to every request, or
// nothing until the client goes.
type answering struct {
	status int
	body   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewBufferString(a.body))}, nil
}

// A trial whose time runs out while the server fails has not hit a limit of its
// own; one whose model takes its time has.
func TestTimeThatTheServerTookIsTheProviders(t *testing.T) {
	for _, c := range []struct {
		name    string
		server  answering
		timeout time.Duration
		want    string
	}{
		{"throttled all along", answering{429, `{"error":{"message":"slow down"}}`}, 0, "error PROVIDER"},
		{"down all along", answering{503, `{"error":{"message":"overloaded"}}`}, 0, "error PROVIDER"},
		{"every call hangs", answering{}, 20 * time.Second, "error PROVIDER"},
		{"one long answer", answering{}, 0, "limit time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, err := model.New(model.Config{
					Endpoint: model.Endpoint{Provider: "http", Name: "m", BaseURL: "http://127.0.0.1:1/v1", KeyOptional: true, Params: model.Params{Timeout: c.timeout}},
					Env:      func(string) string { return "" }, Transport: c.server, MaxAttempts: 1000,
				})
				if err != nil {
					t.Fatal(err)
				}
				s := stage(agent.Limits{Time: 90 * time.Second}, upper)
				end, err := agent.Loop(t.Context(), client, s, nil)
				if got := became(end, err); got != c.want {
					t.Errorf("the trial became %q, want %q (%v)", got, c.want, err)
				}
				if turns := (&transcript.Record{Events: s.Events()}).Turns(); turns != 0 {
					t.Errorf("%d turns", turns)
				}
			})
		})
	}
}
