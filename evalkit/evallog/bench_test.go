package evallog

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// BenchmarkAppend appends the yardstick's trial: five calls of the model, four of the tool. disk-B/op is the whole file,
// summaries and directory included, per trial.
func BenchmarkAppend(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.eval")
	w, err := Create(path, testHeader())
	if err != nil {
		b.Fatal(err)
	}
	recs := make([]*transcript.Record, 1000)
	for i := range recs {
		recs[i] = typicalRecord(i + 1)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		r := recs[n%len(recs)]
		n++
		r.Number = n
		if _, err := w.Append(r); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(Final{}); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(n), "disk-B/op")
}

func BenchmarkEncode(b *testing.B) {
	h := testHeader()
	frame := newFrame(&h)
	e := &sampleEncoder{frame: &frame}
	r := typicalRecord(1)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		data, err := e.encode(r)
		if err != nil {
			b.Fatal(err)
		}
		n = len(data)
	}
	b.SetBytes(int64(n))
}

// BenchmarkRead1000 reads a log of 1,000 such trials whole, one after the other.
func BenchmarkRead1000(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.eval")
	w, err := Create(path, testHeader())
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		if _, err := w.Append(typicalRecord(i + 1)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(Final{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		l, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, err := range l.All() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
		_ = l.Close()
	}
}

// BenchmarkReadBack is the writer's own reading of a sample.
func BenchmarkReadBack(b *testing.B) {
	w, err := Create(filepath.Join(b.TempDir(), "x.eval"), testHeader())
	if err != nil {
		b.Fatal(err)
	}
	ref, err := w.Append(typicalRecord(1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Read(ref); err != nil {
			b.Fatal(err)
		}
	}
	_ = w.Close(Final{})
}
