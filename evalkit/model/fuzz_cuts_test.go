package model

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// captured are bodies that a small real server sent (llama-cpp-python), by file
// name: .json and .txt whole, .sse streams.
func captured(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/bodies/*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no bodies: %v", err)
	}
	bodies := map[string][]byte{}
	for _, path := range paths {
		if bodies[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return bodies
}

// pieces is a body that comes in pieces of the lengths that cuts gives, over and
// over; 0 is a read of nothing.
type pieces struct {
	body []byte
	cuts []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.body) == 0 {
		return 0, io.EOF
	}
	size := len(p.body)
	if len(p.cuts) > 0 {
		size = int(p.cuts[p.n%len(p.cuts)])
		p.n++
	}
	n := copy(b, p.body[:min(size, len(p.body))])
	p.body = p.body[n:]
	return n, nil
}

// inPieces is what comes of a body that arrives so.
func inPieces(body, cuts []byte, status int, stream bool) (Response, error) {
	contentType := "application/json"
	if stream {
		contentType = "text/event-stream"
	}
	answer := func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, ContentLength: -1, Body: io.NopCloser(&pieces{body: body, cuts: cuts})}, nil
	}
	c := stepClient(&testing.T{}, &steps{list: []step{answer}}, func(cfg *Config) { cfg.MaxAttempts = 1 })
	r, err := ask(c, func(r *Request) { r.Stream = stream })
	r.Took = 0
	return r, err
}

func sameAnswer(t *testing.T, body []byte, one, other Response, oneErr, otherErr error) {
	t.Helper()
	if (oneErr == nil) != (otherErr == nil) || oneErr != nil && oneErr.Error() != otherErr.Error() {
		t.Fatalf("%q: %v, and in pieces %v", body, oneErr, otherErr)
	}
	if string(one.Raw) != string(other.Raw) || string(one.Message.wire) != string(other.Message.wire) || one.Usage != other.Usage || one.FinishReason != other.FinishReason || one.ID != other.ID {
		t.Errorf("%q: %+v, and in pieces %+v", body, one, other)
	}
}

// FuzzPieces: the same bytes are the same answer, or the same error, wherever
// the network cuts them.
func FuzzPieces(f *testing.F) {
	for name, body := range captured(f) {
		f.Add(body, []byte{1}, 200, strings.HasSuffix(name, ".sse"))
		f.Add(body, []byte{7, 0, 200, 3}, 500, strings.HasSuffix(name, ".sse"))
	}
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"ä\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]"), []byte{2, 1}, 200, true)
	f.Fuzz(func(t *testing.T, body, cuts []byte, status int, stream bool) {
		if status < 200 || status > 599 {
			status = 200
		}
		if strings.Count(string(cuts), "\x00") == len(cuts) {
			cuts = nil // a reader that never gives anything
		}
		one, oneErr := inPieces(body, nil, status, stream)
		other, otherErr := inPieces(body, cuts, status, stream)
		sameAnswer(t, body, one, other, oneErr, otherErr)
	})
}

// A captured body that ends anywhere before its end is never a turn, but for a
// stream whose finish reason has come, which then says the same as the whole.
func TestEveryPrefixOfABody(t *testing.T) {
	for name, body := range captured(t) {
		stream := strings.HasSuffix(name, ".sse")
		whole, wholeErr := inPieces(body, nil, 200, stream)
		for k := range body {
			got, err := inPieces(body[:k], []byte{byte(k%100 + 20)}, 200, stream)
			switch {
			case err != nil:
			case !stream || wholeErr != nil:
				t.Errorf("%s: the first %d bytes of %d gave %+v", name, k, len(body), got)
			case string(got.Message.wire) != string(whole.Message.wire) || got.FinishReason != whole.FinishReason:
				t.Errorf("%s: the first %d bytes gave %s under %q, the whole %s", name, k, got.Message.wire, got.FinishReason, whole.Message.wire)
			}
		}
	}
}
