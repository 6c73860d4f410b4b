package agent

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// requestMax bounds a request of a program.
const requestMax = 64 << 20

// keepAlive is how often a program that waits for a stream is told that it is
// still waited for: clients give up on a silent connection.
const keepAlive = 10 * time.Second

// serve answers the program on the listener: chat completions with and without
// a stream, and the list of models, below any base path. What else it asks for is
// refused as an unknown address and put on record: no other way leads out, so
// that nothing is said which is not seen.
func (pl *play) serve(l net.Listener) *http.Server {
	server := &http.Server{
		Handler:     http.HandlerFunc(pl.answer),
		ErrorLog:    log.New(io.Discard, "", 0), // connections that end are none of our log's business
		BaseContext: func(net.Listener) context.Context { return pl.ctx },
	}
	go server.Serve(l) // ends with Close
	return server
}

func (pl *play) answer(w http.ResponseWriter, r *http.Request) {
	at := strings.TrimSuffix(r.URL.Path, "/")
	_, name, named := strings.Cut(at, "/models/")
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(at, "/chat/completions"):
		pl.chat(w, r)
	case r.Method == http.MethodGet && strings.HasSuffix(at, "/models"):
		sendJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []any{modelEntry(pl.p.modelName())}})
	case r.Method == http.MethodGet && named:
		sendJSON(w, http.StatusOK, modelEntry(name))
	default:
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			pl.mu.Lock()
			pl.wire.unknown = append(pl.wire.unknown, r.Method+" "+at)
			pl.mu.Unlock()
			pl.stage.Record(transcript.Fact{World: ProgramFacts, Name: "refused", Text: r.Method + " " + at + " is not spoken here"})
		}
		sendError(w, http.StatusNotFound, "Unknown request URL: "+r.Method+" "+at+". Please check the URL for typos, or see the docs at https://platform.openai.com/docs/api-reference/.", "unknown_url")
	}
}

func modelEntry(name string) map[string]any {
	return map[string]any{"id": name, "object": "model", "created": 1744316542, "owned_by": "system"}
}

// chat answers a chat completion.
func (pl *play) chat(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, requestMax+1))
	if err != nil {
		return // it hung up
	}
	q, err := decodeChat(body)
	if len(body) > requestMax || err != nil {
		text := "the request is larger than 64 MiB"
		if err != nil {
			text = err.Error()
		}
		pl.stage.Record(transcript.Fact{World: ProgramFacts, Name: "refused", Text: text})
		sendError(w, http.StatusBadRequest, text, "")
		return
	}
	x := pl.join(r.Context(), sha256.Sum256(body), q)
	if x == nil {
		return // it hung up
	}
	sent := &sending{w: w, q: q, x: x}
	pl.leave(x, sent.deliver(r.Context()))
}

// exchange is one request with its answer. A client that gave up and repeats
// its request word for word is given the answer to the first, so that the model
// is not asked twice for one turn.
type exchange struct {
	sum      [32]byte
	done     chan struct{}
	response model.Response
	err      error

	left chan struct{} // nil while no client waits, else closed as it leaves; the play's lock is held
}

// join gives a client its exchange, or nil if the client hangs up meanwhile.
// Where another still seems to wait for the same, it may be the same client,
// whose hanging up was not noticed yet: only the other's leaving tells.
func (pl *play) join(ctx context.Context, sum [32]byte, q *chatRequest) *exchange {
	for {
		x, busy := pl.take(sum, q)
		if busy == nil {
			return x
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return nil
		}
	}
}

// take begins an exchange, or takes up one that was left without its answer.
// Busy is closed as the client leaves that has it now.
func (pl *play) take(sum [32]byte, q *chatRequest) (x *exchange, busy <-chan struct{}) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if x := pl.exchanges[sum]; x != nil {
		if x.left != nil {
			return nil, x.left
		}
		x.left = make(chan struct{})
		return x, nil
	}
	x = &exchange{sum: sum, done: make(chan struct{}), left: make(chan struct{})}
	if pl.closed {
		x.err = errOver
		close(x.done)
		return x, nil
	}
	pl.exchanges[sum] = x
	pl.calls.Add(1)
	go func() {
		defer pl.calls.Done()
		defer close(x.done)
		x.response, x.err = pl.ask(q)
	}()
	return x, nil
}

// leave ends a client's part in an exchange. One whose answer got through is
// over: the same request once more is another.
func (pl *play) leave(x *exchange, delivered bool) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if delivered && pl.exchanges[x.sum] == x {
		delete(pl.exchanges, x.sum)
	}
	close(x.left)
	x.left = nil
}

func sendJSON(w http.ResponseWriter, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(b, '\n'))
	return err
}

func errorBody(status int, text, code string) map[string]any {
	kind := "invalid_request_error"
	if status >= 500 {
		kind = "server_error"
	}
	var given any
	if code != "" {
		given = code
	}
	return map[string]any{"error": map[string]any{"message": text, "type": kind, "param": nil, "code": given}}
}

func sendError(w http.ResponseWriter, status int, text, code string) error {
	return sendJSON(w, status, errorBody(status, text, code))
}
