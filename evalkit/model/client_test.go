package model

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

// No key in any error, log line or answer, wherever a server repeats it.
func TestKeyNeverShows(t *testing.T) {
	header := testKey + " and Bearer " + testKey + " sk-someone-elses-key-123456"
	for _, body := range []string{
		`{"error":{"message":"bad key ` + header + `"}}`, `{"error":"` + header + `"}`, `{"detail":"` + header + `"}`,
		"<title>" + header + "</title>", header, strings.Repeat("x", 490) + header,
		say(`{"role":"assistant","content":"`+testKey+`"}`, "stop"),
	} {
		for _, status := range []int{200, 401, 500} {
			var log strings.Builder
			synctest.Test(t, func(t *testing.T) {
				c := stepClient(t, &steps{list: []step{reply(status, body)}}, func(cfg *Config) {
					cfg.MaxAttempts = 2
					cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
				})
				got, err := ask(c)
				shown := log.String() + string(got.Raw) + got.Message.Content + string(got.Message.wire) + c.String()
				if err != nil {
					shown += err.Error()
				}
				if strings.Contains(shown, testKey) || strings.Contains(shown, testKey[8:20]) || strings.Contains(shown, "elses-key") && status != 200 {
					t.Errorf("status %d: %s", status, shown)
				}
			})
		}
	}
}

func TestMissingKey(t *testing.T) {
	s := &steps{list: []step{good()}}
	c := stepClient(t, s, func(cfg *Config) { cfg.Env = func(string) string { return "" } })
	_, err := ask(c)
	var e *Error
	if !errors.As(err, &e) || e.Kind != BadKey || e.Whose != WhoseSpec || !strings.Contains(err.Error(), "TEST_KEY") || len(s.times) != 0 {
		t.Errorf("got %v", err)
	}
}

// A real refused connection is named, with the remedy.
func TestRefused(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	base := srv.URL
	srv.Close()
	c, err := New(Config{Endpoint: Endpoint{Spec: "x", Name: "m", BaseURL: base, KeyOptional: true}, MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ask(c)
	var e *Error
	if !errors.As(err, &e) || e.Kind != Refused || !e.Retryable || !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "is the server at "+base+" running?") {
		t.Errorf("got %v", err)
	}
}

// A connection that breaks within the body is no answer.
func TestBrokenBody(t *testing.T) {
	for _, stream := range []bool{false, true} {
		c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			body := say(plainAnswer, "stop")
			if stream {
				body = event(`{"content":"a"}`, `"stop"`)
				w.Header().Set("Content-Type", "text/event-stream")
			}
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, body)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		_, err := ask(c, func(r *Request) { r.Stream = stream })
		var e *Error
		if !errors.As(err, &e) || e.Kind != Disconnected || !e.Retryable {
			t.Errorf("stream %v: got %v", stream, err)
		}
	}
}

// The transport may have to send a request again on another connection.
func TestBodyCanBeSentAgain(t *testing.T) {
	c := stepClient(t, &steps{list: []step{func(r *http.Request) (*http.Response, error) {
		first, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		again, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		second, err := io.ReadAll(again)
		if err != nil || string(first) != string(second) || int64(len(first)) != r.ContentLength {
			t.Errorf("first %s, then %s, %v", first, second, err)
		}
		return good()(r)
	}}})
	if _, err := ask(c); err != nil {
		t.Error(err)
	}
}
