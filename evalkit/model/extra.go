package model

import (
	"encoding/json"
	"maps"
	"slices"
)

// oneOf lists members of a request that mean the same: where one is written,
// another is not added.
var oneOf = [][]string{{"max_tokens", "max_completion_tokens"}}

// ours are written by the client alone, or not at all.
var ours = []string{"model", "messages", "tools", "stream", "stream_options", "n", "functions", "function_call"}

// withoutTools leaves out what a server may be told beside tools only.
func withoutTools(extra map[string]json.RawMessage) map[string]json.RawMessage {
	extra = maps.Clone(extra)
	delete(extra, "tool_choice")
	delete(extra, "parallel_tool_calls")
	return extra
}

// appendExtra adds the members that a request does not have yet to its JSON.
func appendExtra(body []byte, extra map[string]json.RawMessage) []byte {
	if len(extra) == 0 {
		return body
	}
	taken := map[string]bool{}
	for _, name := range ours {
		taken[name] = true
	}
	members(body, func(key, _ []byte) { taken[string(key)] = true })
	for _, same := range oneOf {
		if slices.ContainsFunc(same, func(name string) bool { return taken[name] }) {
			for _, name := range same {
				taken[name] = true
			}
		}
	}
	body = body[:len(body)-1]
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if !taken[name] && json.Valid(extra[name]) {
			body = append(append(append(append(body, ','), quote(name)...), ':'), extra[name]...)
		}
	}
	return append(body, '}')
}
