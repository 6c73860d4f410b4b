package model

import (
	"bytes"
	"encoding/json"
	"strings"
)

// callJoiner joins the deltas of tool calls.
type callJoiner struct {
	calls []*joinedCall
}

type joinedCall struct {
	index, id, kind, name string
	named                 string // the last name that came, to tell a repetition from a further piece
	args                  strings.Builder
	function, extra       map[string]json.RawMessage // members with no place above: extra_content, …
}

// add takes in one element of a delta's tool_calls. Deltas belong together by
// index. Servers differ: some leave the index out or give 0 to every call, so
// that another ID with a name begins another call; some repeat ID, type and
// name in every delta.
func (c *callJoiner) add(delta []byte) {
	var index, id, kind string
	var function []byte
	extra := map[string]json.RawMessage{}
	members(delta, func(key, value []byte) {
		switch string(key) {
		case "index":
			if !none(value) {
				index = string(value)
			}
		case "id":
			id = text(value)
		case "type":
			kind = text(value)
		case "function":
			function = value
		default:
			if !none(value) {
				extra[string(key)] = bytes.Clone(value)
			}
		}
	})
	name := text(member(function, "name"))
	call := c.find(index, id, name)
	if call.id == "" {
		call.id = id
	}
	if call.kind == "" {
		call.kind = kind
	}
	for key, value := range extra {
		call.extra[key] = value
	}
	call.addFunction(function, name)
}

func (c *callJoiner) find(index, id, name string) *joinedCall {
	for i := len(c.calls) - 1; i >= 0; i-- {
		call := c.calls[i]
		other := id != "" && call.id != "" && id != call.id
		if index != "" && call.index == index && !(other && name != "") ||
			index == "" && (id != "" && id == call.id || id == "" && name == "") {
			return call
		}
	}
	call := &joinedCall{index: index, extra: map[string]json.RawMessage{}, function: map[string]json.RawMessage{}}
	c.calls = append(c.calls, call)
	return call
}

func (c *joinedCall) addFunction(function []byte, name string) {
	if name != "" && name != c.named && c.args.Len() == 0 {
		c.name += name
	}
	if name != "" {
		c.named = name
	}
	members(function, func(key, value []byte) {
		switch k := string(key); {
		case k == "name", none(value):
		case k == "arguments" && value[0] == '"':
			c.args.WriteString(text(value))
		case k == "arguments":
			c.args.Write(value)
		default:
			c.function[k] = bytes.Clone(value)
		}
	})
}

// json gives the joined calls, nil when there are none.
func (c *callJoiner) json() []byte {
	if len(c.calls) == 0 {
		return nil
	}
	list := make([]map[string]json.RawMessage, len(c.calls))
	for i, call := range c.calls {
		call.function["name"] = quote(call.name)
		call.function["arguments"] = quote(call.args.String())
		call.extra["id"] = quote(call.id)
		call.extra["type"] = quote(call.kind)
		call.extra["function"] = mustJSON(call.function)
		list[i] = call.extra
	}
	return mustJSON(list)
}
