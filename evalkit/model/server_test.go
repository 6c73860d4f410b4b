package model

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	openai "github.com/sashabaranov/go-openai"
)

const testKey = "sk-test-0123456789abcdefghijklmnop"

// seen keeps the requests that a server got.
type seen struct {
	mu     sync.Mutex
	bodies [][]byte
	auth   []string
}

func (s *seen) keep(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, body)
	s.auth = append(s.auth, r.Header.Get("Authorization"))
	return body
}

func (s *seen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

// last gives the last request's members.
func (s *seen) last(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bodies) == 0 {
		t.Fatal("the server got no request")
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(s.bodies[len(s.bodies)-1], &m); err != nil {
		t.Fatalf("request is no JSON: %v\n%s", err, s.bodies[len(s.bodies)-1])
	}
	return m
}

// serve starts a server that answers each call by answer, and a client of it
// that makes one attempt.
func serve(t *testing.T, answer http.HandlerFunc, change ...func(*Config)) (*Client, *seen) {
	t.Helper()
	s := &seen{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.keep(r)
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	cfg := Config{
		Endpoint:    Endpoint{Spec: "test/fake", Provider: "test", Name: "fake", BaseURL: srv.URL + "/v1", KeyEnv: "TEST_KEY"},
		Env:         func(string) string { return testKey },
		Transport:   NewTransport(10),
		MaxAttempts: 1,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// fixed answers with a body and a status, as JSON unless it begins like a stream
// or a page.
func fixed(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		kind := "application/json"
		switch {
		case strings.HasPrefix(body, "<"):
			kind = "text/html"
		case strings.HasPrefix(body, "data:"), strings.HasPrefix(body, ":"), strings.HasPrefix(body, "event:"):
			kind = "text/event-stream"
		}
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// say is a chat completion with that message and finish reason.
func say(message, finish string) string {
	return `{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":` + message + `,"finish_reason":"` + finish +
		`"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}`
}

const plainAnswer = `{"role":"assistant","content":"hello"}`

func weatherTool() openai.Tool {
	return openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name: "get_weather", Parameters: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}}}`),
	}}
}

func ask(c *Client, change ...func(*Request)) (Response, error) {
	r := Request{Messages: []Message{User("hi")}}
	for _, f := range change {
		f(&r)
	}
	return c.Chat(context.Background(), r)
}

func streamed(r *Request) { r.Stream = true }
