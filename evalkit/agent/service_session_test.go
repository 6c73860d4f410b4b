package agent

import (
	"encoding/json"
	"testing"
)

func FuzzServiceAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"reply":"hi","usage":{"prompt_tokens":1}}`, `{"tool_calls":[{"id":"a","name":"b","arguments":"{}"}]}`,
		`{"tool_calls":[{"id":"a","name":"b","arguments":{"x":1}},{"id":"a","name":"b"}]}`, `{"tool_calls":null}`, `[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var a serviceAnswer
		if json.Unmarshal(body, &a) != nil {
			return
		}
		r, err := a.response()
		if err != nil {
			return
		}
		if len(r.Message.ToolCalls) != len(a.ToolCalls) {
			t.Errorf("%d calls became %d", len(a.ToolCalls), len(r.Message.ToolCalls))
		}
		for _, c := range r.Message.ToolCalls {
			if c.ID == "" || c.Function.Name == "" {
				t.Errorf("a call without id or name: %+v", c)
			}
		}
	})
}
