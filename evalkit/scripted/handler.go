package scripted

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Handler is the server as an http.Handler, with paths under /v1.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// exchange is one HTTP request in work.
type exchange struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	status int  // of the answer; 0 while there is none
	broken bool // ends without a whole answer, on purpose
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.ledger.begin() {
		panic(http.ErrAbortHandler)
	}
	x := &exchange{s: s, w: w, r: r}
	defer x.end()
	switch err := x.route(); {
	case err != nil:
		x.fail(err)
	case x.status == 0:
		panic("no answer was written") // a fault of this package
	}
}

// end counts the request out. A policy that ended its goroutine (as
// testing.T.FailNow does) left no answer: the client must hear of it.
func (x *exchange) end() {
	gone := x.status == 0 && !x.broken
	if gone {
		x.w.Header().Set("Connection", "close") // it ends with this goroutine
		x.fail(errorOf(http.StatusInternalServerError, "server_error", "policy_failed", "the policy ended its goroutine without a reply (runtime.Goexit; testing's FailNow and Skip do that)"))
	}
	if x.broken {
		x.status = 0
	}
	x.s.ledger.end(x.status)
	if gone {
		_ = http.NewResponseController(x.w).Flush() // net/http will not: it ends too
	}
}

// abort breaks the connection.
func (x *exchange) abort() {
	x.broken = true
	panic(http.ErrAbortHandler)
}

func (x *exchange) route() *apiError {
	if err := x.authorize(); err != nil {
		return err
	}
	path := x.r.URL.Path
	name, ofModel := strings.CutPrefix(path, "/v1/models/")
	switch {
	case path == "/v1/chat/completions":
		if x.r.Method != http.MethodPost {
			return x.wrongMethod("POST")
		}
		return x.chat()
	case path != "/v1/models" && !ofModel:
		return errorOf(http.StatusNotFound, "invalid_request_error", "unknown_url", fmt.Sprintf("Unknown request URL: %s %s. There are /v1/chat/completions, /v1/models and /v1/models/{id}.", x.r.Method, path))
	case x.r.Method != http.MethodGet && x.r.Method != http.MethodHead:
		return x.wrongMethod("GET, HEAD")
	case ofModel:
		return x.model(name)
	}
	return x.models()
}

func (x *exchange) wrongMethod(allowed string) *apiError {
	x.w.Header().Set("Allow", allowed)
	return errorOf(http.StatusMethodNotAllowed, "invalid_request_error", "method_not_allowed", fmt.Sprintf("Not allowed to %s on %s; use %s.", x.r.Method, x.r.URL.Path, allowed))
}

func (x *exchange) authorize() *apiError {
	if x.s.cfg.Key == "" {
		return nil
	}
	key, ok := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return errorOf(http.StatusUnauthorized, "invalid_request_error", "", "You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.")
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(x.s.cfg.Key)) != 1 {
		return errorOf(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
	}
	return nil
}

// buffers serve request bodies and answers.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func getBuffer() *bytes.Buffer { return buffers.Get().(*bytes.Buffer) }

func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= 1<<20 {
		b.Reset()
		buffers.Put(b)
	}
}

// readBody reads the request into b.
func (x *exchange) readBody(b *bytes.Buffer) *apiError {
	if n := x.r.ContentLength; n > 0 && n <= x.s.cfg.MaxBody {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, x.s.cfg.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errorOf(http.StatusRequestEntityTooLarge, "invalid_request_error", "request_too_large", fmt.Sprintf("The request is larger than %d bytes.", tooLarge.Limit))
	case err != nil && x.r.Context().Err() != nil, errors.Is(err, io.ErrUnexpectedEOF):
		x.abort() // the client has gone
	case err != nil:
		return badRequest("", "We could not read the body of your request: %v.", err)
	}
	return nil
}

// write sends a whole answer.
func (x *exchange) write(status int, contentType string, body []byte) {
	x.status = status
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // an error means that the client has gone
}

const jsonType = "application/json"

// fail answers with an error. A mistake of the policy's own will be made again,
// so that the client is told not to ask again.
func (x *exchange) fail(e *apiError) {
	if e.Code != nil && slices.Contains([]string{"policy_failed", "faults_failed", "fault_impossible"}, *e.Code) {
		x.w.Header().Set("X-Should-Retry", "false")
	}
	x.write(e.status, jsonType, e.body())
}
