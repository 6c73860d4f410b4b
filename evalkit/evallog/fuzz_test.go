package evallog

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// FuzzOpen reads arbitrary bytes as a log: no panic, no endless loop, no more memory than the bytes justify.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "x.eval")
	w, err := Create(path, testHeader())
	if err != nil {
		f.Fatal(err)
	}
	if _, err := w.Append(typicalRecord(1)); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(Final{Assertions: []Assertion{{Text: "x"}}}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)-30])
	f.Add(data[:len(data)/2])
	bomb := bytes.Clone(data)
	at := bytes.LastIndex(bomb, []byte("PK\x01\x02"))
	copy(bomb[at+24:], "\xff\xff\xff\x7f") // header.json says that it unpacks to 2 GiB
	f.Add(bomb)
	for _, foreign := range inspectSeeds(f) {
		data, err := os.ReadFile(foreign)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.eval")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(path)
		if err != nil {
			return
		}
		defer func() { _ = l.Close() }()
		_, _ = l.Header()
		_, _ = l.Summaries()
		_, _ = l.Tools()
		for range l.All() {
		}
	})
}

// inspectSeeds are logs of Inspect, with samples in one and in parts, and a .json one.
func inspectSeeds(f *testing.F) []string {
	paths, err := Find(inspectLogs)
	if err != nil {
		f.Fatal(err)
	}
	return paths
}

// FuzzDecodeSample reads arbitrary bytes as a sample; one that both reads and can be written is the same afterwards.
func FuzzDecodeSample(f *testing.F) {
	h := testHeader()
	frame := newFrame(&h)
	e := &sampleEncoder{frame: &frame}
	for seed := range uint64(20) {
		data, err := e.encode(randomRecord(seed))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(data))
	}
	f.Add([]byte(`{"id":1,"epoch":1,"scores":{"a":{"value":NaN},"b":{"value":[1,-Infinity]}},"events":[{"event":"model","input_refs":[[0,9]]}]}`))
	for _, foreign := range inspectSeeds(f) {
		l, err := Open(foreign)
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range l.samples {
			if err := l.loadSample(s, func(data []byte) error { f.Add(bytes.Clone(data)); return nil }); err != nil {
				f.Fatal(err)
			}
		}
		_ = l.Close()
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = toolsOf(data, map[string]ToolInfo{})
		rec, err := decodeSample(data)
		if err != nil {
			return
		}
		written, err := e.encode(rec)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(written) {
			t.Fatalf("not JSON: %q", written)
		}
		again, err := decodeSample(written)
		if err != nil {
			t.Fatal(err)
		}
		opts := cmp.Options{cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b }),
			cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })}
		if diff := cmp.Diff(rec, again, opts); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzPlainJSON: what Inspect writes becomes JSON, and JSON stays as it is.
func FuzzPlainJSON(f *testing.F) {
	for _, s := range []string{`{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \" Infinity","d":-1}`, `"N`, `-`, `"\`, `{"I":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out := plainJSON(data)
		if json.Valid(data) && !bytes.Equal(out, data) {
			t.Fatalf("%q became %q", data, out)
		}
	})
}

func TestNamesThatJSONDoesNotKnowBecomeNull(t *testing.T) {
	got := string(plainJSON([]byte(`{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \" Infinity","d":-1}`)))
	if want := `{"a":null,"b":[null,null],"c":"NaN \" Infinity","d":-1}`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}
