package model

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxBody bounds an answer, so that a broken server cannot fill the memory.
const maxBody = 64 << 20

var errTooLarge = errors.New("the answer is larger than 64 MiB")

// readStream takes a stream of server-sent events to its end and gives the
// answer they make up. Comments and keep-alives are passed over. Each data line
// is an event, as every server of this API writes it. An error of reading is
// given as it is, to be told apart from what the server sent.
func readStream(body io.Reader, status int) (*answer, *Error, error) {
	r := bufio.NewReader(body)
	j := newJoiner()
	raw := []byte{'['}
	read := 0
	for done := false; !done; {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			var rest []byte
			line = bytes.Clone(line)
			rest, err = readLine(r, maxBody-read)
			line = append(line, rest...)
		}
		read += len(line)
		if read > maxBody {
			return nil, provider(Malformed, errTooLarge.Error()), nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, err
		}
		data, isData := eventData(line)
		switch {
		case !isData:
		case string(data) == "[DONE]":
			done = true
		default:
			if fault := j.add(data, status); fault != nil {
				return nil, fault, nil
			}
			if len(raw) > 1 {
				raw = append(raw, ',')
			}
			raw = append(raw, data...)
		}
		done = done || err != nil
	}
	a, fault := j.answer()
	if fault == nil {
		a.raw = append(raw, ']')
	}
	return a, fault, nil
}

// readLine reads to the end of a line that is longer than the reader's buffer.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(line) > limit {
			return line, err
		}
	}
}

// eventData gives the data of a line. A bare object counts too: some servers
// write an error between events without the prefix.
func eventData(line []byte) ([]byte, bool) {
	line = bytes.TrimSpace(line)
	if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
		data = bytes.TrimSpace(data)
		return data, len(data) > 0
	}
	return line, len(line) > 0 && line[0] == '{'
}

// joiner puts a message together from its deltas.
type joiner struct {
	a      answer
	events int
	choice bool
	texts  map[string]*strings.Builder // content, reasoning, refusal, …
	lists  map[string][][]byte         // reasoning_details, annotations, …
	others map[string]json.RawMessage
	order  []string
	calls  callJoiner
}

func newJoiner() *joiner {
	return &joiner{texts: map[string]*strings.Builder{}, lists: map[string][][]byte{}, others: map[string]json.RawMessage{}}
}

// add takes in one event.
func (j *joiner) add(data []byte, status int) *Error {
	if !json.Valid(data) {
		return provider(CutStream, "an event of the stream is no JSON: "+bodyMessage(data))
	}
	j.events++
	var fault, choices []byte
	members(data, func(key, value []byte) {
		switch string(key) {
		case "error":
			fault = value
		case "id":
			if id := text(value); id != "" {
				j.a.id = id
			}
		case "model":
			if name := text(value); name != "" {
				j.a.model = name
			}
		case "choices":
			choices = value
		case "usage":
			if !none(value) {
				j.a.usage = Usage{}
				j.a.readUsage(value)
			}
		}
	})
	if !none(fault) {
		return classifyInside(data, status)
	}
	var inside *Error
	first := true
	elements(choices, func(choice []byte) {
		if first && inside == nil {
			inside = j.addChoice(choice, status)
		}
		first = false
	})
	return inside
}

func (j *joiner) addChoice(choice []byte, status int) *Error {
	var fault, delta, index []byte
	finish := ""
	members(choice, func(key, value []byte) {
		switch string(key) {
		case "error":
			fault = value
		case "delta", "message":
			delta = value
		case "finish_reason":
			finish = text(value)
		case "index":
			index = value
		}
	})
	if !none(fault) || finish == "error" {
		return classifyInside(choice, status)
	}
	if !none(index) && string(index) != "0" {
		return nil // one answer was asked for
	}
	j.choice = true
	if finish != "" && finish != "null" {
		j.a.finish = finish
	}
	members(delta, j.addField)
	return nil
}

// addField joins one member of a delta: texts grow, lists grow, the rest is
// replaced. The role is known, and the legacy function_call is passed over.
func (j *joiner) addField(rawKey, value []byte) {
	key := string(rawKey)
	if key == "role" || key == "function_call" || none(value) {
		return
	}
	if key == "tool_calls" {
		elements(value, j.calls.add)
		return
	}
	if j.texts[key] == nil && j.lists[key] == nil && j.others[key] == nil {
		j.order = append(j.order, key)
	}
	switch value[0] {
	case '"':
		if j.texts[key] == nil {
			j.texts[key] = &strings.Builder{}
		}
		j.texts[key].WriteString(text(value))
	case '[':
		elements(value, func(v []byte) { j.lists[key] = append(j.lists[key], bytes.Clone(v)) })
	default:
		j.others[key] = bytes.Clone(value)
	}
}

// answer gives the whole answer, or what it lacks.
func (j *joiner) answer() (*answer, *Error) {
	switch {
	case j.events == 0:
		err := provider(EmptyStream, "the stream ended without an event")
		err.Remedy = "the server may not stream answers with tools: leave Stream off"
		return nil, err
	case j.a.finish == "" && !j.choice:
		return nil, provider(NoChoices, "the stream has no choice")
	case j.a.finish == "":
		return nil, provider(CutStream, "the stream ended without a finish reason")
	}
	wire, ok := repairMessage(j.message(), j.a.id)
	if !ok {
		return nil, provider(Malformed, "the deltas make no message")
	}
	j.a.message = wire
	return &j.a, nil
}

func (j *joiner) message() []byte {
	b := []byte(`{"role":"assistant"`)
	for _, key := range j.order {
		var value []byte
		switch {
		case j.texts[key] != nil:
			value = quote(j.texts[key].String())
		case j.lists[key] != nil:
			value = append(append([]byte{'['}, bytes.Join(j.lists[key], []byte{','})...), ']')
		default:
			value = j.others[key]
		}
		if value != nil {
			b = append(append(append(append(b, ',', '"'), key...), '"', ':'), value...)
		}
	}
	if calls := j.calls.json(); calls != nil {
		b = append(append(b, `,"tool_calls":`...), calls...)
	}
	return append(b, '}')
}
