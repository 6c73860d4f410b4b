package evallog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// RecoverReport says what Recover did.
type RecoverReport struct {
	Path string
	// Mended says that the file was rewritten; false for a log that was whole.
	Mended bool
	// Samples is how many are in the log now.
	Samples int
	// Lost lists what could not be read. A trial that was in flight when the writer died was never in the file.
	Lost []Loss
	// Damaged is where the file as it was is kept; empty when nothing in it was lost, for then it is removed.
	Damaged string
}

// Recover mends a log whose writer was killed, or whose bytes were damaged: what is whole is copied into a new file, with
// the summaries, the results and the header that a log has when it is finished; a log that was never closed gets the
// status "error". The new file takes the old one's name by renaming; until that is done, and for ever if something was
// lost, the old one stays beside it as PATH.damaged. A whole log is left alone. A log that a running process writes is
// refused.
func Recover(path string) (RecoverReport, error) {
	rep := RecoverReport{Path: path}
	hold, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return rep, fmt.Errorf("recover log: %w", err)
	}
	defer func() { _ = hold.Close() }()
	if err := lock(hold); err != nil {
		return rep, fmt.Errorf("recover log %s: %w; wait until it has ended", path, err)
	}
	l, err := Open(path)
	if err != nil {
		return rep, fmt.Errorf("recover: %w", err)
	}
	defer func() { _ = l.Close() }()
	good, lost := l.check()
	rep.Lost, rep.Samples = lost, len(l.samples)
	if l.whole && l.finished && len(lost) == 0 {
		return rep, nil
	}
	if l.foreign() {
		return rep, fmt.Errorf("recover log %s: Inspect wrote it, and would not know a mended one for its own; inspect log recover may mend it, and what is whole can be read as it is", path)
	}
	temp := path + ".recovering"
	rep.Samples, err = l.rewrite(temp, good, &rep.Lost)
	if err != nil {
		_ = os.Remove(temp)
		return rep, fmt.Errorf("recover log %s: %w; the file is as it was", path, err)
	}
	_ = l.Close()
	_ = hold.Close() // Windows renames no open file
	if err := swap(&rep, temp); err != nil {
		return rep, fmt.Errorf("recover log %s: %w", path, err)
	}
	rep.Mended = true
	return rep, nil
}

// check reads every entry whole and tells those that can be from those that cannot.
func (l *Log) check() (good []sampleEntry, lost []Loss) {
	lost = append(lost, l.damage...)
	noted := map[int64]bool{}
	for _, d := range lost {
		noted[d.Offset] = true
	}
	for _, s := range l.samples {
		err := l.loadSample(s, func(data []byte) error {
			_, err := decodeSample(data)
			return err
		})
		if err != nil {
			if !noted[s.entry.offset] {
				lost = append(lost, Loss{Entry: s.entry.name, Offset: s.entry.offset, Reason: err.Error()})
			}
			continue
		}
		good = append(good, s)
	}
	for name, e := range l.entries {
		if err := l.verify(e); err != nil && !noted[e.offset] {
			lost = append(lost, Loss{Entry: name, Offset: e.offset, Reason: err.Error()})
		}
	}
	return good, lost
}

// rewrite writes a finished log of the good samples to path.
func (l *Log) rewrite(path string, good []sampleEntry, lost *[]Loss) (samples int, err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err // left by a recovery that was killed itself
	}
	h, err := l.Header()
	if err != nil {
		*lost = append(*lost, Loss{Entry: "header", Reason: err.Error()})
		h = Header{}
	}
	h.Task, h.Model = orElse(h.Task, "unknown"), orElse(h.Model, "unknown")
	w, err := Create(path, h)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.archive.f.Close() }()
	w.closed = true // from here on the entries are put by hand
	if err := l.copyOthers(w); err != nil {
		return 0, err
	}
	for _, s := range good {
		if err := l.copySample(w, s); err != nil {
			return 0, fmt.Errorf("%s: %w", s.entry.name, err)
		}
	}
	if err := l.conclude(w, len(good)); err != nil {
		return 0, err
	}
	return len(good), w.archive.f.Sync()
}

// copyOthers keeps what is neither a sample nor made anew.
func (l *Log) copyOthers(w *Writer) error {
	for name, e := range l.entries {
		switch {
		case name == "_journal/start.json", name == "summaries.json", name == "reductions.json", name == "header.json",
			strings.HasPrefix(name, "_journal/summaries/"):
			continue
		}
		err := l.load(e, func(data []byte) error {
			_, err := w.put(name, data)
			return err
		})
		if err != nil && l.verify(e) == nil {
			return err // it is the writing that failed
		}
	}
	return nil
}

func (l *Log) copySample(w *Writer, s sampleEntry) error {
	return l.load(s.entry, func(data []byte) error {
		if _, err := w.put(s.entry.name, data); err != nil {
			return err
		}
		r, err := decodeSample(data)
		if err != nil {
			return err
		}
		frame := w.frame
		frame.sampleID, r.Number, _ = sampleKey(s.entry.name)
		e := &sampleEncoder{frame: &frame}
		if _, err := e.encode(r); err != nil {
			return err
		}
		w.journal.add(e)
		return w.journal.flush(w, time.Now())
	})
}

// conclude writes the end of the log: the old header where it is whole, or one that says what happened.
func (l *Log) conclude(w *Writer, samples int) error {
	if !l.finished {
		return w.finish(Final{Status: Failed, Error: fmt.Sprintf(
			"the process ended before the log was closed; %d trials were recovered", samples)})
	}
	var raw json.RawMessage
	err := l.load(l.entries["header.json"], func(data []byte) error {
		raw = append(raw, data...)
		return nil
	})
	if err != nil {
		return err
	}
	w.journal.written = time.Time{}
	if err := w.journal.flush(w, time.Now()); err != nil {
		return err
	}
	t := newTally(l.Void())
	if err := w.writeSummaries(t); err != nil {
		return err
	}
	if _, err := w.put("header.json", raw); err != nil {
		return err
	}
	return w.archive.writeDirectory()
}

// swap puts the mended file in the place of the damaged one.
func swap(rep *RecoverReport, temp string) error {
	damaged := rep.Path + ".damaged"
	for n := 2; exists(damaged); n++ {
		damaged = rep.Path + ".damaged" + strconv.Itoa(n)
	}
	if err := copyFile(rep.Path, damaged); err != nil {
		return err
	}
	if err := os.Rename(temp, rep.Path); err != nil {
		return err
	}
	rep.Damaged = damaged
	if err := syncFolder(filepath.Dir(rep.Path)); err != nil {
		return err
	}
	if len(rep.Lost) > 0 {
		return nil
	}
	rep.Damaged = ""
	return os.Remove(damaged)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

// copyFile gives the file a second name, or a copy where there are no hard links.
func copyFile(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
