package evallog

import (
	"testing"
	"time"
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
		time.Sleep(5 * time.Millisecond)
	}
}
