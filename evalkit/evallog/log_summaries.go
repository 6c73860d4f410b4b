package evallog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Summaries lists what the log's summaries say, by number; for samples that have none yet (a crash, a log being written)
// they are made from the samples.
func (l *Log) Summaries() ([]Summary, error) {
	byName, err := l.readSummaries()
	if err != nil {
		return nil, err
	}
	list := make([]Summary, 0, len(l.samples))
	for _, s := range l.samples {
		sum, ok := byName[s.name]
		if !ok {
			r, err := l.read(s)
			if err != nil {
				return nil, err
			}
			sum = summarize(r, s.name)
		}
		sum.Number = s.number
		list = append(list, sum)
	}
	return list, nil
}

// readSummaries reads summaries.json or the journal, by the name of the sample's entry.
func (l *Log) readSummaries() (map[string]Summary, error) {
	byName := map[string]Summary{}
	var sources []entry
	if e, ok := l.entries["summaries.json"]; ok {
		sources = []entry{e}
	} else {
		for name, e := range l.entries {
			if strings.HasPrefix(name, "_journal/summaries/") {
				sources = append(sources, e)
			}
		}
		slices.SortFunc(sources, func(a, b entry) int { return int(min(max(a.offset-b.offset, -1), 1)) })
	}
	for _, e := range sources {
		err := l.load(e, func(data []byte) error {
			return readSummaries(data, func(s Summary, _ []byte) {
				byName[sampleName(s.Sample, s.Epoch)] = s
			})
		})
		if err != nil && l.finished {
			return nil, fmt.Errorf("log %s: entry %s at byte %d: %w", l.path, e.name, e.offset, err)
		}
	}
	return byName, nil
}

// summarize makes a summary from the record itself.
func summarize(r *transcript.Record, entryName string) Summary {
	id, epoch, _ := sampleKey(entryName)
	s := Summary{
		Number: r.Number, Sample: id, Epoch: epoch, ID: r.ID, Started: r.Started, Ended: r.Ended, End: r.End.Reason,
		Usage: r.Usage, Turns: r.Turns(),
	}
	for i, o := range r.Outcomes {
		if !seenWorld(r.Outcomes[:i], o.World) {
			s.Scores = append(s.Scores, Score{World: o.World, Value: o.Name, Exposed: o.Exposed, Explanation: o.Summary})
		}
	}
	for _, e := range r.Events {
		switch b := e.Body.(type) {
		case transcript.Message, transcript.ToolCall:
			s.Messages++
		case transcript.ModelCall:
			if b.Error == "" {
				s.Messages++
			}
		}
	}
	if s.Limit, _ = limitOf(r.End); s.Limit == customLimit {
		s.Limit = r.End.Limit
	} else if s.Limit == "" && r.End.Reason == transcript.EndError {
		s.Error = errorText(r.End)
	}
	return s
}
