package evallog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Tools lists the tools that the log shows, by name: those of the header and, in a log that Inspect wrote, all that some
// model call offered or that was carried out. It reads every sample of such a log.
func (l *Log) Tools() ([]ToolInfo, error) {
	if l.Own() {
		h, err := l.Header()
		return h.Tools, err
	}
	found := map[string]ToolInfo{}
	for _, s := range l.samples {
		err := l.loadSample(s, func(data []byte) error { return toolsOf(data, found) })
		if err != nil {
			return nil, fmt.Errorf("log %s: entry %s at byte %d: %w", l.path, s.name, s.entry.offset, err)
		}
	}
	list := slices.Collect(maps.Values(found))
	slices.SortFunc(list, func(a, b ToolInfo) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// toolsOf adds the tools of one sample of Inspect, but for those of its scorers.
func toolsOf(data []byte, found map[string]ToolInfo) error {
	d := &sampleDecoder{}
	s := &scanner{data: data}
	s.object(func(key []byte) {
		switch string(key) {
		case "events":
			d.events = s.skip()
		case "attachments":
			d.rawAttachments = s.skip()
		default:
			s.skip()
		}
	})
	if s.err != nil {
		return s.err
	}
	var judges scorers
	return d.eachEvent(func(_ int, e *eventSpans) error {
		t := &texts{}
		kind := t.text(e.event)
		judges.note(t, kind, e)
		if t.err != nil || judges.at(t.text(stringOrNull(e.spanID))) {
			return t.err
		}
		offered := &scanner{data: orNull(e.tools)}
		switch kind {
		case "model":
			offered.array(func() {
				tool := d.readTool(offered)
				found[tool.Name] = tool
			})
		case "tool":
			name := t.text(e.function)
			if _, known := found[name]; !known && t.member(e.errorSpan, "type") != "parsing" {
				found[name] = ToolInfo{Name: name}
			}
		}
		return firstError(offered.err, t.err)
	})
}

func (d *sampleDecoder) readTool(s *scanner) ToolInfo {
	var t ToolInfo
	if s.peek() != '{' {
		t.Name = scalarText(s)
		return t
	}
	s.object(func(key []byte) {
		switch string(key) {
		case "name":
			t.Name = s.str()
		case "description":
			t.Description = d.attached(s.str())
		case "parameters":
			t.Parameters = d.whole(s.skip())
		default:
			s.skip()
		}
	})
	return t
}
