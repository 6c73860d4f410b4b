package evallog

import (
	"strconv"
	"time"
)

// journal collects the summaries of the trials that are not in one of the log's summary entries yet.
type journal struct {
	pending []byte // summaries, separated by commas
	count   int
	written time.Time
	entries []Ref
}

// journalMost bounds what is held back, whatever the clock says.
const journalMost = 256 << 10

func (j *journal) add(e *sampleEncoder) {
	if j.count == 0 {
		j.pending = append(j.pending[:0], '[')
	} else {
		j.pending = append(j.pending, ',')
	}
	j.pending = e.appendSummary(j.pending)
	j.count++
}

// flush writes the pending summaries, if the last ones were written long enough ago or if there are many.
func (j *journal) flush(w *Writer, now time.Time) error {
	if j.count == 0 || now.Sub(j.written) < flushWithin && len(j.pending) < journalMost {
		return nil
	}
	ref, err := w.put("_journal/summaries/"+strconv.Itoa(len(j.entries)+1)+".json", append(j.pending, ']'))
	if err != nil {
		return err
	}
	j.entries = append(j.entries, ref)
	j.count, j.written = 0, now
	return nil
}
