package evallog

import (
	"bytes"
	"strconv"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// modelCall appends a model event. What the model was shown is given by reference to the conversation so far.
func (e *sampleEncoder) modelCall(i int, ev transcript.Event, c *transcript.ModelCall) {
	b := e.open("model", i, ev)
	b = append(b, `,"model":`...)
	b = e.plain(b, "model", c.Model)
	b = append(b, `,"input":[],"input_refs":[`...)
	if e.messages > 0 {
		b = append(b, `[0,`...)
		b = strconv.AppendInt(b, int64(e.messages), 10)
		b = append(b, ']')
	}
	b = append(b, `],"tools":`...)
	b = append(b, e.frame.tools...)
	b = append(b, `,"tool_choice":"auto","config":{},"output":`...)
	start := len(b)
	b = e.output(b, c)
	if c.Error == "" {
		e.lastOutput = [2]int{start, len(b)}
	} else {
		b = append(b, `,"error":`...)
		b = e.plain(b, "error", c.Error)
	}
	b = append(b, `,"working_time":`...)
	b = appendSeconds(b, c.Took)
	embedded, body := splitBody(c.Raw)
	if embedded {
		b = append(b, `,"call":{"request":{},"response":`...)
		b = append(b, body...)
		b = append(b, '}')
	}
	b = e.meta(b, ev)
	b = e.modelMeta(b, c)
	switch {
	case c.Raw == nil:
	case !embedded || refers(body):
		b = append(b, `,"raw":`...)
		b = e.plain(b, "raw", string(c.Raw))
	case len(body) != len(c.Raw):
		before, after, _ := bytes.Cut(c.Raw, body)
		b = append(b, `,"around":[`...)
		b = appendText(b, string(before))
		b = append(b, ',')
		b = appendText(b, string(after))
		b = append(b, ']')
	}
	e.close(b)
}

// splitBody takes the white space off a response body, and says whether the rest can stand in the log as it is.
func splitBody(raw []byte) (embedded bool, body []byte) {
	body = bytes.Trim(raw, " \n\t\r")
	return isObject(body) && embeddable(body), body
}

// output appends the ModelOutput, and the assistant's message to the conversation if there is an answer.
func (e *sampleEncoder) output(b []byte, c *transcript.ModelCall) []byte {
	b = append(b, `{"model":`...)
	b = appendText(b, c.Model)
	b = append(b, `,"choices":[`...)
	answered := c.Error == ""
	if answered || c.Content != "" || c.Reasoning != "" || c.Calls != nil {
		b = append(b, `{"message":`...)
		start := len(b)
		b = e.assistant(b, c)
		if answered {
			if e.messages > 0 {
				e.pool = append(e.pool, ',')
			}
			e.pool = append(e.pool, b[start:]...)
			e.messages++
		}
		b = append(b, `,"stop_reason":"`...)
		b = append(b, stopReason(c.Finish)...)
		b = append(b, `"}`...)
	}
	b = append(b, `],"completion":`...)
	b = e.shown(b, c.Content)
	if c.Usage != (transcript.Usage{}) {
		b = append(b, `,"usage":`...)
		b = appendUsage(b, c.Usage)
	}
	b = append(b, `,"time":`...)
	b = appendSeconds(b, c.Took)
	return append(b, '}')
}

// assistant appends the message that the model gave.
func (e *sampleEncoder) assistant(b []byte, c *transcript.ModelCall) []byte {
	b = append(b, `{"role":"assistant","id":`...)
	b = e.messageID(b)
	b = append(b, `,"source":"generate","content":`...)
	if c.Reasoning == "" {
		b = e.text(b, "content", c.Content)
	} else {
		b = append(b, `[{"type":"reasoning","redacted":false,"reasoning":`...)
		b = e.text(b, "reasoning", c.Reasoning)
		b = append(b, '}')
		if c.Content != "" {
			b = append(b, `,{"type":"text","text":`...)
			b = e.text(b, "content", c.Content)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	if c.Calls != nil {
		b = append(b, `,"tool_calls":[`...)
		for i := range c.Calls {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.call(b, i, &c.Calls[i])
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// call appends a tool call. Arguments that are no JSON object are kept in the event's metadata, see modelMeta.
func (e *sampleEncoder) call(b []byte, i int, c *transcript.Call) []byte {
	b = append(b, `{"type":"function","id":`...)
	b = e.plain(b, "id."+strconv.Itoa(i), c.ID)
	b = append(b, `,"function":`...)
	b = e.plain(b, "name."+strconv.Itoa(i), c.Name)
	b = append(b, `,"arguments":`...)
	if args := []byte(c.Arguments); isObject(args) && embeddable(args) {
		b = append(b, c.Arguments...)
		return append(b, '}')
	}
	return append(b, `{},"parse_error":"the arguments are not a JSON object: see the event's metadata"}`...)
}

// modelMeta appends the parts of a call that Inspect has no field for, or would change when it rewrites the log.
func (e *sampleEncoder) modelMeta(b []byte, c *transcript.ModelCall) []byte {
	b = append(b, `,"took":`...)
	b = appendNanos(b, c.Took)
	if c.Attempts != 0 {
		b = append(b, `,"attempts":`...)
		b = strconv.AppendInt(b, int64(c.Attempts), 10)
	}
	if c.Finish != "" {
		b = append(b, `,"finish":`...)
		b = e.plain(b, "finish", c.Finish)
	}
	if c.ID != "" {
		b = append(b, `,"id":`...)
		b = e.plain(b, "id", c.ID)
	}
	for i := range c.Calls {
		args := c.Calls[i].Arguments
		if raw := []byte(args); isObject(raw) && embeddable(raw) && !textRefers(args) {
			continue
		}
		field := "arguments." + strconv.Itoa(i)
		b = append(b, ',')
		b = appendText(b, field)
		b = append(b, ':')
		b = e.plain(b, field, args)
	}
	return appendOddCost(b, c.Usage)
}

// stopReason gives Inspect's word for a finish reason.
func stopReason(finish string) string {
	switch finish {
	case "stop", "tool_calls", "content_filter":
		return finish
	case "length":
		return "max_tokens"
	case "function_call":
		return "tool_calls"
	}
	return "unknown"
}
