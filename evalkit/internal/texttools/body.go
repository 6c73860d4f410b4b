package texttools

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// readBody reads a call from behind its opening tag. length is how much of the
// text belongs to it, the closing tag included.
func readBody(text string) (call Call, length int) {
	d := json.NewDecoder(strings.NewReader(text))
	var body json.RawMessage
	if err := d.Decode(&body); err != nil {
		return broken(text, err)
	}
	end := int(d.InputOffset())
	blanks := len(text[end:]) - len(strings.TrimLeft(text[end:], " \t\r\n"))
	if !strings.HasPrefix(text[end+blanks:], closeCall) {
		return broken(text, nil)
	}
	return readObject(string(body)), end + blanks + len(closeCall)
}

// broken is a call whose body is not one JSON value up to the closing tag. It
// reaches to the closing tag, to the next call, or to the end of the text.
func broken(text string, err error) (call Call, length int) {
	body, length := text, len(text)
	closed := false
	if i := strings.Index(text, closeCall); i >= 0 {
		body, length, closed = text[:i], i+len(closeCall), true
	}
	if next := nextCall.FindStringIndex(body); next != nil {
		body, length, closed = body[:next[0]], next[0], false
	}
	call = Call{Name: Unreadable, Arguments: strings.TrimSpace(body)}
	if m := brokenCall.FindStringSubmatch(body); m != nil {
		call.Name, call.Arguments = m[1], strings.TrimSpace(m[2])
	}
	switch {
	case !closed && (err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		call.Mistake = "the message ended before " + closeCall + ", so that the call was not carried out; write it again, whole"
	case err == nil:
		call.Mistake = "there must be one JSON object, and nothing else, between " + openCall + " and " + closeCall
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		call.Mistake = "the call is not JSON: it ends too early"
	default:
		call.Mistake = "the call is not JSON: " + err.Error()
	}
	return call, length
}

var (
	nextCall   = regexp.MustCompile(`\n[ \t]*<tool_call>`)
	brokenCall = regexp.MustCompile(`(?s)^\s*\{\s*"name"\s*:\s*"([^"\\]+)"\s*,\s*"arguments"\s*:(.*?)\}?\s*$`)
)

// readObject reads the JSON of a call: a name and arguments, each once.
func readObject(body string) Call {
	call := Call{Name: Unreadable, Arguments: body}
	d := json.NewDecoder(strings.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		call.Mistake = `the call is no JSON object; write {"name": …, "arguments": {…}}`
		return call
	}
	members := map[string]string{}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		name, _ := key.(string)
		if err != nil { // the body was found to be valid before
			call.Mistake = "the call is not JSON: " + err.Error()
			return call
		}
		if _, twice := members[name]; twice {
			call.Mistake = fmt.Sprintf("the call has %q twice", name)
			return call
		}
		members[name] = string(value)
	}
	return fromMembers(call, members)
}

func fromMembers(call Call, members map[string]string) Call {
	var name string
	if json.Unmarshal([]byte(members["name"]), &name) == nil && name != "" {
		call.Name = name
	}
	arguments, given := members["arguments"]
	for other := range members {
		if other != "name" && other != "arguments" && other != "id" { // an id of the model's own means nothing: results come in order
			call.Mistake = fmt.Sprintf(`the call has a member %q; there are only "name" and "arguments"`, other)
			return call
		}
	}
	switch {
	case call.Name == Unreadable:
		call.Mistake = `the call has no "name" that is a string`
	case !given || arguments == "null":
		call.Arguments = "{}"
	case !strings.HasPrefix(arguments, "{"):
		call.Arguments = arguments
		call.Mistake = fmt.Sprintf(`the "arguments" of the call of %s must be a JSON object`, name)
	default:
		call.Arguments = arguments
	}
	return call
}
