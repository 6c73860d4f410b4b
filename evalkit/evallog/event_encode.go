package evallog

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// The codecs of what is kept as plain JSON.
var (
	endCodec      = newCodec(reflect.TypeFor[transcript.End]())
	outcomesCodec = newCodec(reflect.TypeFor[[]transcript.Outcome]())
	foreignCodec  = newCodec(reflect.TypeFor[*transcript.Foreign]())

	messageCodec  = newCodec(reflect.TypeFor[transcript.Message]())
	fileCodec     = newCodec(reflect.TypeFor[transcript.FileChange]())
	machineCodec  = newCodec(reflect.TypeFor[transcript.Machine]())
	commandCodec  = newCodec(reflect.TypeFor[transcript.CommandCall]())
	snapshotCodec = newCodec(reflect.TypeFor[transcript.Snapshot]())
	factCodec     = newCodec(reflect.TypeFor[transcript.Fact]())
)

// event appends one event of the record as an event of Inspect.
func (e *sampleEncoder) event(i int, ev transcript.Event) error {
	if i > 0 {
		e.events = append(e.events, ',')
	}
	e.exact = e.exact[:0]
	switch body := ev.Body.(type) {
	case transcript.ModelCall:
		e.modelCall(i, ev, &body)
	case transcript.ToolCall:
		e.toolCall(i, ev, &body)
	case transcript.LimitHit:
		e.limitHit(i, ev, body)
	case transcript.Problem:
		e.problem(i, ev, body)
	case transcript.Message:
		e.info(i, ev, messageCodec, &body)
		e.startMessage(inspectRole(body.Role))
		e.pool = e.shown(e.pool, body.Content)
		e.pool = append(e.pool, `,"source":"input"}`...)
	case transcript.FileChange:
		e.info(i, ev, fileCodec, &body)
	case transcript.Machine:
		e.info(i, ev, machineCodec, &body)
	case transcript.CommandCall:
		e.info(i, ev, commandCodec, &body)
	case transcript.Snapshot:
		e.info(i, ev, snapshotCodec, &body)
	case transcript.Fact:
		e.info(i, ev, factCodec, &body)
	case nil:
		return errors.New("an event without a body")
	default:
		return fmt.Errorf("an event of a kind that logs do not know: %q (%T; bodies are values, not pointers)", body.Kind(), body)
	}
	return nil
}

// open appends an event's beginning, up to and with its time.
func (e *sampleEncoder) open(kind string, i int, ev transcript.Event) []byte {
	b := append(e.events, `{"event":"`...)
	b = append(b, kind...)
	b = append(b, `","uuid":"`...)
	b = append(b, e.prefix...)
	b = append(b, 'e')
	b = strconv.AppendInt(b, int64(i), 10)
	b = append(b, `","timestamp":`...)
	b = appendTime(b, e.rec.Started.Add(ev.At))
	b = append(b, `,"working_start":`...)
	return appendSeconds(b, ev.At)
}

// meta begins an event's metadata, which stands last: by then it is known what was not UTF-8.
func (e *sampleEncoder) meta(b []byte, ev transcript.Event) []byte {
	b = append(b, `,"metadata":{"at":`...)
	b = strconv.AppendInt(b, int64(ev.At), 10)
	b = append(b, `,"turn":`...)
	return strconv.AppendInt(b, int64(ev.Turn), 10)
}

// close ends the metadata and the event.
func (e *sampleEncoder) close(b []byte) {
	if len(e.exact) > 0 {
		b = append(b, `,"exact":{`...)
		b = append(b, e.exact...)
		b = append(b, '}')
	}
	e.events = append(b, `}}`...)
}

// info appends an event that Inspect has no kind for: what a viewer shows as Markdown, and all of it in the metadata.
func (e *sampleEncoder) info(i int, ev transcript.Event, c *codec, body any) {
	b := e.open("info", i, ev)
	b = append(b, `,"source":"evalkit/`...)
	b = append(b, ev.Body.Kind()...)
	b = append(b, `","data":`...)
	e.markdown = appendMarkdown(e.markdown[:0], ev.Body)
	b = appendText(b, string(e.markdown))
	b = e.meta(b, ev)
	b = append(b, `,"data":`...)
	b = c.append(b, reflect.ValueOf(body).Elem())
	e.close(b)
}

// startMessage begins a message of the conversation, up to the value of its content.
func (e *sampleEncoder) startMessage(role string) {
	if e.messages > 0 {
		e.pool = append(e.pool, ',')
	}
	e.pool = append(e.pool, `{"role":"`...)
	e.pool = append(e.pool, role...)
	e.pool = append(e.pool, `","id":`...)
	e.pool = e.messageID(e.pool)
	e.pool = append(e.pool, `,"content":`...)
	e.messages++
}

func (e *sampleEncoder) messageID(b []byte) []byte {
	b = append(b, '"')
	b = append(b, e.prefix...)
	b = append(b, 'm')
	b = strconv.AppendInt(b, int64(e.messages), 10)
	return append(b, '"')
}

func inspectRole(role string) string {
	switch role {
	case "system", "user", "assistant", "tool":
		return role
	case "developer":
		return "system"
	}
	return "user"
}

func (e *sampleEncoder) limitHit(i int, ev transcript.Event, l transcript.LimitHit) {
	b := e.open("sample_limit", i, ev)
	b = append(b, `,"type":"`...)
	b = append(b, inspectLimit(l.Limit)...)
	b = append(b, `","message":`...)
	b = e.plain(b, "text", l.Text)
	b = e.meta(b, ev)
	b = append(b, `,"limit":`...)
	b = e.plain(b, "limit", l.Limit)
	e.close(b)
}

// inspectLimit gives Inspect's word for a limit.
func inspectLimit(limit string) string {
	switch limit {
	case "turns":
		return "turn"
	case "tokens":
		return "token"
	case "time", "cost":
		return limit
	}
	return customLimit
}

// customLimit is Inspect's word for every limit that it has none for.
const customLimit = "custom"

func (e *sampleEncoder) problem(i int, ev transcript.Event, p transcript.Problem) {
	b := e.open("error", i, ev)
	b = append(b, `,"error":{"message":`...)
	b = e.plain(b, "text", p.Text)
	b = append(b, `,"traceback":"","traceback_ansi":`...)
	b = appendText(b, string(p.Whose)+": "+p.Text) // a viewer shows nothing else
	b = append(b, '}')
	b = e.meta(b, ev)
	b = append(b, `,"whose":`...)
	b = e.plain(b, "whose", string(p.Whose))
	e.close(b)
}

func (e *sampleEncoder) toolCall(i int, ev transcript.Event, t *transcript.ToolCall) {
	b := e.open("tool", i, ev)
	b = append(b, `,"type":"function","id":`...)
	b = e.plain(b, "id", t.ID)
	b = append(b, `,"function":`...)
	b = e.plain(b, "name", t.Name)
	args := []byte(t.Arguments)
	embedded := isObject(args) && embeddable(args)
	b = append(b, `,"arguments":`...)
	if embedded {
		b = append(b, t.Arguments...)
	} else {
		b = append(b, `{}`...)
	}
	b = append(b, `,"events":[],"result":`...)
	b = e.plain(b, "result", t.Result)
	if t.Error != "" {
		b = append(b, `,"error":{"type":"unknown","message":`...)
		b = e.plain(b, "error", t.Error)
		b = append(b, '}')
	}
	b = append(b, `,"working_time":`...)
	b = appendSeconds(b, t.Took)
	b = e.meta(b, ev)
	b = append(b, `,"took":`...)
	b = strconv.AppendInt(b, int64(t.Took), 10)
	if !embedded || textRefers(t.Arguments) {
		b = append(b, `,"arguments":`...)
		b = e.plain(b, "arguments", t.Arguments)
	}
	if t.Cut {
		b = append(b, `,"cut":true`...)
	}
	if t.NotRun {
		b = append(b, `,"not_run":true`...)
	}
	e.close(b)
	e.toolMessage(t)
}

// toolMessage adds what the model was told of a tool's call to the conversation.
func (e *sampleEncoder) toolMessage(t *transcript.ToolCall) {
	e.startMessage("tool")
	if t.Result == "" && t.Error != "" {
		e.pool = e.shown(e.pool, t.Error)
	} else {
		e.pool = e.shown(e.pool, t.Result)
	}
	e.pool = append(e.pool, `,"tool_call_id":`...)
	e.pool = appendText(e.pool, t.ID)
	e.pool = append(e.pool, `,"function":`...)
	e.pool = appendText(e.pool, t.Name)
	if t.Error != "" {
		e.pool = append(e.pool, `,"error":{"type":"unknown","message":`...)
		e.pool = appendText(e.pool, t.Error)
		e.pool = append(e.pool, '}')
	}
	e.pool = append(e.pool, '}')
}

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' }

func appendNanos(b []byte, d time.Duration) []byte { return strconv.AppendInt(b, int64(d), 10) }
