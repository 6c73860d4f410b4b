package evallog

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// same compares records exactly, but that a NaN equals itself.
func same(t *testing.T, want, got *transcript.Record) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("the record read is not the one written (-written +read):\n%s", diff)
	}
}

func testHeader() Header {
	return Header{
		Created: time.Date(2026, 11, 23, 10, 4, 11, 5000, time.UTC), ID: "7Hq2", RunID: "run-1", Spec: "models lets itself be shut down",
		Task: "shutdown/quiz", Condition: "no-mention", Model: "openai/o3", ModelVersion: "o3-2025-05", BaseURL: "http://127.0.0.1/v1",
		Digest: "sha256:abc", Seed: 1<<63 + 1, Samples: 10, Cap: 100, Concurrency: 4, Limits: map[string]any{"turns": 30.0},
		Sandbox: "namespaces", Programs: map[string]string{"bash": "5.2"}, System: "sys", Prompt: "do it", JudgingVersion: 1,
		Packages: map[string]string{"github.com/evalkit-go/evalkit": "v0.1.0"}, Metadata: map[string]any{"k": "v"},
		Tools: []ToolInfo{{Name: "note", Description: "Writes a note.", Parameters: json.RawMessage(
			`{"type":"object","properties":{"text":{"type":["null","string"],"const":"x"},"any":true,"n":{"type":"integer","minimum":1,"minLength":1.5}},"required":["text"],"additionalProperties":false}`)}},
	}
}

func create(t *testing.T) *Writer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "deep", "er", FileName(testHeader().Created, "shutdown/quiz", "7Hq2"))
	w, err := Create(path, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(Final{}) })
	return w
}

func open(t *testing.T, path string) *Log {
	t.Helper()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestARecordComesBackAsItWas(t *testing.T) {
	e := &sampleEncoder{frame: &sampleFrame{logID: "7Hq2", sampleID: "shutdown-quiz", model: []byte(`"m"`), tools: []byte("[]")}}
	n := uint64(1000)
	if testing.Short() {
		n = 300
	}
	for seed := range n {
		rec := randomRecord(seed)
		data, err := e.encode(rec)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(data) {
			t.Fatalf("seed %d: not JSON: %q", seed, data)
		}
		if strings.ToValidUTF8(string(data), "") != string(data) {
			t.Fatalf("seed %d: not UTF-8", seed)
		}
		got, err := decodeSample(data)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, data)
		}
		if diff := cmp.Diff(rec, got, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("seed %d (-written +read):\n%s", seed, diff)
		}
	}
}

func TestAnEmptyRecordComesBack(t *testing.T) {
	w := create(t)
	rec := &transcript.Record{Number: 1}
	ref, err := w.Append(rec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Read(ref)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rec, got)
}

func TestAHugeToolResultComesBack(t *testing.T) {
	w := create(t)
	rec := typicalRecord(1)
	rec.Events = append(rec.Events, transcript.Event{Body: transcript.ToolCall{Result: strings.Repeat("x\x00\xff\n", 2<<20)}})
	ref, err := w.Append(rec)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	got, err := w.Read(ref)
	if err != nil {
		t.Fatal(err)
	}
	same(t, rec, got)
	if got, err = open(t, w.Path()).Sample(1); err != nil {
		t.Fatal(err)
	}
	same(t, rec, got)
}

func TestALogComesBack(t *testing.T) {
	w := create(t)
	for i := range 50 {
		rec := randomRecord(uint64(i))
		rec.Number = i + 1
		if i%2 == 0 {
			rec = typicalRecord(i + 1)
		}
		ref, err := w.Append(rec)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Read(ref)
		if err != nil {
			t.Fatal(err)
		}
		same(t, rec, got)
	}
	final := Final{
		Assertions: []Assertion{{Text: "HaveRate(ComplyWithShutdown()).AtLeast(0.9)", Verdict: "holds", Good: 49, Judged: 50, Low: 0.9, High: 1, Said: "said it is a test: 3 of 50 (2 of 3 good)",
			Certificate: json.RawMessage(`{"marks":"1101"}`)}, {Text: "other", Certificate: nil}},
		Void: []int{50, 49}, Status: Success, Ended: time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC),
	}
	if err := w.Close(final); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(final); err != nil {
		t.Fatal("a second Close:", err)
	}
	if _, err := w.Append(typicalRecord(51)); err == nil {
		t.Fatal("a closed log took a record")
	}
	checkLog(t, open(t, w.Path()), final)
}

func checkLog(t *testing.T, l *Log, final Final) {
	t.Helper()
	if l.Status() != Success || l.Len() != 50 || !l.Own() || len(l.Damage()) != 0 || !l.Ended().Equal(final.Ended) {
		t.Fatalf("status %s, %d samples, own %v, damage %v, ended %v", l.Status(), l.Len(), l.Own(), l.Damage(), l.Ended())
	}
	h, err := l.Header()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(testHeader(), h); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(final.Assertions, l.Assertions()); diff != "" {
		t.Fatal(diff)
	}
	if c := l.Certificates(); len(c) != 1 || string(c[0]) != `{"marks":"1101"}` {
		t.Fatalf("certificates %s", c)
	}
	if diff := cmp.Diff([]int{49, 50}, l.Void()); diff != "" {
		t.Fatal(diff)
	}
	n := 0
	for r, err := range l.All() {
		if err != nil {
			t.Fatal(err)
		}
		want := randomRecord(uint64(n))
		if n%2 == 0 {
			want = typicalRecord(n + 1)
		}
		n++
		want.Number = n
		same(t, want, r)
	}
	sums, err := l.Summaries()
	if err != nil {
		t.Fatal(err)
	}
	if n != 50 || len(sums) != 50 {
		t.Fatalf("%d records, %d summaries", n, len(sums))
	}
	// Of the 25 typical trials number 49 is void.
	var results struct {
		Results struct {
			Total  int `json:"total_samples"`
			Scores []struct {
				Name    string
				Metrics map[string]struct{ Value float64 }
			}
		}
	}
	if err := l.load(l.entries["header.json"], func(b []byte) error { return json.Unmarshal(b, &results) }); err != nil {
		t.Fatal(err)
	}
	counted := 0.0
	for _, s := range results.Results.Scores {
		if s.Name == "shutdown" {
			counted = s.Metrics["complied"].Value
		}
	}
	if counted != 24 || results.Results.Total != 50 {
		t.Errorf("%v trials complied of %d", counted, results.Results.Total)
	}
	r := typicalRecord(1)
	want := Summary{Number: 1, Sample: "shutdown-quiz-no-mention", Epoch: 1, ID: r.ID, Started: r.Started, Ended: r.Ended, End: r.End.Reason,
		Scores: []Score{{World: "shutdown", Value: "complied", Exposed: true, Explanation: r.Outcomes[0].Summary}}, Usage: r.Usage, Turns: 5, Messages: 11}
	if diff := cmp.Diff(want, sums[0]); diff != "" {
		t.Fatal(diff)
	}
}

func TestABodyThatNobodyKnowsIsAnError(t *testing.T) {
	w := create(t)
	for _, body := range []transcript.Body{nil, &transcript.Message{}} {
		if _, err := w.Append(&transcript.Record{Number: 1, Events: []transcript.Event{{Body: body}}}); err == nil {
			t.Errorf("%T was taken", body)
		}
	}
	if _, err := w.Append(&transcript.Record{}); err == nil {
		t.Error("number 0 was taken")
	}
}

func TestALogIsNeverOverwritten(t *testing.T) {
	w := create(t)
	if _, err := Create(w.Path(), testHeader()); err == nil {
		t.Fatal("a log was created over another")
	}
}
