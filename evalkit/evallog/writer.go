package evallog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Writer writes the log of one series. Safe for concurrent use.
type Writer struct {
	path   string
	header Header
	frame  sampleFrame
	packer *packer
	// encoders is a pool: encoding and compressing run outside the lock.
	encoders sync.Pool

	mu       sync.Mutex
	archive  archive
	journal  journal
	timer    *time.Timer
	armed    bool
	failed   error // of a late writing of the directory; told by the next call
	closed   bool
	appended int
}

// Ref says where a sample stands in its log, so that the writer can give it back without looking for it.
type Ref struct {
	Offset       int64 // of the compressed bytes
	Packed, Size int64
	CRC          uint32
}

// Create starts the log at path, making its parent folders. It never overwrites: a file that is there is an error that
// os.IsExist knows (fs.ErrExist). While the Writer lives, Recover refuses the file.
func Create(path string, h Header) (*Writer, error) {
	if h.Task == "" || h.Model == "" {
		return nil, errors.New("create log: the header names no task or no model; both are required")
	}
	if h.Created.IsZero() {
		h.Created = time.Now()
	}
	w := &Writer{path: path, header: h, frame: newFrame(&h)}
	w.encoders.New = func() any { return &sampleEncoder{frame: &w.frame} }
	start, err := startJSON(&h)
	if err != nil {
		return nil, fmt.Errorf("create log %s: header: %w", path, err)
	}
	if w.packer, err = newPacker(); err != nil {
		return nil, fmt.Errorf("create log %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	w.archive = archive{f: f, made: h.Created}
	if err = lock(f); err == nil {
		if _, err = w.put("_journal/start.json", start); err == nil {
			err = w.archive.writeDirectory()
		}
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(path)
		return nil, fmt.Errorf("create log %s: %w", path, err)
	}
	return w, nil
}

// Path is where the log is written.
func (w *Writer) Path() string { return w.path }

// Append writes the record and returns where it stands. When it returns the bytes are with the operating system: no
// crash of this process loses them. The record's number must be from 1, its event bodies values of transcript's types.
func (w *Writer) Append(r *transcript.Record) (Ref, error) {
	if r.Number < 1 {
		return Ref{}, fmt.Errorf("append to log %s: trial number %d; numbers start at 1", w.path, r.Number)
	}
	e := w.encoders.Get().(*sampleEncoder)
	defer func() {
		if cap(e.out) <= 4<<20 { // one huge sample shall not stay for ever
			e.rec = nil
			w.encoders.Put(e)
		}
	}()
	data, err := e.encode(r)
	if err != nil {
		return Ref{}, fmt.Errorf("append to log %s: %w", w.path, err)
	}
	buf, entry := w.packer.pack(sampleName(w.frame.sampleID, r.Number), data)
	defer w.packer.free(buf)

	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return Ref{}, fmt.Errorf("append to log %s: %w", w.path, os.ErrClosed)
	}
	ref, err := w.archive.add(*buf, entry)
	if err != nil {
		return Ref{}, fmt.Errorf("append trial %d to log %s: %w", r.Number, w.path, err)
	}
	w.appended++
	w.journal.add(e)
	err = w.failed
	w.failed = nil
	if err == nil {
		err = w.flush(time.Now())
	}
	if err != nil {
		return ref, fmt.Errorf("append to log %s: directory: %w", w.path, err)
	}
	return ref, nil
}

func sampleName(id string, number int) string {
	return "samples/" + id + "_epoch_" + strconv.Itoa(number) + ".json"
}

// put writes an entry that is no sample. The caller holds the lock, or is the only one.
func (w *Writer) put(name string, data []byte) (Ref, error) {
	buf, e := w.packer.pack(name, data)
	defer w.packer.free(buf)
	return w.archive.add(*buf, e)
}

// How late summaries and the directory may be, and how large a part of the time the directory may take.
const (
	flushWithin    = time.Second
	directoryShare = 20
)

// flush writes what is due and sets the timer for the rest. The caller holds the lock.
func (w *Writer) flush(now time.Time) error {
	if err := w.journal.flush(w, now); err != nil {
		return err
	}
	wait := flushWithin - now.Sub(w.journal.written)
	if w.archive.dirty {
		due := min(w.archive.cost*directoryShare, flushWithin) - now.Sub(w.archive.written)
		if due <= 0 {
			if err := w.archive.writeDirectory(); err != nil {
				return err
			}
		} else {
			wait = min(wait, due)
		}
	}
	if (w.archive.dirty || w.journal.count > 0) && !w.armed {
		w.armed = true
		wait = max(wait, time.Millisecond)
		if w.timer == nil {
			w.timer = time.AfterFunc(wait, w.flushLate)
		} else {
			w.timer.Reset(wait)
		}
	}
	return nil
}

// flushLate is the timer's call: what an earlier Append left undone. It leaves no goroutine behind.
func (w *Writer) flushLate() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	if w.closed {
		return
	}
	if err := w.flush(time.Now()); err != nil {
		w.failed = err
	}
}

// Read gives back the record at ref, also while others append, and after Close.
func (w *Writer) Read(ref Ref) (*transcript.Record, error) {
	data, err := w.load(ref, nil)
	if err != nil {
		return nil, fmt.Errorf("read log %s: sample at byte %d: %w", w.path, ref.Offset, err)
	}
	r, err := decodeSample(data)
	if err != nil {
		return nil, fmt.Errorf("read log %s: sample at byte %d: %w", w.path, ref.Offset, err)
	}
	return r, nil
}

// load unpacks what stands at ref, into buf where there is one.
func (w *Writer) load(ref Ref, buf *readBuffer) ([]byte, error) {
	dec, err := w.packer.decoder()
	if err != nil {
		return nil, err
	}
	e := entry{method: methodZstd, crc: ref.CRC, packed: ref.Packed, size: ref.Size}
	data, err := unpack(w.archive.f, e, ref.Offset, dec, buf)
	if !errors.Is(err, os.ErrClosed) {
		return data, err
	}
	f, err := os.Open(w.path) // the writer is closed, the log is there
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return unpack(f, e, ref.Offset, dec, buf)
}
