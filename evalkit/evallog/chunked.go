package evallog

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Newer Inspects can write a sample in parts: samples/{id}_epoch_{epoch}/sample.json holds all but four sequences, which
// stand beside it in chunks that are named by the index of their first item: messages/{start}.json, events/…, calls/… and
// attachments/…. There is no mark of it but the names.
var chunkName = regexp.MustCompile(`^(samples/.+_epoch_\d+)/((?:sample|metadata|skeleton)\.json|(?:messages|events|calls|attachments)/(?:\d+|stats|uuids)\.json)$`)

// partsMark is a member that a sample has after it was put together from parts.
const partsMark = "evalkit_in_parts"

// chunkKey says which part of which sample an entry holds. The sample is named as if it stood in one entry.
func chunkKey(name string) (sample, part string, ok bool) {
	m := chunkName.FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	return m[1] + ".json", m[2], true
}

// take notes an entry of the sample: the whole, if part is empty, or a part. The last one written counts.
func (s *sampleEntry) take(part string, e entry) {
	switch part {
	case "":
		s.entry, s.parts = e, nil
		return
	case "sample.json":
		s.entry = e
	}
	if s.parts == nil {
		s.parts = map[string]entry{}
	}
	s.parts[part] = e
}

// assemble makes the JSON that the sample would have in one entry.
func (l *Log) assemble(s sampleEntry, f func(data []byte) error) error {
	if _, ok := s.parts["sample.json"]; !ok {
		return fmt.Errorf("the sample is in parts, and sample.json is not among them")
	}
	size := int64(0)
	for _, e := range s.parts {
		if size += e.size; e.size > maxEntry || size > maxEntry {
			return fmt.Errorf("its parts unpack to more than the %d bytes that are read", int64(maxEntry))
		}
	}
	var out []byte
	if err := l.load(s.parts["sample.json"], func(data []byte) error {
		data = bytes.TrimRight(data, " \n\r\t")
		if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' {
			return fmt.Errorf("sample.json is no object")
		}
		out = append(out, data[:len(data)-1]...)
		return nil
	}); err != nil {
		return err
	}
	if e, ok := s.parts["metadata.json"]; ok {
		out = append(out, `,"metadata":`...)
		if err := l.load(e, func(data []byte) error { out = append(out, data...); return nil }); err != nil {
			return fmt.Errorf("metadata.json: %w", err)
		}
	}
	out, err := l.sequences(out, s)
	if err != nil {
		return err
	}
	return f(out)
}

// sequences appends the four sequences and the end of the sample.
func (l *Log) sequences(out []byte, s sampleEntry) ([]byte, error) {
	for _, q := range []struct{ name, before, after string }{
		{"events", `,"events":[`, `]`}, {"messages", `,"events_data":{"messages":[`, `]`}, {"calls", `,"calls":[`, `]}`},
		{"attachments", `,"attachments":{`, `},"` + partsMark + `":true}`},
	} {
		out = append(out, q.before...)
		count := 0
		for _, start := range starts(s.parts, q.name) {
			if start != count {
				return nil, fmt.Errorf("%s: items %d to %d are missing", q.name, count, start-1)
			}
			err := l.load(s.parts[q.name+"/"+strconv.Itoa(start)+".json"], func(data []byte) error {
				items := &scanner{data: data}
				items.array(func() {
					if count > 0 {
						out = append(out, ',')
					}
					if q.name == "attachments" { // referred to by their index
						out = append(strconv.AppendQuote(out, strconv.Itoa(count)), ':')
					}
					out = append(out, items.skip()...)
					count++
				})
				return items.err
			})
			if err != nil {
				return nil, fmt.Errorf("%s/%d.json: %w", q.name, start, err)
			}
		}
		if err := l.allThere(s, q.name, count); err != nil {
			return nil, err
		}
		out = append(out, q.after...)
	}
	return out, nil
}

// starts lists the chunks of a sequence, rising.
func starts(parts map[string]entry, sequence string) []int {
	var list []int
	for part := range parts {
		rest, ok := strings.CutPrefix(part, sequence+"/")
		n, err := strconv.Atoi(strings.TrimSuffix(rest, ".json"))
		if ok && err == nil && strconv.Itoa(n)+".json" == rest {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

// allThere is an error if the last events are missing: the list of their ids is as long as there are events.
func (l *Log) allThere(s sampleEntry, sequence string, count int) error {
	e, ok := s.parts[sequence+"/uuids.json"]
	if !ok {
		return nil
	}
	return l.load(e, func(data []byte) error {
		ids, n := &scanner{data: data}, 0
		ids.array(func() { ids.skip(); n++ })
		if ids.err == nil && n != count {
			return fmt.Errorf("%s: there are %d of %d", sequence, count, n)
		}
		return ids.err
	})
}
