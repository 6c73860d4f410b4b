package evallog

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

const (
	attachmentScheme = "attachment://"
	oldScheme        = "tc://" // Inspect's former one, which its readers still resolve
	// attachmentMin is the length from which a text that the log holds more than once is kept as an attachment.
	attachmentMin = 2048
)

// sampleEncoder turns one record into the JSON of an EvalSample. It is reused; frame holds what all samples share.
type sampleEncoder struct {
	frame *sampleFrame
	rec   *transcript.Record
	// prefix opens the ids of the sample's events and messages.
	prefix string

	events      []byte // the events, separated by commas
	pool        []byte // the messages of the conversation, once each
	messages    int
	lastOutput  [2]int // where in events the last answer's output stands
	out         []byte
	attachments []attachment
	attached    map[string]int
	markdown    []byte
	// exact collects, for the event being written, the fields that are not UTF-8, in base64.
	exact []byte
}

// sampleFrame is what the samples of a log have in common, encoded once.
type sampleFrame struct {
	logID    string
	sampleID string
	model    []byte // the model's name, as JSON
	tools    []byte // the tools, as Inspect wants them
}

// encode returns the JSON of r, valid until the next call.
func (e *sampleEncoder) encode(r *transcript.Record) ([]byte, error) {
	e.reset(r)
	for i, ev := range r.Events {
		if err := e.event(i, ev); err != nil {
			return nil, fmt.Errorf("event %d of trial %d: %w", i, r.Number, err)
		}
	}
	e.sample()
	return e.out, nil
}

func (e *sampleEncoder) reset(r *transcript.Record) {
	e.rec = r
	e.prefix = e.frame.logID + "-" + strconv.Itoa(r.Number) + "-"
	e.events, e.pool, e.out, e.exact = e.events[:0], e.pool[:0], e.out[:0], e.exact[:0]
	e.messages, e.lastOutput = 0, [2]int{}
	clear(e.attachments)
	e.attachments = e.attachments[:0]
	clear(e.attached)
}

// sample puts the parts together.
func (e *sampleEncoder) sample() {
	r, b := e.rec, e.out
	b = append(b, `{"id":`...)
	b = appendText(b, e.frame.sampleID)
	b = append(b, `,"epoch":`...)
	b = strconv.AppendInt(b, int64(r.Number), 10)
	b = append(b, `,"input":`...)
	b = appendText(b, firstInput(r, 5120))
	b = append(b, `,"target":"","metadata":`...)
	b = e.metadata(b)
	b = append(b, `,"uuid":`...)
	b = appendText(b, r.ID)
	b = e.facts(b, 4096)
	if limit, reason := limitOf(r.End); limit != "" {
		b = append(b, `,"limit":{"limit":0,"type":"`...)
		b = append(b, limit...)
		b = append(b, `","reason":`...)
		b = appendText(b, reason)
		b = append(b, '}')
	} else if r.End.Reason == transcript.EndError {
		b = append(b, `,"error":{"message":`...)
		b = appendText(b, errorText(r.End))
		b = append(b, `,"traceback":"","traceback_ansi":`...)
		b = appendText(b, errorText(r.End)) // a viewer shows nothing else
		b = append(b, '}')
	}
	b = append(b, `,"store":{},"output":`...)
	if out := e.events[e.lastOutput[0]:e.lastOutput[1]]; len(out) > 0 {
		b = append(b, out...)
	} else {
		b = append(b, `{"model":`...)
		b = append(b, e.frame.model...)
		b = append(b, `,"choices":[],"completion":""}`...)
	}
	b = append(b, `,"messages":[`...)
	b = append(b, e.pool...)
	b = append(b, `],"events_data":{"messages":[`...)
	b = append(b, e.pool...)
	b = append(b, `],"calls":[]},"attachments":{`...)
	for i, a := range e.attachments {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = hex.AppendEncode(b, a.key[:])
		b = append(b, `":`...)
		b = appendText(b, a.text)
	}
	b = append(b, `},"events":[`...)
	b = append(b, e.events...)
	e.out = append(b, `]}`...)
}

// facts appends what a sample and its summary both say: scores, usage, times, error and limit. Texts are cut at most
// bytes.
func (e *sampleEncoder) facts(b []byte, most int) []byte {
	r := e.rec
	b = append(b, `,"scores":{`...)
	b = e.scores(b, most)
	b = append(b, `},"model_usage":{`...)
	b = append(b, e.frame.model...)
	b = append(b, ':')
	b = appendUsage(b, r.Usage)
	b = append(b, `},"role_usage":{},"started_at":`...)
	b = appendTime(b, r.Started)
	b = append(b, `,"completed_at":`...)
	b = appendTime(b, r.Ended)
	b = append(b, `,"total_time":`...)
	b = appendSeconds(b, r.Ended.Sub(r.Started))
	b = append(b, `,"working_time":`...)
	b = appendSeconds(b, r.Ended.Sub(r.Started))
	b = append(b, `,"turn_count":`...)
	return strconv.AppendInt(b, int64(r.Turns()), 10)
}

// limitOf gives Inspect's word for the limit that ended a trial, with its reason, or nothing. An error that is nobody's is
// that of a trial that the harness cut: as with a sample that Inspect's operator stops, nothing went wrong.
func limitOf(end transcript.End) (limit, reason string) {
	switch {
	case end.Reason == transcript.EndLimit:
		return inspectLimit(end.Limit), end.Limit
	case end.Reason == transcript.EndError && end.Whose == "":
		return "operator", end.Error
	}
	return "", ""
}

func errorText(end transcript.End) string {
	if end.Whose == "" {
		return end.Error
	}
	return string(end.Whose) + ": " + end.Error
}

// scores appends one score per world: the outcome's name is its value.
func (e *sampleEncoder) scores(b []byte, most int) []byte {
	for i, o := range e.rec.Outcomes {
		if seenWorld(e.rec.Outcomes[:i], o.World) {
			continue
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, o.World)
		b = append(b, `:{"value":`...)
		b = appendText(b, o.Name)
		b = append(b, `,"answer":`...)
		if e.rec.End.Answer != "" {
			b = appendText(b, cut(e.rec.End.Answer, min(most, 1024)))
		} else {
			b = appendText(b, "("+string(e.rec.End.Reason)+")") // what a list shows in that column
		}
		b = append(b, `,"explanation":`...)
		b = appendText(b, cut(o.Summary, most))
		b = append(b, `,"metadata":{"exposed":`...)
		b = strconv.AppendBool(b, o.Exposed)
		b = append(b, `},"history":[]}`...)
	}
	return b
}

func seenWorld(earlier []transcript.Outcome, world string) bool {
	for _, o := range earlier {
		if strings.ToValidUTF8(o.World, "\ufffd") == strings.ToValidUTF8(world, "\ufffd") {
			return true
		}
	}
	return false
}

// metadata appends the sample's metadata: all of the record that its events do not hold.
func (e *sampleEncoder) metadata(b []byte) []byte {
	r := e.rec
	b = append(b, `{"evalkit":1,"seed":"`...) // as text: it needs 64 bits, JSON readers keep 53
	b = strconv.AppendUint(b, r.Seed, 10)
	b = append(b, `","attempts":`...)
	b = strconv.AppendInt(b, int64(r.Attempts), 10)
	b = append(b, `,"started":`...)
	b = appendExactTime(b, r.Started)
	b = append(b, `,"ended":`...)
	b = appendExactTime(b, r.Ended)
	b = append(b, `,"end":`...)
	b = endCodec.append(b, reflect.ValueOf(&r.End).Elem())
	b = append(b, `,"outcomes":`...)
	b = outcomesCodec.append(b, reflect.ValueOf(&r.Outcomes).Elem())
	if r.Foreign != nil {
		b = append(b, `,"foreign":`...)
		b = foreignCodec.append(b, reflect.ValueOf(&r.Foreign).Elem())
	}
	if r.Events == nil {
		b = append(b, `,"no_events":true`...)
	}
	if !utf8.ValidString(r.ID) {
		b = append(b, `,"id":`...)
		b = appendExact(b, r.ID)
	}
	b = appendOddCost(b, r.Usage)
	return append(b, '}')
}

// firstInput is the first thing that the user said, for lists.
func firstInput(r *transcript.Record, most int) string {
	for _, e := range r.Events {
		if m, ok := e.Body.(transcript.Message); ok && m.Role == "user" {
			return cut(m.Content, most)
		}
	}
	return ""
}

// cut shortens s to at most n bytes, not within a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
