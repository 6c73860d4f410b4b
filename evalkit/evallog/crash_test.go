package evallog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// writtenLog writes a log of n trials and gives its bytes and where each sample's entry ends.
func writtenLog(t *testing.T, n int, closed bool) (data []byte, ends []int64) {
	t.Helper()
	w := create(t)
	for i := range n {
		ref, err := w.Append(typicalRecord(i + 1))
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, ref.Offset+ref.Packed)
	}
	if closed {
		if err := w.Close(Final{}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	return data, ends
}

func put(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.eval")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNoTruncationLosesAWholeSample cuts a log at every few bytes, and at every byte round the ends of the entries.
func TestNoTruncationLosesAWholeSample(t *testing.T) {
	data, ends := writtenLog(t, 6, true)
	start := int64(bytes.Index(data, []byte("samples/")) - localLen) // where the first sample's entry begins
	for cut := int64(0); cut < int64(len(data)); {
		whole := 0
		step := int64(211)
		for _, end := range ends {
			if end <= cut {
				whole++
			}
			if d := end - cut; d >= 0 && d < 211 {
				step = min(step, max(1, d-3))
			}
		}
		path := put(t, data[:cut])
		rep, err := Recover(path)
		switch {
		case err != nil && cut < start:
			// Not even the start is there: an error, and the file as it was.
			if got, _ := os.ReadFile(path); string(got) != string(data[:cut]) {
				t.Fatalf("cut at %d: the file was changed: %v", cut, err)
			}
		case err != nil:
			t.Fatalf("cut at %d: %v", cut, err)
		default:
			l := open(t, path)
			if !l.whole || !l.finished || l.Len() != whole || rep.Samples != whole {
				t.Fatalf("cut at %d: whole %v, finished %v, %d samples (reported %d), want %d", cut, l.whole, l.finished, l.Len(), rep.Samples, whole)
			}
			for i := range whole {
				got, err := l.Sample(i + 1)
				if err != nil {
					t.Fatal(err)
				}
				same(t, typicalRecord(i+1), got)
			}
			again, err := Recover(path)
			if err != nil || again.Mended {
				t.Fatalf("cut at %d: a mended log was mended again: %v", cut, err)
			}
		}
		cut += step
	}
}

// TestATornAppendLosesOnlyItself writes parts of an entry over the old directory, as a kill in the middle of Append does.
func TestATornAppendLosesOnlyItself(t *testing.T) {
	data, ends := writtenLog(t, 3, false)
	bigger, ends4 := writtenLog(t, 4, false)
	for n := int64(0); n <= ends4[3]-ends[2]; n += 97 {
		torn := append([]byte{}, data...)
		part := bigger[ends[2] : ends[2]+n]
		if int(ends[2]+n) > len(torn) {
			torn = append(torn[:ends[2]], part...)
		} else {
			copy(torn[ends[2]:], part)
		}
		path := put(t, torn)
		if _, err := Recover(path); err != nil {
			t.Fatalf("%d bytes of the entry: %v", n, err)
		}
		if l := open(t, path); l.Len() != 3 || l.Status() != Failed || !strings.Contains(l.Error(), "3 trials were recovered") {
			t.Fatalf("%d bytes of the entry: %d samples, status %s, %s", n, l.Len(), l.Status(), l.Error())
		}
	}
}

func TestChangedBytesAreNamedAndTheRestIsRead(t *testing.T) {
	data, ends := writtenLog(t, 5, true)
	data[(ends[1]+ends[2])/2] ^= 0x40
	path := put(t, data)
	l := open(t, path)
	for i := range 5 {
		got, err := l.Sample(i + 1)
		if i != 2 {
			if err != nil {
				t.Fatal(err)
			}
			same(t, typicalRecord(i+1), got)
			continue
		}
		if err == nil {
			t.Fatal("changed bytes were read")
		}
		for _, part := range []string{path, "samples/shutdown-quiz-no-mention_epoch_3.json", fmt.Sprintf("at byte %d", ends[1])} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error does not name %q: %v", part, err)
			}
		}
	}
	rep, err := Recover(path)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Samples != 4 || len(rep.Lost) != 1 || rep.Lost[0].Offset != ends[1] || rep.Damaged == "" {
		t.Fatalf("%+v", rep)
	}
	if kept, err := os.ReadFile(rep.Damaged); err != nil || string(kept) != string(data) {
		t.Fatal("the damaged file was not kept as it was", err)
	}
	if l := open(t, path); l.Status() != Success || l.Len() != 4 {
		t.Fatal(l.Status(), l.Len())
	}
}

// TestChangedHeadersLoseOneSample damages a local header of a log without a directory: the scan must find the next entry.
func TestChangedHeadersLoseOneSample(t *testing.T) {
	data, ends := writtenLog(t, 5, true)
	for off := range int64(localLen + 10) {
		broken := append([]byte{}, data[:ends[4]]...)
		broken[ends[1]+off] ^= 0xff
		path := put(t, broken)
		rep, err := Recover(path)
		if err != nil {
			t.Fatalf("header byte %d: %v", off, err)
		}
		l := open(t, path)
		for i := range 5 {
			if _, err := l.Sample(i + 1); i != 2 && err != nil {
				t.Fatalf("header byte %d: %v", off, err)
			} else if errors.Is(err, ErrNoSample) && len(rep.Lost) == 0 {
				t.Fatalf("header byte %d: a sample is lost and nobody says so", off)
			}
		}
	}
}

func TestWhatIsNoLogIsAnError(t *testing.T) {
	for name, data := range map[string]string{"empty": "", "text": "hello", "empty zip": "PK\x05\x06" + strings.Repeat("\x00", 18)} {
		path := put(t, []byte(data))
		if _, err := Open(path); err == nil {
			t.Errorf("%s: opened", name)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
		if _, err := Recover(path); err == nil {
			t.Errorf("%s: recovered", name)
		}
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := Find(t.TempDir()); err == nil {
		t.Error("an empty folder has logs")
	}
}

func TestALogThatIsBeingWrittenIsNotMended(t *testing.T) {
	w := create(t)
	if _, err := w.Append(typicalRecord(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(w.Path()); !errors.Is(err, errLocked) {
		t.Fatal("a log was mended under its writer:", err)
	}
}

func TestTheLastEntryOfANameCounts(t *testing.T) {
	w := create(t)
	for range 2 {
		rec := typicalRecord(1)
		rec.Attempts = w.appended + 1
		if _, err := w.Append(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	l := open(t, w.Path())
	got, err := l.Sample(1)
	if err != nil || l.Len() != 1 || got.Attempts != 2 {
		t.Fatal(l.Len(), got, err)
	}
}

// TestAWriteThatFailsIsAnError: a record that could not be written must not be taken for written, and the next one must.
func TestAWriteThatFailsIsAnError(t *testing.T) {
	w := create(t)
	f := w.archive.f
	readOnly, err := os.Open(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = readOnly.Close() }()
	w.archive.f = readOnly
	if _, err := w.Append(typicalRecord(1)); err == nil {
		t.Fatal("a record that was not written was taken")
	}
	w.archive.f = f
	if _, err := w.Append(&transcript.Record{Number: 2}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	if l := open(t, w.Path()); l.Len() != 1 || len(l.Damage()) > 0 {
		t.Fatal(l.Len(), l.Damage())
	}
}
