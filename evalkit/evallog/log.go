package evallog

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/klauspost/compress/zstd"
)

// Log is an .eval file that is read: finished, being written, or left by a crash; ours or Inspect's, whose .json files
// are read as well. Safe for concurrent use. It shows the file as it was when it was opened.
type Log struct {
	path    string
	f       *os.File
	size    int64
	dec     *zstd.Decoder
	buffers sync.Pool // of *readBuffer

	entries  map[string]entry // all but samples; the last of a name
	samples  []sampleEntry    // by number
	damage   []Loss
	head     headerFile
	whole    bool // the zip's directory was there
	finished bool // header.json was there
}

// sampleEntry is where a sample stands: in one entry, or in parts.
type sampleEntry struct {
	number int
	name   string // samples/{id}_epoch_{epoch}.json, for one in parts too
	entry  entry  // of one in parts: its shell
	parts  map[string]entry
}

// Open opens a log. A file that is damaged opens too, with what can be found in it (see Damage); one that is no log at
// all is an error. Close it.
func Open(path string) (*Log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{path: path, f: f}
	l.buffers.New = func() any { return new(readBuffer) }
	if err := l.open(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open log %s: %w", path, err)
	}
	return l, nil
}

func (l *Log) open() (err error) {
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("it is a folder; evallog.Find lists the logs in one")
	}
	l.size = info.Size()
	if l.dec, err = newDecoder(); err != nil {
		return err
	}
	if isJSON(l.f) {
		return l.openJSON()
	}
	entries, err := readDirectory(l.f, l.size)
	l.whole = err == nil
	if err != nil {
		if entries, l.damage = scanEntries(l.f, l.size, l.verify); len(entries) == 0 {
			return fmt.Errorf("it is no .eval log: %w, and no entry was found in its %d bytes", err, l.size)
		}
	}
	if err := l.sort(entries); err != nil {
		return err
	}
	if err := l.readHead(); err != nil {
		return err
	}
	l.number()
	return nil
}

// sort tells samples from the rest.
func (l *Log) sort(entries []entry) error {
	l.entries = map[string]entry{}
	at := map[string]int{}
	for _, e := range entries {
		name, part := e.name, ""
		_, _, isSample := sampleKey(name)
		if !isSample {
			name, part, isSample = chunkKey(name)
		}
		if !isSample {
			l.entries[e.name] = e
			continue
		}
		i, ok := at[name]
		if !ok {
			i = len(l.samples)
			at[name] = i
			l.samples = append(l.samples, sampleEntry{name: name})
		}
		l.samples[i].take(part, e)
	}
	if len(l.samples) == 0 {
		_, start := l.entries["_journal/start.json"]
		_, header := l.entries["header.json"]
		if !start && !header {
			return errors.New("it is a zip, but no .eval log: there is no header and no sample in it")
		}
	}
	return nil
}

// Close closes the file.
func (l *Log) Close() error { return l.f.Close() }

// Path is where the log was opened.
func (l *Log) Path() string { return l.path }

// Len is the number of samples.
func (l *Log) Len() int { return len(l.samples) }

// Numbers lists the numbers of the samples, rising.
func (l *Log) Numbers() []int {
	list := make([]int, len(l.samples))
	for i, s := range l.samples {
		list[i] = s.number
	}
	return list
}

// Damage lists what was found broken when the log was opened; empty for a finished log, and for one that is being written.
// A sample whose bytes have changed is found when it is read.
func (l *Log) Damage() []Loss { return slices.Clone(l.damage) }

// ErrNoSample says that a log has no sample of that number.
var ErrNoSample = errors.New("no such sample")

// Sample reads the record of one trial. The error names the entry and its place in the file; other samples can still be
// read.
func (l *Log) Sample(number int) (*transcript.Record, error) {
	i, ok := slices.BinarySearchFunc(l.samples, number, func(s sampleEntry, n int) int { return s.number - n })
	if !ok {
		return nil, fmt.Errorf("log %s: sample %d: %w", l.path, number, ErrNoSample)
	}
	return l.read(l.samples[i])
}

// All yields the records by number, each read when its turn comes. After an error it goes on with the next.
func (l *Log) All() iter.Seq2[*transcript.Record, error] {
	return func(yield func(*transcript.Record, error) bool) {
		for _, s := range l.samples {
			if !yield(l.read(s)) {
				return
			}
		}
	}
}

func (l *Log) read(s sampleEntry) (*transcript.Record, error) {
	var r *transcript.Record
	err := l.loadSample(s, func(data []byte) (err error) {
		r, err = decodeSample(data)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("log %s: entry %s at byte %d: %w", l.path, s.name, s.entry.offset, err)
	}
	r.Number = s.number
	return r, nil
}

// loadSample gives f the JSON of a sample.
func (l *Log) loadSample(s sampleEntry, f func(data []byte) error) error {
	if s.entry.method == methodPlain {
		return l.load(s.entry, func(data []byte) error { return f(squeeze(data)) })
	}
	if s.parts == nil {
		return l.load(s.entry, f)
	}
	return l.assemble(s, f)
}

// load unpacks an entry and calls f with its bytes, which are f's until it returns.
func (l *Log) load(e entry, f func(data []byte) error) error {
	if e.packed > l.size {
		return fmt.Errorf("its header says %d packed bytes, the file has %d", e.packed, l.size)
	}
	offset := e.offset
	if e.method != methodPlain {
		var err error
		if offset, err = dataOffset(l.f, e); err != nil {
			return err
		}
	}
	buf := l.buffers.Get().(*readBuffer)
	data, err := unpack(l.f, e, offset, l.dec, buf)
	if err == nil {
		err = f(data)
	}
	if cap(buf.data) <= 4<<20 {
		l.buffers.Put(buf)
	}
	return err
}

func (l *Log) verify(e entry) error { return l.load(e, func([]byte) error { return nil }) }

// Certificates lists those of the assertions, in order.
func (l *Log) Certificates() []json.RawMessage {
	var list []json.RawMessage
	for _, a := range l.head.Results.Metadata.Own.Assertions {
		if len(a.Certificate) > 0 {
			list = append(list, a.Certificate)
		}
	}
	return list
}
