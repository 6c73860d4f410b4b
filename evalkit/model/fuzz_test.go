package model

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"openai/o3?temperature=0", "http://a:b@h/v1#x?extra.a=1", "scripted/a", "://", "http://[::1]:8/v1#m?top_p=1", "openai/%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s, nil)
		if err != nil {
			return
		}
		if e.Name == "" || e.Provider == "" || e.Spec != s {
			t.Errorf("%q gave %+v", s, e)
		}
		if e.Provider == scripted {
			e.BaseURL = "http://127.0.0.1:1/v1"
		}
		if _, err := New(Config{Endpoint: e}); err != nil {
			t.Errorf("%q parses, but New says %v", s, err)
		}
		tail, err := e.Params.tail()
		if err != nil || !json.Valid([]byte(`{"a":1`+string(tail)+"}")) {
			t.Errorf("%q: parameters are %s, %v", s, tail, err)
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add("bad key sk-abc123456", testKey)
	f.Add("****", "****")
	f.Add("abcdefghabcdefghij", "abcdefghijklmnopq")
	f.Add("\xff\x00Bearer x\u202ey", "Bearer x")
	f.Fuzz(func(t *testing.T, text, key string) {
		if _, err := (Endpoint{KeyEnv: "K"}).key(env("K", key)); err != nil {
			return
		}
		key = strings.TrimSpace(key)
		for _, s := range []string{text, text + key, key + key, text + key + text} {
			got := clean(s, key)
			if len(got) > maxMessage || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\x1b\u2028\u202e") {
				t.Errorf("%q", got)
			}
			if len(key) >= minSecret && strings.Contains(got, key) {
				t.Errorf("key %q is in %q", key, got)
			}
			if len(key) < 2*keyPiece {
				continue
			}
			for i := 0; i+keyPiece <= len(key); i++ {
				if piece := key[i : i+keyPiece]; piece != strings.Repeat("*", keyPiece) && strings.Contains(strings.ReplaceAll(got, redacted, "\x00"), piece) {
					t.Errorf("piece %q of the key is in %q", piece, got)
				}
			}
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":[{}],"c":"\"}"}`, ` [1, "a,]" ,{"x":[[]]} ]`, `{}`, `[]`, `{"a":`, `"`, `{"a":1,}`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var keys int
		okObject := members(data, func(_, _ []byte) { keys++ })
		var list []json.RawMessage
		var got [][]byte
		okArray := elements(data, func(v []byte) { got = append(got, v) })
		if !json.Valid(data) {
			return
		}
		var object map[string]json.RawMessage
		if isObject := bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")); isObject != okObject {
			t.Fatalf("members of %s: %v", data, okObject)
		} else if isObject && json.Unmarshal(data, &object) == nil {
			members(data, func(key, value []byte) {
				var name string
				if json.Unmarshal([]byte(`"`+string(key)+`"`), &name) != nil || !json.Valid(value) {
					t.Errorf("member %s: %s of %s", key, value, data)
				} else if _, ok := object[name]; !ok {
					t.Errorf("member %s is not in %s", key, data)
				}
			})
			if keys < len(object) {
				t.Errorf("%d of %d members of %s", keys, len(object), data)
			}
		}
		if isArray := bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")); isArray != okArray {
			t.Fatalf("elements of %s: %v", data, okArray)
		} else if isArray && json.Unmarshal(data, &list) == nil {
			if len(got) != len(list) {
				t.Fatalf("%d of %d elements of %s", len(got), len(list), data)
			}
			for i := range list {
				if !bytes.Equal(list[i], got[i]) {
					t.Errorf("element %d: %s, want %s", i, got[i], list[i])
				}
			}
		}
	})
}

// fuzzAnswer checks what must hold of any body: no panic, and never a response
// that is not whole, or that cannot be sent back.
func fuzzAnswer(t *testing.T, body []byte, status int, stream bool) {
	t.Helper()
	header := "application/json"
	if stream {
		header = "text/event-stream"
	}
	if status < 200 || status > 599 {
		status = 200
	}
	c := stepClient(&testing.T{}, &steps{list: []step{reply(status, string(body), "Content-Type", header)}}, func(cfg *Config) { cfg.MaxAttempts = 1 })
	got, err := ask(c, func(r *Request) { r.Stream = stream })
	if err != nil {
		if len(err.Error()) > 2*maxMessage || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), testKey) {
			t.Errorf("error text: %q", err)
		}
		return
	}
	if got.FinishReason == "" || got.Message.Role != "assistant" || got.Message.FunctionCall != nil || got.Usage.Total <= 0 || got.Usage.Prompt < 0 || got.CostUSD < 0 {
		t.Errorf("from %q came %+v", body, got)
	}
	if !json.Valid(got.Raw) || !json.Valid(got.Message.wire) {
		t.Errorf("from %q came raw %q, wire %q", body, got.Raw, got.Message.wire)
	}
	if none(member(got.Message.wire, "content")) || text(member(got.Message.wire, "role")) != "assistant" {
		t.Errorf("from %q came wire %q", body, got.Message.wire)
	}
	for _, call := range got.Message.ToolCalls {
		if call.ID == "" {
			t.Errorf("from %q came a call without an ID: %+v", body, call)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		say(plainAnswer, "stop"), `{"error":{"message":["a","b"],"code":"x"}}`, `[{"error":1}]`, `{"detail":[{"loc":["a"],"msg":{}}]}`,
		say(`{"tool_calls":[{"function":{"name":"f","arguments":{}}},1,null]}`, "tool_calls"), say(`{"content":[{"type":"thinking"},{"text":"a"}]}`, "stop"),
		`{"choices":[{"finish_reason":"stop","message":{}}],"usage":{"cost":1e400,"prompt_tokens":1e300}}`, "<html>", testKey, say(`{"content":"a","Function_Call":{"name":"f"}}`, "stop"), `{"Choices":[{"message":{"content":"a"}}]}`,
	} {
		f.Add([]byte(s), 200)
		f.Add([]byte(s), 500)
	}
	for _, body := range captured(f) {
		f.Add(body, 200)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) { fuzzAnswer(t, body, status, false) })
}

func FuzzStream(f *testing.F) {
	for _, s := range []string{
		event(`{"content":"a"}`, `"stop"`) + "data: [DONE]", ": x\n\n" + event(`{"tool_calls":[{"index":0},{"index":null,"id":"a"}]}`, `"tool_calls"`),
		event(`{"tool_calls":[1,{"index":"a","function":{"arguments":{}}}],"x":[1],"y":{}}`, `"stop"`), "data:\ndata: 1\ndata: {\"error\":0}\n", "{\"choices\":1}\r\n",
		event(`{"content":"a"}`, "null") + event(`{"content":["a"]}`, `"stop"`),
	} {
		f.Add([]byte(s))
	}
	for _, body := range captured(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) { fuzzAnswer(t, body, 200, true) })
}
