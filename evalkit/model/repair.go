package model

import (
	"encoding/json"
	"fmt"
	"slices"
)

// repairMessage gives an assistant's message as it can be sent back: values as
// they came, with a role and a content, without nulls, without empty lists and
// without the legacy function_call, which small servers fill with nonsense and
// none may be sent beside tool_calls. id is the answer's, for tool calls that
// have none. It copies, so that a kept message does not hold the whole body.
func repairMessage(message []byte, id string) ([]byte, bool) {
	var content []byte
	members(message, func(key, value []byte) {
		if string(key) == "content" {
			content = value
		}
	})
	if none(content) {
		content = []byte(`""`)
	}
	b := make([]byte, 0, len(message)+48)
	b = append(append(b, `{"role":"assistant","content":`...), content...)
	ok := members(message, func(key, value []byte) {
		switch k := string(key); {
		case k == "role", k == "content", k == "function_call", none(value), string(value) == "[]":
			return
		case k == "tool_calls":
			value = repairCalls(value, id)
		}
		b = append(append(append(b, `,"`...), key...), `":`...)
		b = append(b, value...)
	})
	return append(b, '}'), ok
}

// repairCalls mends tool calls that lack an ID of their own, without which no
// result can be matched to them, a type, or arguments as text; others stay byte
// for byte.
func repairCalls(calls []byte, id string) []byte {
	whole := true
	var seen []string
	elements(calls, func(call []byte) {
		whole = whole && wholeCall(call)
		own := string(member(call, "id"))
		whole = whole && !slices.Contains(seen, own)
		seen = append(seen, own)
	})
	if whole {
		return calls
	}
	b := []byte{'['}
	n := 0
	elements(calls, func(call []byte) {
		if n > 0 {
			b = append(b, ',')
		}
		twice := slices.Contains(seen[:n], seen[n])
		b = append(b, repairCall(call, fmt.Sprintf("call_%s_%d", id, n), twice)...)
		n++
	})
	return append(b, ']')
}

func wholeCall(call []byte) bool {
	var id, kind, function, args []byte
	members(call, func(key, value []byte) {
		switch string(key) {
		case "id":
			id = value
		case "type":
			kind = value
		case "function":
			function = value
		}
	})
	if len(id) < 3 || id[0] != '"' || len(kind) < 3 || kind[0] != '"' {
		return false
	}
	if args = member(function, "arguments"); none(function) {
		return true // a custom tool
	}
	return len(args) >= 3 && args[0] == '"'
}

// repairCall gives a call the ID if it has none, or one that another call has.
func repairCall(call []byte, id string, twice bool) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(call, &fields) != nil || fields == nil {
		return call // no object: go-openai's decoding says so
	}
	if twice || text(fields["id"]) == "" {
		fields["id"] = quote(id)
	}
	if text(fields["type"]) == "" {
		fields["type"] = quote("function")
	}
	var function map[string]json.RawMessage
	if json.Unmarshal(fields["function"], &function) == nil && function != nil {
		switch args := function["arguments"]; {
		case none(args), string(args) == `""`:
			function["arguments"] = quote("{}")
		case args[0] != '"': // an object, as Ollama's own API has it
			function["arguments"] = quote(string(args))
		}
		fields["function"] = mustJSON(function)
	}
	return mustJSON(fields)
}

func quote(s string) json.RawMessage { return mustJSON(s) }

// mustJSON encodes strings and maps of valid JSON, which cannot fail.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("model: %T does not encode: %v", v, err))
	}
	return b
}
