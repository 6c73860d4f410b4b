package evallog

import (
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// inspectSample reads a sample that Inspect wrote. Model and tool calls, messages, limits and errors become events of
// their kind; every other event becomes a Fact of the world "inspect", named after its kind, with the event as its data,
// but for those that only give structure (spans, steps, anchors, the sample's own repetition). Scores become outcomes:
// Inspect knows no exposure, so that a scored sample counts as exposed. Inspect does not say whose fault an error was:
// it is laid to the spec. What scorers did, asking a model among it, is nothing that the subject did: it is a Fact too.
func (d *sampleDecoder) inspectSample(r *transcript.Record) error {
	if err := d.inspectFrame(r); err != nil {
		return err
	}
	p := &scanner{data: orNull(d.eventsData)}
	p.object(func(key []byte) {
		if string(key) != "messages" {
			p.skip()
			return
		}
		p.array(func() { d.pool = append(d.pool, readMessage(p, d)) })
	})
	if p.err != nil {
		return fmt.Errorf("events_data: %w", p.err)
	}
	c := &conversation{d: d, r: r, seen: map[string]bool{}, turnOf: map[string]int{}}
	if err := d.eachEvent(c.event); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if len(c.seen) == 0 {
		if err := c.plainInput(); err != nil {
			return err
		}
	}
	c.fact("fallback", "another model answered", d.fallbacks)
	c.fact("invalidation", "", d.invalidation)
	return d.inspectEnd(r, c.submitted)
}

// inspectFrame reads all but the events.
func (d *sampleDecoder) inspectFrame(r *transcript.Record) error {
	s := []*scanner{
		{data: orNull(d.epoch)}, {data: orNull(d.uuid)}, {data: orNull(d.started)}, {data: orNull(d.completed)},
		{data: orNull(d.usage)}, {data: orNull(d.scores)},
	}
	r.Number = int(s[0].int())
	r.ID = s[1].str()
	r.Started, r.Ended = readTime(s[2]), readTime(s[3])
	r.Usage = readUsages(s[4])
	for _, sc := range readScores(s[5]) {
		r.Outcomes = append(r.Outcomes, transcript.Outcome{
			World: sc.World, Name: sc.Value, All: []string{sc.Value}, Exposed: sc.Exposed, Summary: sc.Explanation,
		})
	}
	r.Attempts = 1
	retries := &scanner{data: orNull(d.retries)}
	retries.array(func() { retries.skip(); r.Attempts++ })
	id := &scanner{data: orNull(d.id)}
	r.Foreign = &transcript.Foreign{Tool: "inspect", Sample: scalarText(id), Epoch: r.Number}
	s = append(s, retries, id)
	for i := range s {
		if s[i].err != nil {
			return s[i].err
		}
	}
	return nil
}

// inspectEnd says how the sample ended.
func (d *sampleDecoder) inspectEnd(r *transcript.Record, submitted *transcript.ToolCall) error {
	t := &texts{}
	switch {
	case isObject(d.errorSpan):
		r.End = transcript.End{Reason: transcript.EndError, Whose: transcript.BlameSpec, Error: d.attached(t.member(d.errorSpan, "message"))}
	case isObject(d.invalidation):
		r.End = transcript.End{Reason: transcript.EndError, Whose: transcript.BlameSpec, Error: invalidated(t, d.invalidation)}
	case isObject(d.limit):
		r.End = transcript.End{Reason: transcript.EndLimit, Limit: ownLimit(t.member(d.limit, "type")), Error: t.member(d.limit, "reason")}
	case submitted != nil:
		r.End = transcript.End{Reason: transcript.EndSubmitted, Answer: submitted.Result}
	case cutLast(r) != "":
		r.End = transcript.End{Reason: transcript.EndLimit, Limit: cutLast(r), Error: "the last answer was cut, and called no tool"}
	default:
		r.End = transcript.End{Reason: transcript.EndStopped, Answer: d.attached(t.member(d.output, "completion"))}
	}
	return t.err
}

// cutLast is the limit that cut the last answer of the model, if that called no
// tool: Inspect's agents stop there as if the model had.
func cutLast(r *transcript.Record) string {
	for i := len(r.Events) - 1; i >= 0; i-- {
		answer, ok := r.Events[i].Body.(transcript.ModelCall)
		switch {
		case !ok || answer.Error != "":
			continue
		case len(answer.Calls) > 0:
			return ""
		case answer.Finish == "content_filter":
			return transcript.LimitFilter
		case answer.Finish == "max_tokens", answer.Finish == "model_length", answer.Finish == "length":
			return "answer"
		}
		return ""
	}
	return ""
}

// invalidated is the error of a sample that a person has declared invalid.
func invalidated(t *texts, provenance []byte) string {
	text := "declared invalid by " + orElse(t.member(provenance, "author"), "somebody")
	if reason := t.member(provenance, "reason"); reason != "" {
		text += ": " + reason
	}
	return text
}

// ownLimit gives our word for a limit of Inspect; see inspectLimit.
func ownLimit(limit string) string {
	switch limit {
	case "turn", "token", "message":
		return limit + "s"
	case "working":
		return "time"
	}
	return limit
}
