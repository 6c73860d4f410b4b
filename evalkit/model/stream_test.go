package model

import (
	"encoding/json"
	"strings"
	"testing"
)

func event(delta, finish string) string {
	return `data: {"id":"s1","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}` + "\n\n"
}

func TestStreams(t *testing.T) {
	repeated := ""
	for _, piece := range []string{`{\"ci`, `ty\":`, `\"Rome\"}`} {
		repeated += event(`{"role":null,"content":null,"function_call":{"name":"get_weather","arguments":"`+piece+`"},`+
			`"tool_calls":[{"index":0,"id":"r1","type":"function","function":{"name":"get_weather","arguments":"`+piece+`"}}]}`, "null")
	}
	for _, tt := range []struct {
		name, body string
		finish     string
		wire       string
	}{
		{"text", event(`{"role":"assistant","content":""}`, "null") + event(`{"content":"he"}`, "null") + event(`{"content":"llo"}`, "null") + event(`{}`, `"stop"`) + "data: [DONE]\n\n",
			"stop", `{"role":"assistant","content":"hello"}`},
		{"without DONE", event(`{"content":"a"}`, `"stop"`), "stop", `{"role":"assistant","content":"a"}`},
		{"finish reason, then an empty one", event(`{"content":"a"}`, `"length"`) + event(`{}`, `""`), "length", `{"role":"assistant","content":"a"}`},
		{"keep-alives beyond go-openai's limit", strings.Repeat(": PROCESSING\n\n", 400) + event(`{"content":"a"}`, `"stop"`), "stop", `{"role":"assistant","content":"a"}`},
		{"other fields and line ends", "retry: 5\r\nid: 1\r\nevent: message\r\ndata:" + strings.TrimPrefix(event(`{"content":"a"}`, `"stop"`), "data: "), "stop", `{"role":"assistant","content":"a"}`},
		{"names repeated, role null, function_call", repeated + event(`{}`, `"tool_calls"`), "tool_calls",
			`{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":"{\"city\":\"Rome\"}","name":"get_weather"},"id":"r1","type":"function"}]}`},
		{"two calls by index, mixed", event(`{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}`, "null") +
			event(`{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{"}},{"index":0,"function":{"arguments":"{}"}}]}`, "null") +
			event(`{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}`, `"tool_calls"`), "tool_calls",
			`{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"a","type":"function"},{"function":{"arguments":"{}","name":"g"},"id":"b","type":"function"}]}`},
		{"two calls, both index 0", event(`{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`, "null") +
			event(`{"tool_calls":[{"index":0,"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]}`, `"stop"`), "stop",
			`{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"a","type":"function"},{"function":{"arguments":"{}","name":"f"},"id":"b","type":"function"}]}`},
		{"two calls, no index, no ids", event(`{"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}},{"type":"function","function":{"name":"f","arguments":"{}"}}]}`, `"stop"`), "stop",
			`{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":"{}","name":"f"},"id":"call_s1_0","type":"function"},{"function":{"arguments":"{}","name":"f"},"id":"call_s1_1","type":"function"}]}`},
		{"signature and reasoning", event(`{"reasoning":"h"}`, "null") + event(`{"reasoning":"m","reasoning_details":[{"a":1}]}`, "null") +
			event(`{"reasoning_details":[{"b":2}],"tool_calls":[{"index":0,"id":"a","type":"function","extra_content":{"g":"Zm9v"},"function":{"name":"f","arguments":"{}"}}]}`, `"tool_calls"`), "tool_calls",
			`{"role":"assistant","content":"","reasoning":"hm","reasoning_details":[{"a":1},{"b":2}],"tool_calls":[{"extra_content":{"g":"Zm9v"},"function":{"arguments":"{}","name":"f"},"id":"a","type":"function"}]}`},
		{"a long line", event(`{"content":"`+strings.Repeat("x", 100_000)+`"}`, `"stop"`), "stop", `{"role":"assistant","content":"` + strings.Repeat("x", 100_000) + `"}`},
		{"JSON in spite of stream", say(plainAnswer, "stop"), "stop", plainAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := tt.body
			if body[0] != '{' {
				body += `data: {"id":"s1","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":6,"total_tokens":10}}` + "\n\n"
			}
			if strings.Contains(body, "[DONE]") {
				body = tt.body
			}
			c, _ := serve(t, fixed(200, body, "Content-Type", map[bool]string{true: "application/json", false: "text/event-stream"}[body[0] == '{']))
			got, err := ask(c, streamed)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Message.wire) != tt.wire {
				t.Errorf("got  %.400s\nwant %.400s", got.Message.wire, tt.wire)
			}
			if got.FinishReason != tt.finish || !strings.Contains(body, "[DONE]") && got.Usage.Total != 10 {
				t.Errorf("got %q, %+v", got.FinishReason, got.Usage)
			}
			if !json.Valid(got.Raw) {
				t.Errorf("raw is no JSON: %.200s", got.Raw)
			}
		})
	}
}
