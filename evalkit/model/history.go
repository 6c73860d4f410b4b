package model

import (
	"encoding/json"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// sendable gives the JSON of an answer as servers take it back in the history.
// What a model calls may be no JSON object, or bear a name that no tool can
// have; servers answer 400 or 500 to either (vLLM parses the arguments, chat
// templates walk over them, OpenAI checks the name), and every later call of
// the trial would be lost. So the arguments go back as
// {"invalid_arguments": "what was written"}, and the name with _ for what it may
// not hold. The fields of the Message, and so the record, keep both verbatim.
func sendable(wire []byte, calls []openai.ToolCall) []byte {
	whole := true
	for _, c := range calls {
		whole = whole && (c.Type != openai.ToolTypeFunction || isObject(c.Function.Arguments) && sendableName(c.Function.Name) == c.Function.Name)
	}
	if whole {
		return wire
	}
	b := []byte{'{'}
	members(wire, func(key, value []byte) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		if string(key) == "tool_calls" {
			value = sendableCalls(value)
		}
		b = append(append(append(append(b, '"'), key...), '"', ':'), value...)
	})
	return append(b, '}')
}

func sendableCalls(list []byte) []byte {
	b := []byte{'['}
	elements(list, func(value []byte) {
		var call, function map[string]json.RawMessage
		if json.Unmarshal(value, &call) == nil && json.Unmarshal(call["function"], &function) == nil && function != nil {
			if arguments := text(function["arguments"]); !isObject(arguments) {
				function["arguments"] = quote(string(mustJSON(map[string]string{"invalid_arguments": arguments})))
			}
			function["name"] = quote(sendableName(text(function["name"])))
			call["function"] = mustJSON(function)
			value = mustJSON(call)
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, value...)
	})
	return append(b, ']')
}

// isObject says whether a text is one JSON object.
func isObject(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "{") && json.Valid([]byte(s))
}

// sendableName is a tool's name as OpenAI's API allows it: 1 to 64 of a-z, A-Z,
// 0-9, _ and -.
func sendableName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
	if name == "" {
		return "_"
	}
	return name[:min(len(name), 64)]
}
