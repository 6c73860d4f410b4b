package evallog

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Close writes the summaries, the results and the header, syncs the file to the disk and closes it. A second call does
// nothing and returns nil.
func (w *Writer) Close(f Final) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
	err := w.finish(f)
	if err == nil {
		err = w.archive.f.Sync()
	}
	if closeErr := w.archive.f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = syncFolder(filepath.Dir(w.path))
	}
	if err != nil {
		return fmt.Errorf("close log %s: %w (what was appended is kept: see go tool evalkit logs recover)", w.path, err)
	}
	return nil
}

// syncFolder makes a new name last. Systems that cannot sync a folder say so by an error that means nothing here.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

func (w *Writer) finish(f Final) error {
	if f.Ended.IsZero() {
		f.Ended = time.Now()
	}
	w.journal.written = time.Time{}
	if err := w.journal.flush(w, f.Ended); err != nil {
		return err
	}
	t := newTally(f.Void)
	if err := w.writeSummaries(t); err != nil {
		return err
	}
	if reductions := t.reductions(w.frame.sampleID); len(reductions) > 0 {
		b, err := json.Marshal(reductions)
		if err != nil {
			return err
		}
		if _, err := w.put("reductions.json", b); err != nil {
			return err
		}
	}
	b, err := headerJSON(evalSpec(&w.header, max(t.highest, 1)), w.header.Created, w.header.Model, f, t)
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if _, err := w.put("header.json", b); err != nil {
		return err
	}
	return w.archive.writeDirectory()
}

// writeSummaries joins the journal's entries into summaries.json, one at a time: the log may be longer than the memory.
// Until the entry's header is written, last, the entry is none.
func (w *Writer) writeSummaries(t *tally) error {
	e := entry{name: "summaries.json", method: methodZstd, offset: w.archive.end}
	start := e.offset + int64(localLen+len(e.name))
	out := &entryStream{w: io.NewOffsetWriter(w.archive.f, start)}
	enc, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return err
	}
	inFrame := int64(0)
	write := func(b []byte) {
		if inFrame+int64(len(b)) > maxFrame {
			err = errors.Join(err, enc.Close())
			enc.Reset(out)
			inFrame = 0
		}
		_, werr := enc.Write(b)
		err = errors.Join(err, werr)
		inFrame += int64(len(b))
		e.size += int64(len(b))
		e.crc = crc32.Update(e.crc, crc32.IEEETable, b)
	}
	write([]byte{'['})
	var buf readBuffer
	for i, ref := range w.journal.entries {
		data, lerr := w.load(ref, &buf)
		if lerr != nil {
			return fmt.Errorf("summaries %d: %w", i+1, lerr)
		}
		rerr := readSummaries(data, func(s Summary, raw []byte) {
			if t.seen > 0 {
				write([]byte{','})
			}
			t.add(s)
			write(raw)
		})
		if err = errors.Join(err, rerr); err != nil {
			return fmt.Errorf("summaries: %w", err)
		}
	}
	write([]byte{']'})
	if err = errors.Join(err, enc.Close()); err != nil {
		return fmt.Errorf("summaries: %w", err)
	}
	e.packed = out.n
	head := make([]byte, localLen+len(e.name))
	putLocal(head, e, w.archive.made)
	if _, err := w.archive.f.WriteAt(head, e.offset); err != nil {
		return err
	}
	w.archive.note(e)
	return nil
}

// entryStream counts what it passes on.
type entryStream struct {
	w io.Writer
	n int64
}

func (s *entryStream) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.n += int64(n)
	return n, err
}

// headerJSON is the content of header.json: an EvalLog without its samples.
func headerJSON(spec any, started time.Time, model string, f Final, t *tally) ([]byte, error) {
	status := f.Status
	switch {
	case status != "":
	case f.Error != "":
		status = Failed
	default:
		status = Success
	}
	void := slices.Clone(f.Void)
	slices.Sort(void)
	own := map[string]any{"assertions": storable(f.Assertions)}
	if len(void) > 0 {
		own["void"] = void
	}
	if len(f.Metadata) > 0 {
		own["metadata"] = f.Metadata
	}
	usage := map[string]any{}
	if t.seen > 0 {
		usage[model] = json.RawMessage(appendUsage(nil, t.usage))
	}
	log := map[string]any{
		"version": 2, "status": status, "invalidated": false, "tags": []string{}, "metadata": map[string]any{},
		"eval": spec, "plan": evalPlan(),
		"results": map[string]any{
			"total_samples": t.seen, "completed_samples": t.seen, "scores": t.scores(f.Assertions),
			"metadata": map[string]any{"evalkit": own},
		},
		"stats": map[string]any{
			"started_at": formatTime(started), "completed_at": formatTime(f.Ended), "model_usage": usage,
			"role_usage": map[string]any{}, "connection_limit_history": []any{},
		},
	}
	if f.Error != "" {
		log["error"] = map[string]any{"message": f.Error, "traceback": "", "traceback_ansi": ""}
	}
	return json.Marshal(log)
}

// finite is x, or 0 where JSON has no number for it.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// storable is the assertions with nothing that has no JSON.
func storable(list []Assertion) []Assertion {
	list = slices.Clone(list)
	for i := range list {
		a := &list[i]
		a.Low, a.High = finite(a.Low), finite(a.High)
		if len(a.Certificate) > 0 && !json.Valid(a.Certificate) {
			a.Certificate = appendText(nil, string(a.Certificate))
		}
	}
	return list
}
