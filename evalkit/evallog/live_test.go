package evallog

import (
	"archive/zip"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/google/go-cmp/cmp"
)

// waitForDirectory waits until the file is a whole zip with the summaries of all trials.
func waitForDirectory(t *testing.T, w *Writer) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; {
		w.mu.Lock()
		done := !w.archive.dirty && w.journal.count == 0
		w.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the directory was not written within 5 s")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// TestALogIsReadableWhileItIsWritten opens the file from another handle after each append: nothing appended may be missing,
// whether the directory is there yet or not; and the directory must come by itself.
func TestALogIsReadableWhileItIsWritten(t *testing.T) {
	w := create(t)
	for i := range 60 {
		if _, err := w.Append(typicalRecord(i + 1)); err != nil {
			t.Fatal(err)
		}
		l := open(t, w.Path())
		if l.Status() != Started || l.Len() != i+1 || len(l.Damage()) > 0 {
			t.Fatalf("after %d appends: status %s, %d samples, damage %v", i+1, l.Status(), l.Len(), l.Damage())
		}
		got, err := l.Sample(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		same(t, typicalRecord(i+1), got)
		if sums, err := l.Summaries(); err != nil || len(sums) != i+1 || sums[i].Scores[0].Value != "complied" {
			t.Fatal(sums, err)
		}
	}
	waitForDirectory(t, w)
	l := open(t, w.Path())
	if !l.whole || l.Len() != 60 {
		t.Fatalf("the file is no whole zip: %d samples", l.Len())
	}
	if len(l.entries) < 2 {
		t.Fatal("there are no summaries in the journal")
	}
}

// TestManyWriteAtOnce appends and reads from several goroutines; it is of use under -race.
func TestManyWriteAtOnce(t *testing.T) {
	w := create(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				rec := typicalRecord(g*40 + i + 1)
				ref, err := w.Append(rec)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := w.Read(ref)
				if err != nil || !cmp.Equal(rec, got) {
					t.Error("not what was written", err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	l := open(t, w.Path())
	if l.Len() != 320 {
		t.Fatal(l.Len())
	}
	for r, err := range l.All() {
		if err != nil {
			t.Fatal(err)
		}
		same(t, typicalRecord(r.Number), r)
	}
}

// TestTheDirectoryIsWrittenRarelyInALongLog: what is written shall not grow with the square of the samples.
func TestTheDirectoryIsWrittenRarelyInALongLog(t *testing.T) {
	w := create(t)
	n := 66_000 // more than a zip without its 64-bit records holds
	if testing.Short() {
		n = 10_000
	}
	for i := range n {
		if _, err := w.Append(&transcript.Record{Number: i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	w.mu.Lock()
	spent, dirSize := w.archive.spent, len(w.archive.dir)
	w.mu.Unlock()
	// Written at every append, the directory would have come to n/2 times its size.
	if most := int64(n) / 20 * int64(dirSize); spent > most {
		t.Errorf("%d bytes of directory were written for %d samples; at most %d were expected", spent, n, most)
	}
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	if l := open(t, w.Path()); l.Len() != n || l.Status() != Success || !l.whole {
		t.Fatal(l.Len(), l.Status(), l.whole)
	}
	z, err := zip.OpenReader(w.Path()) // another reader than ours
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	if len(z.File) < n+4 || z.File[len(z.File)-1].Name != "header.json" {
		t.Fatalf("%d entries", len(z.File))
	}
}
