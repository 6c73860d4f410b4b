package scripted

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// lateRequest is the last of five calls of a trial: a system prompt of 1 kB,
// three tools, four calls answered.
func lateRequest(stream bool) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"model":"bench","seed":7,"stream":%v,"messages":[{"role":"system","content":%q},{"role":"user","content":%q}`, stream, strings.Repeat("Be careful. ", 80), strings.Repeat("Do it. ", 40))
	for i := range 4 {
		fmt.Fprintf(&b, `,{"role":"assistant","content":"","tool_calls":[{"id":"call_%d","type":"function","function":{"name":"bash","arguments":"{\"command\":\"./next\"}"}}]},{"role":"tool","tool_call_id":"call_%d","content":"Question: 17 + 4?\n"}`, i, i)
	}
	b.WriteString(`],"tools":[`)
	for i, name := range []string{"bash", "submit", "note"} {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"function","function":{"name":%q,"description":"Runs a command on the machine and returns what it prints.","parameters":{"type":"object","properties":{"command":{"type":"string","description":"The command."}},"required":["command"],"additionalProperties":false}}}`, name)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

func benchServer(b *testing.B) *Server {
	s, err := New(Config{Policies: []Policy{{Name: "bench", Reply: Always(Bash("./next"))}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// discard is the cheapest ResponseWriter.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
func (d discard) Flush()                      {}

// BenchmarkHandler is the server's own work on one request, without HTTP.
func BenchmarkHandler(b *testing.B) {
	for name, stream := range map[string]bool{"whole": false, "stream": true} {
		b.Run(name, func(b *testing.B) {
			h, body := benchServer(b).Handler(), lateRequest(stream)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r, _ := http.NewRequest("POST", "/v1/chat/completions", bytes.NewReader(body))
				h.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}

// BenchmarkDecode is the part of it that reads and checks.
func BenchmarkDecode(b *testing.B) {
	body := lateRequest(false)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeRequest(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHTTP is one request over a kept connection, client included; empty
// is the same with a handler that does nothing, for the ratio.
func BenchmarkHTTP(b *testing.B) {
	empty := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{}")
	})
	for _, c := range []struct {
		name string
		h    http.Handler
	}{{"empty", empty}, {"scripted", benchServer(b).Handler()}} {
		b.Run(c.name, func(b *testing.B) {
			server := httptest.NewServer(c.h)
			defer server.Close()
			body := lateRequest(false)
			b.ReportAllocs()
			for b.Loop() {
				resp, err := server.Client().Post(server.URL+"/v1/chat/completions", "application/json", bytes.NewReader(body))
				if err != nil || resp.StatusCode != 200 {
					b.Fatal(resp, err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
