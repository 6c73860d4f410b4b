package evallog

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// methodPlain is the packing of a sample in a .json log: it stands in the file as it is, without a header of its own.
const methodPlain = 0xffff

// isJSON says whether a file begins as a .json log does.
func isJSON(r io.ReaderAt) bool {
	head := make([]byte, 512)
	n, _ := r.ReadAt(head, 0)
	return (&scanner{data: head[:n]}).peek() == '{'
}

// openJSON opens a .json log of Inspect: one object, in which the samples are a list. It is read once, to find where the
// samples are.
func (l *Log) openJSON() error {
	if l.size > maxEntry {
		return fmt.Errorf("it is a .json log of %d bytes; at most %d are read: inspect log convert --to eval --stream 10 writes one that is read in parts", l.size, int64(maxEntry))
	}
	data := make([]byte, l.size)
	if _, err := l.f.ReadAt(data, 0); err != nil && err != io.EOF {
		return err
	}
	s := &scanner{data: data}
	head := []byte{'{'}
	l.entries = map[string]entry{}
	s.object(func(key []byte) {
		switch string(key) {
		case "samples":
			s.array(func() { l.jsonSample(s) })
		case "reductions":
			s.skip()
		default:
			if len(head) > 1 {
				head = append(head, ',')
			}
			head = append(appendText(head, string(key)), ':')
			head = append(head, s.skip()...)
		}
	})
	if s.err == nil && s.peek() != 0 {
		s.fail("something follows the log")
	}
	if s.err != nil {
		return fmt.Errorf("it is no .json log, or not whole: %w", s.err)
	}
	if err := json.Unmarshal(plainJSON(append(head, '}')), &l.head); err != nil {
		return fmt.Errorf("it is no .json log: %w", err)
	}
	if l.head.Eval.Task == "" || l.head.Status == "" {
		return errors.New("it is JSON, but no log: it names no task and no status")
	}
	l.whole, l.finished = true, l.head.Status != Started
	l.number()
	return nil
}

// squeeze leaves out white space between JSON's words. Inspect indents its .json logs, so that the same arguments look
// otherwise in a model's answer and in the call of the tool.
func squeeze(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case isSpace(c):
		case c == '"':
			end := i + 1
			for end < len(raw) && raw[end] != '"' {
				if raw[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(raw))
			out = append(out, raw[i:end]...)
			i = end - 1
		default:
			out = append(out, c)
		}
	}
	return out
}

// jsonSample notes where a sample is.
func (l *Log) jsonSample(s *scanner) {
	s.peek()
	start := s.pos
	id, epoch := "", int64(1)
	s.object(func(key []byte) {
		switch string(key) {
		case "id":
			id = scalarText(s)
		case "epoch":
			epoch = s.int()
		default:
			s.skip()
		}
	})
	if s.err != nil {
		return
	}
	span := s.data[start:s.pos]
	name := sampleName(id, int(epoch))
	l.samples = append(l.samples, sampleEntry{name: name, entry: entry{
		name: name, method: methodPlain, offset: int64(start), packed: int64(len(span)), size: int64(len(span)),
		crc: crc32.ChecksumIEEE(span),
	}})
}
