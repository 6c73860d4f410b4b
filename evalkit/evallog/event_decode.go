package evallog

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// ownEvents reads the events of a sample that this package wrote.
func (d *sampleDecoder) ownEvents(r *transcript.Record) error {
	return d.eachEvent(func(_ int, e *eventSpans) error {
		m, err := readEventMeta(e.metadata)
		if err != nil {
			return fmt.Errorf("metadata: %w", err)
		}
		body, err := d.ownBody(e, &m)
		if err != nil {
			return err
		}
		r.Events = append(r.Events, transcript.Event{At: m.at, Turn: m.turn, Body: body})
		return nil
	})
}

func (d *sampleDecoder) ownBody(e *eventSpans, m *eventMeta) (transcript.Body, error) {
	t := &texts{}
	switch kind := t.text(e.event); kind {
	case "model":
		return d.ownModelCall(e, m)
	case "tool":
		return d.ownToolCall(e, m)
	case "sample_limit":
		return transcript.LimitHit{Limit: m.or("limit", m.limit), Text: m.or("text", t.text(e.message))}, t.err
	case "error":
		text := t.member(e.errorSpan, "message")
		return transcript.Problem{Whose: transcript.Blame(m.or("whose", m.whose)), Text: m.or("text", text)}, t.err
	case "info":
		source, data := t.text(e.source), e.data
		if m.data != nil {
			data = m.data
		}
		switch source {
		case "evalkit/message":
			return readBody[transcript.Message](messageCodec, data)
		case "evalkit/file":
			return readBody[transcript.FileChange](fileCodec, data)
		case "evalkit/machine":
			return readBody[transcript.Machine](machineCodec, data)
		case "evalkit/command":
			return readBody[transcript.CommandCall](commandCodec, data)
		case "evalkit/snapshot":
			return readBody[transcript.Snapshot](snapshotCodec, data)
		case "evalkit/fact":
			return readBody[transcript.Fact](factCodec, data)
		}
		return nil, fmt.Errorf("an info event of the unknown source %q: a later evalkit wrote this log", source)
	default:
		return nil, fmt.Errorf("an event of the unknown kind %q: a later evalkit wrote this log", kind)
	}
}

func readBody[T transcript.Body](c *codec, span []byte) (transcript.Body, error) {
	var body T
	s := &scanner{data: orNull(span)}
	c.read(s, reflect.ValueOf(&body).Elem())
	return body, s.err
}

// texts reads strings from spans and keeps the first error.
type texts struct{ err error }

func (t *texts) text(span []byte) string {
	s := &scanner{data: orNull(span)}
	text := s.str()
	if t.err == nil {
		t.err = s.err
	}
	return text
}

// member reads one string of an object.
func (t *texts) member(span []byte, name string) (text string) {
	s := &scanner{data: orNull(span)}
	s.object(func(key []byte) {
		if string(key) == name {
			text = s.str()
		} else {
			s.skip()
		}
	})
	if t.err == nil {
		t.err = s.err
	}
	return text
}

func (d *sampleDecoder) ownToolCall(e *eventSpans, m *eventMeta) (transcript.Body, error) {
	t := &texts{}
	c := transcript.ToolCall{Took: m.took, Cut: m.cut, NotRun: m.notRun}
	c.ID = m.or("id", t.text(e.id))
	c.Name = m.or("name", t.text(e.function))
	c.Result = m.or("result", t.text(e.result))
	c.Error = m.or("error", t.member(e.errorSpan, "message"))
	if m.hasArguments {
		c.Arguments = m.or("arguments", m.arguments)
	} else {
		c.Arguments = string(d.resolved(e.arguments))
	}
	return c, t.err
}

func (d *sampleDecoder) ownModelCall(e *eventSpans, m *eventMeta) (transcript.Body, error) {
	t := &texts{}
	c := transcript.ModelCall{
		Model: m.or("model", t.text(e.model)), Finish: m.or("finish", m.finish), ID: m.or("id", m.id),
		Attempts: m.attempts, Took: m.took, Error: m.or("error", t.text(e.errorSpan)),
	}
	s := &scanner{data: orNull(e.output)}
	s.object(func(key []byte) {
		switch string(key) {
		case "usage":
			c.Usage = readUsage(s)
		case "choices":
			s.array(func() { d.ownChoice(s, &c, m) })
		default:
			s.skip()
		}
	})
	if m.oddCost {
		c.Usage.CostUSD = m.cost
	}
	c.Content = m.or("content", c.Content)
	c.Reasoning = m.or("reasoning", c.Reasoning)
	switch {
	case m.hasRaw:
		c.Raw = append(json.RawMessage{}, m.or("raw", m.raw)...)
	case e.call != nil:
		c.Raw = d.responseBody(e.call, m.around)
	}
	return c, firstError(t.err, s.err)
}

// responseBody takes the model's answer out of a call, with the white space that stood around it.
func (d *sampleDecoder) responseBody(call []byte, around []string) json.RawMessage {
	var body []byte
	s := &scanner{data: call}
	s.object(func(key []byte) {
		if string(key) == "response" {
			body = s.skip()
		} else {
			s.skip()
		}
	})
	if s.err != nil || body == nil || string(body) == "null" {
		return nil
	}
	body = d.resolved(body)
	if len(around) != 2 {
		return append(json.RawMessage{}, body...)
	}
	return append(append(append(json.RawMessage{}, around[0]...), body...), around[1]...)
}

func (d *sampleDecoder) ownChoice(s *scanner, c *transcript.ModelCall, m *eventMeta) {
	s.object(func(key []byte) {
		if string(key) != "message" {
			s.skip()
			return
		}
		before := d.missing
		msg := readMessage(s, d)
		if m.keeps("content") || m.keeps("reasoning") {
			d.missing = before // it is the agent's own text, kept elsewhere too
		}
		c.Content, c.Reasoning, c.Calls = msg.text, msg.reasoning, msg.calls
		for i := range c.Calls {
			call := &c.Calls[i]
			n := strconv.Itoa(i)
			call.ID, call.Name = m.or("id."+n, call.ID), m.or("name."+n, call.Name)
			if args, ok := m.args[i]; ok {
				call.Arguments = m.or("arguments."+n, args)
			} else {
				call.Arguments = d.resolvedText(call.Arguments)
			}
		}
	})
}
