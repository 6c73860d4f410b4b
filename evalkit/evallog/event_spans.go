package evallog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// eventSpans holds the JSON of one event's fields.
type eventSpans struct {
	event, source, timestamp                        []byte
	data, metadata, id, function, arguments, result []byte
	errorSpan, output, call, model, message, typ    []byte
	input, inputRefs, workingTime, action, allEvent []byte
	spanID, parentID, name, pending, cache, tools   []byte
}

func (e *eventSpans) field(key []byte) *[]byte {
	switch string(key) {
	case "event":
		return &e.event
	case "source":
		return &e.source
	case "timestamp":
		return &e.timestamp
	case "data":
		return &e.data
	case "metadata":
		return &e.metadata
	case "id":
		return &e.id
	case "function":
		return &e.function
	case "arguments":
		return &e.arguments
	case "result":
		return &e.result
	case "error":
		return &e.errorSpan
	case "output":
		return &e.output
	case "call":
		return &e.call
	case "model":
		return &e.model
	case "message":
		return &e.message
	case "type":
		return &e.typ
	case "input":
		return &e.input
	case "input_refs":
		return &e.inputRefs
	case "working_time":
		return &e.workingTime
	case "action":
		return &e.action
	case "span_id":
		return &e.spanID
	case "parent_id":
		return &e.parentID
	case "name":
		return &e.name
	case "pending":
		return &e.pending
	case "cache":
		return &e.cache
	case "tools":
		return &e.tools
	}
	return nil
}

// eachEvent splits the sample's events.
func (d *sampleDecoder) eachEvent(f func(i int, e *eventSpans) error) error {
	s := &scanner{data: orNull(d.events)}
	i := 0
	s.array(func() {
		var e eventSpans
		s.peek()
		start := s.pos
		s.object(func(key []byte) {
			if field := e.field(key); field != nil {
				*field = s.skip()
			} else {
				s.skip()
			}
		})
		if s.err != nil {
			return
		}
		e.allEvent = s.data[start:s.pos]
		if err := f(i, &e); err != nil {
			s.err = fmt.Errorf("event %d: %w", i, err)
		}
		i++
	})
	return s.err
}

// eventMeta is what the metadata of one of our events says.
type eventMeta struct {
	at, took               time.Duration
	turn, attempts         int
	finish, id, limit      string
	whose, arguments       string
	cut, notRun, hasRaw    bool
	raw                    string
	around                 []string
	cost                   float64
	oddCost                bool
	args                   map[int]string // arguments of a model's calls
	exact                  map[string]string
	hasArguments, hasValue bool
	data                   []byte // of an info event: the body
}

func readEventMeta(span []byte) (eventMeta, error) {
	var m eventMeta
	s := &scanner{data: orNull(span)}
	s.object(func(key []byte) {
		m.hasValue = true
		switch string(key) {
		case "at":
			m.at = time.Duration(s.int())
		case "took":
			m.took = time.Duration(s.int())
		case "turn":
			m.turn = int(s.int())
		case "attempts":
			m.attempts = int(s.int())
		case "finish":
			m.finish = s.str()
		case "id":
			m.id = s.str()
		case "limit":
			m.limit = s.str()
		case "whose":
			m.whose = s.str()
		case "arguments":
			m.arguments, m.hasArguments = s.str(), true
		case "cut":
			m.cut = s.bool()
		case "not_run":
			m.notRun = s.bool()
		case "raw":
			m.raw, m.hasRaw = s.str(), true
		case "around":
			s.array(func() { m.around = append(m.around, s.str()) })
		case "cost":
			m.cost, m.oddCost = s.float(), true
		case "data":
			m.data = s.skip()
		case "exact":
			m.exact = readExactFields(s)
		default:
			m.numbered(s, string(key))
		}
	})
	return m, s.err
}

// numbered reads "arguments.3".
func (m *eventMeta) numbered(s *scanner, key string) {
	rest, ok := strings.CutPrefix(key, "arguments.")
	n, err := strconv.Atoi(rest)
	if !ok || err != nil {
		s.skip()
		return
	}
	if m.args == nil {
		m.args = map[int]string{}
	}
	m.args[n] = s.str()
}

// keeps says whether the field as it was is in the metadata.
func (m *eventMeta) keeps(field string) bool { _, ok := m.exact[field]; return ok }

// or gives the field as it was, if its text in the log is not.
func (m *eventMeta) or(field, text string) string {
	if exact, ok := m.exact[field]; ok {
		return exact
	}
	return text
}
