package agent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// A server with one slot that goes on with an answer after its client has hung
// up, as llama-cpp-python does without streaming: the next call waits behind it.
// That is the server's time, not a turn: the call is made again until it gets
// through.
func TestAServerThatGoesOnAfterAHangUp(t *testing.T) {
	server, err := scripted.New(scripted.Config{Policies: []scripted.Policy{{Name: "m", Doc: "Notes and submits.", Reply: notes}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var slot sync.Mutex
	calls := make(chan int, 100)
	second := make(chan struct{})
	var once sync.Once
	n := 0
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // net/http notices a hang-up only then
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		first := false
		once.Do(func() { first = true })
		if !first {
			select {
			case <-second:
			default:
				close(second)
			}
		}
		slot.Lock()
		defer slot.Unlock()
		n++
		calls <- n
		if first {
			<-r.Context().Done() // the client has gone
			<-second             // and the answer is still being made when it comes back
		}
		server.Handler().ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	}))
	defer front.Close()
	client, err := model.New(model.Config{Endpoint: model.Endpoint{Provider: "http", Name: "m", BaseURL: front.URL + "/v1", KeyOptional: true}, Timeout: 2 * time.Second, Transport: model.NewTransport(1)})
	if err != nil {
		t.Fatal(err)
	}
	s := stage(agent.Limits{Turns: 5}, noteTools()...)
	end, err := agent.Loop(t.Context(), client, s, nil)
	var fault *model.Error
	if got := became(end, err); got != wholeTrial || errors.As(err, &fault) {
		t.Errorf("the trial became %q, %v", got, err)
	}
	if len(calls) < 3 {
		t.Errorf("%d calls: the first did not hang", len(calls))
	}
}
