package evallog

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// sampleDecoder reads one EvalSample. The spans are the JSON of the sample's fields.
type sampleDecoder struct {
	epoch, metadata, uuid, events, rawAttachments, usage []byte
	// The rest is for samples of Inspect's own.
	id, input, scores, errorSpan, limit, started, completed, eventsData, output []byte
	retries, invalidation, fallbacks                                            []byte

	attachments map[string]string // read when the first one is asked for
	missing     string            // a reference to an attachment that is not there
	inParts     bool              // the sample stood in parts, and refers to attachments by their place
	grown       int
	pool        []message
	err         error
}

// decodeSample reads a sample that this package or Inspect wrote. Nothing of the record points into data.
func decodeSample(data []byte) (*transcript.Record, error) {
	d := &sampleDecoder{}
	s := &scanner{data: data}
	s.object(func(key []byte) {
		if field := d.field(key); field != nil {
			*field = s.skip()
			return
		}
		d.inParts = d.inParts || string(key) == partsMark
		s.skip()
	})
	if s.err != nil {
		return nil, s.err
	}
	if s.peek() != 0 {
		return nil, fmt.Errorf("json at byte %d: something follows the sample", s.pos)
	}
	r := &transcript.Record{}
	own, err := d.readMetadata(r)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if own {
		err = d.ownEvents(r)
	} else {
		err = d.inspectSample(r)
	}
	if err := firstError(err, d.err); err != nil {
		return nil, err
	}
	if err := d.lacking(); err != nil {
		if own {
			return nil, err
		}
		r.End = transcript.End{Reason: transcript.EndError, Whose: transcript.BlameSpec, Error: err.Error()}
	}
	return r, nil
}

func (d *sampleDecoder) field(key []byte) *[]byte {
	switch string(key) {
	case "epoch":
		return &d.epoch
	case "metadata":
		return &d.metadata
	case "uuid":
		return &d.uuid
	case "events":
		return &d.events
	case "attachments":
		return &d.rawAttachments
	case "model_usage":
		return &d.usage
	case "id":
		return &d.id
	case "error_retries":
		return &d.retries
	case "invalidation":
		return &d.invalidation
	case "model_fallbacks":
		return &d.fallbacks
	case "input":
		return &d.input
	case "scores":
		return &d.scores
	case "error":
		return &d.errorSpan
	case "limit":
		return &d.limit
	case "started_at":
		return &d.started
	case "completed_at":
		return &d.completed
	case "events_data":
		return &d.eventsData
	case "output":
		return &d.output
	}
	return nil
}

// readMetadata reads what is not in the events; own says whether this package wrote the sample.
func (d *sampleDecoder) readMetadata(r *transcript.Record) (own bool, err error) {
	r.Events = []transcript.Event{}
	if !marked(d.metadata) {
		return false, nil
	}
	s := &scanner{data: d.metadata}
	id, cost, odd := "", 0.0, false
	s.object(func(key []byte) {
		switch string(key) {
		case "seed":
			r.Seed = s.uint()
		case "attempts":
			r.Attempts = int(s.int())
		case "started":
			r.Started = readExactTime(s)
		case "ended":
			r.Ended = readExactTime(s)
		case "end":
			endCodec.read(s, reflect.ValueOf(&r.End).Elem())
		case "outcomes":
			outcomesCodec.read(s, reflect.ValueOf(&r.Outcomes).Elem())
		case "foreign":
			foreignCodec.read(s, reflect.ValueOf(&r.Foreign).Elem())
		case "no_events":
			r.Events = nil
			s.skip()
		case "id":
			id = readExact(s)
		case "cost":
			cost, odd = s.float(), true
		default:
			s.skip()
		}
	})
	s2 := &scanner{data: orNull(d.epoch)}
	r.Number = int(s2.int())
	u := &scanner{data: orNull(d.usage)}
	r.Usage = readUsages(u)
	if odd {
		r.Usage.CostUSD = cost
	}
	i := &scanner{data: orNull(d.uuid)}
	if r.ID = i.str(); id != "" {
		r.ID = id
	}
	return true, firstError(s.err, s2.err, u.err, i.err)
}

// marked says whether metadata is of a sample that this package wrote, wherever in it that stands.
func marked(metadata []byte) (own bool) {
	if bytes.HasPrefix(metadata, []byte(`{"evalkit":1,`)) {
		return true
	}
	s := &scanner{data: orNull(metadata)}
	if s.peek() != '{' {
		return false
	}
	s.object(func(key []byte) {
		own = own || string(key) == "evalkit" && s.peek() == '1'
		s.skip()
	})
	return own
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func orNull(span []byte) []byte {
	if span == nil {
		return []byte("null")
	}
	return span
}

func readExactTime(s *scanner) time.Time {
	text := s.str()
	rest, unix := strings.CutPrefix(text, "unix:")
	if !unix {
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			s.fail(err.Error())
		}
		return t
	}
	sec, nsec, _ := strings.Cut(rest, ".")
	a, err := strconv.ParseInt(sec, 10, 64)
	b, err2 := strconv.ParseInt(nsec, 10, 64)
	if err := firstError(err, err2); err != nil {
		s.fail(err.Error())
	}
	return time.Unix(a, b).UTC()
}

// readExactFields reads the fields of an event that are not UTF-8.
func readExactFields(s *scanner) map[string]string {
	fields := map[string]string{}
	s.object(func(key []byte) {
		k := string(key)
		b, err := base64.StdEncoding.DecodeString(s.str())
		if err != nil {
			s.fail("base64: " + err.Error())
		}
		fields[k] = string(b)
	})
	return fields
}
