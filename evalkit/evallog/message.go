package evallog

import (
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// message is a chat message of Inspect, as far as it can be told in a transcript.
type message struct {
	id, role        string
	text, reasoning string
	calls           []transcript.Call
}

// readMessage reads a chat message. Of content that is neither text nor reasoning the kind is named in brackets.
func readMessage(s *scanner, d *sampleDecoder) message {
	var m message
	s.object(func(key []byte) {
		switch string(key) {
		case "id":
			m.id = s.str()
		case "role":
			m.role = s.str()
		case "content":
			m.text, m.reasoning = readContent(s, d)
		case "tool_calls":
			if s.null() {
				return
			}
			m.calls = []transcript.Call{}
			s.array(func() { m.calls = append(m.calls, readCall(s)) })
		default:
			s.skip()
		}
	})
	return m
}

// readContent reads a string, a content object or a list of them.
func readContent(s *scanner, d *sampleDecoder) (text, reasoning string) {
	switch s.peek() {
	case '[':
		var texts, thoughts []string
		s.array(func() {
			t, r := readContent(s, d)
			if t != "" {
				texts = append(texts, t)
			}
			if r != "" {
				thoughts = append(thoughts, r)
			}
		})
		return d.joined(texts), d.joined(thoughts)
	case '{':
		return readPart(s, d)
	case '"', 'n':
		return d.attached(s.str()), ""
	}
	return string(s.skip()), ""
}

// joined puts each text on a line of its own.
func (d *sampleDecoder) joined(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	if !d.grow(n) {
		return ""
	}
	return strings.Join(texts, "\n")
}

func readPart(s *scanner, d *sampleDecoder) (text, reasoning string) {
	kind := ""
	s.object(func(key []byte) {
		switch string(key) {
		case "type":
			kind = s.str()
		case "text":
			text = d.attached(s.str())
		case "reasoning":
			reasoning = d.attached(s.str())
		default:
			s.skip()
		}
	})
	if kind != "text" && kind != "reasoning" && text == "" {
		text = "[" + kind + "]"
	}
	return text, reasoning
}

func readCall(s *scanner) transcript.Call {
	var c transcript.Call
	s.object(func(key []byte) {
		switch string(key) {
		case "id":
			c.ID = s.str()
		case "function":
			c.Name = s.str()
		case "arguments":
			c.Arguments = string(s.skip())
		default:
			s.skip()
		}
	})
	return c
}
