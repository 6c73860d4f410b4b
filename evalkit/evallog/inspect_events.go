package evallog

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// conversation turns Inspect's events into ours.
type conversation struct {
	d         *sampleDecoder
	r         *transcript.Record
	seen      map[string]bool // messages that are events already
	turn      int
	turnOf    map[string]int // by the id of the tool call that was made in it
	scorers   scorers
	at        time.Duration
	submitted *transcript.ToolCall
}

func (c *conversation) add(b transcript.Body) {
	c.r.Events = append(c.r.Events, transcript.Event{At: c.at, Turn: c.turn, Body: b})
}

// fact adds what has no kind of ours. Nothing is added where there is no data.
func (c *conversation) fact(name, text string, data []byte) {
	if len(data) > 0 && string(data) != "null" {
		c.add(transcript.Fact{World: "inspect", Name: name, Text: cut(text, 512), Data: c.d.whole(data)})
	}
}

func (c *conversation) event(_ int, e *eventSpans) error {
	t := &texts{}
	if when := parseTime(t.text(stringOrNull(e.timestamp))); !when.IsZero() && !c.r.Started.IsZero() {
		c.at = when.Sub(c.r.Started)
	}
	kind := t.text(e.event)
	c.scorers.note(t, kind, e)
	scoring := c.scorers.at(t.text(stringOrNull(e.spanID)))
	switch kind {
	case "span_begin", "span_end", "step", "sample_init", "anchor", "branch":
		return t.err
	case "model":
		if !scoring {
			return c.modelCall(e)
		}
	case "tool":
		if !scoring {
			return c.toolCall(e)
		}
	case "sample_limit":
		c.add(transcript.LimitHit{Limit: ownLimit(t.text(e.typ)), Text: t.text(e.message)})
		return t.err
	case "error":
		c.add(transcript.Problem{Whose: transcript.BlameSpec, Text: c.d.attached(t.member(e.errorSpan, "message"))})
		return t.err
	}
	c.fact(kind, c.d.factText(kind, e.allEvent), e.allEvent)
	return t.err
}

func stringOrNull(span []byte) []byte {
	if len(span) > 0 && span[0] == '"' {
		return span
	}
	return []byte("null")
}

func (c *conversation) modelCall(e *eventSpans) error {
	if err := c.newMessages(e); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	t := &texts{}
	call := transcript.ModelCall{Model: t.text(e.model), Error: c.d.attached(t.text(e.errorSpan)), Attempts: 1}
	if string(e.pending) == "true" && call.Error == "" {
		call.Error = "the log ended before the answer came"
	}
	if call.Error == "" {
		c.turn++
	}
	w := &scanner{data: orNull(e.workingTime)}
	call.Took = time.Duration(w.float() * float64(time.Second))
	s := &scanner{data: orNull(e.output)}
	s.object(func(key []byte) {
		switch string(key) {
		case "usage":
			call.Usage = readUsage(s)
		case "choices":
			first := true
			s.array(func() {
				if first {
					c.choice(s, &call)
				}
				first = false
			})
		case "error":
			if text := s.str(); call.Error == "" {
				call.Error = text
			}
		default:
			s.skip()
		}
	})
	if e.call != nil {
		if body := c.d.responseBody(e.call, nil); body != nil {
			call.Raw = c.d.whole(body)
		}
	}
	call.ID = answerID(&call, e.cache)
	c.submitted = nil // what was submitted before belongs to an agent that helped
	for _, made := range call.Calls {
		c.turnOf[made.ID] = c.turn
	}
	c.add(call)
	return firstError(t.err, w.err, s.err)
}

// answerID tells answers apart: by the server's id where its response is in the log, and where Inspect kept the answer in
// its cache, or took it from there, by what it says: it is one answer, however often it was given.
func answerID(call *transcript.ModelCall, cache []byte) string {
	if len(cache) > 0 && cache[0] == '"' {
		h := sha256.New()
		fmt.Fprintf(h, "%q%q", call.Content, call.Reasoning)
		for _, c := range call.Calls {
			fmt.Fprintf(h, "%q%q", c.Name, c.Arguments)
		}
		return fmt.Sprintf("cache-%x", h.Sum(nil)[:8])
	}
	var response struct{ ID any }
	if json.Unmarshal(call.Raw, &response) == nil {
		if id, ok := response.ID.(string); ok {
			return id
		}
	}
	return ""
}

func (c *conversation) choice(s *scanner, call *transcript.ModelCall) {
	s.object(func(key []byte) {
		switch string(key) {
		case "message":
			m := readMessage(s, c.d)
			call.Content, call.Reasoning, call.Calls = m.text, m.reasoning, m.calls
			for i := range call.Calls {
				call.Calls[i].Arguments = string(c.d.whole([]byte(call.Calls[i].Arguments)))
			}
			c.known(m)
		case "stop_reason":
			call.Finish = s.str()
		default:
			s.skip()
		}
	})
}

// known notes a message and says whether it was.
func (c *conversation) known(m message) bool {
	key := m.id
	if key == "" {
		key = m.role + "\x00" + m.text
	}
	was := c.seen[key]
	c.seen[key] = true
	return was
}

// newMessages adds what was put before the model since its last call. The results of tools are events of their own.
func (c *conversation) newMessages(e *eventSpans) error {
	put := func(m message) {
		if !c.known(m) && m.role != "tool" {
			c.add(transcript.Message{Role: m.role, Content: m.text})
		}
	}
	in := &scanner{data: orNull(e.input)}
	in.array(func() { put(readMessage(in, c.d)) })
	refs := &scanner{data: orNull(e.inputRefs)}
	refs.array(func() {
		var bounds [2]int64
		i := 0
		refs.array(func() {
			if n := refs.int(); i < 2 {
				bounds[i] = n
			}
			i++
		})
		from, to := bounds[0], bounds[1]
		if from < 0 || to > int64(len(c.d.pool)) || from > to {
			refs.fail(fmt.Sprintf("messages %d to %d of %d", from, to, len(c.d.pool)))
			return
		}
		for _, m := range c.d.pool[from:to] {
			put(m)
		}
	})
	return firstError(in.err, refs.err)
}

// plainInput adds the sample's input, where no call of a model tells it.
func (c *conversation) plainInput() error {
	s := &scanner{data: orNull(c.d.input)}
	var first []transcript.Event
	put := func(role, text string) {
		first = append(first, transcript.Event{Body: transcript.Message{Role: role, Content: text}})
	}
	switch s.peek() {
	case '"':
		put("user", c.d.attached(s.str()))
	case '[':
		s.array(func() {
			m := readMessage(s, c.d)
			put(m.role, m.text)
		})
	}
	c.r.Events = append(first, c.r.Events...)
	return s.err
}

func (c *conversation) toolCall(e *eventSpans) error {
	t := &texts{}
	call := transcript.ToolCall{Error: c.d.attached(t.member(e.errorSpan, "message"))}
	call.ID, call.Name = t.text(e.id), t.text(e.function)
	call.Arguments = string(c.d.whole(e.arguments))
	switch t.member(e.errorSpan, "type") {
	case "parsing", "approval": // no such tool, arguments that do not fit; not allowed
		call.NotRun = true
	}
	s := &scanner{data: orNull(e.result)}
	call.Result, _ = readContent(s, c.d)
	w := &scanner{data: orNull(e.workingTime)}
	call.Took = time.Duration(w.float() * float64(time.Second))
	now := c.turn
	if turn, ok := c.turnOf[call.ID]; ok {
		c.turn = turn // an agent may have had turns of its own since
	}
	c.add(call)
	c.turn = now
	if call.Name == "submit" && call.Error == "" {
		c.submitted = &call
	}
	return firstError(t.err, s.err, w.err)
}
