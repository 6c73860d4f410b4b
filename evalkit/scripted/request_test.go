package scripted

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	u      = `{"role":"user","content":"x"}`
	calls  = `{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"bash","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"bash","arguments":"{broken"}}]}`
	a      = `{"role":"tool","tool_call_id":"a","content":""}`
	b      = `{"role":"tool","tool_call_id":"b","content":"of b"}`
	toolsF = `,"tools":[{"type":"function","function":{"name":"bash","parameters":{"type":"object"}}}]`
)

func asking(messages, rest string) string {
	return `{"model":"echo","messages":[` + messages + `]` + rest + `}`
}

// requests is the table of what is refused ("" is taken): over HTTP, and the
// fuzz target starts from it.
var requests = []struct{ name, body, refusal, param string }{
	{"one message", asking(u, ``), ``, ``},
	{"a system prompt", asking(`{"role":"system","content":"s"},`+u, ``), ``, ``},
	{"a developer's word later", asking(u+`,{"role":"developer","content":"s"}`, ``), ``, ``},
	{"calls and answers", asking(u+`,`+calls+`,`+b+`,`+a, ``), ``, ``},
	{"text and a turn without calls", asking(u+`,{"role":"assistant","content":""},`+u, ``), ``, ``},
	{"the same ids in a later turn", asking(u+`,`+calls+`,`+a+`,`+b+`,`+calls+`,`+a+`,`+b, ``), ``, ``},
	{"parts of text", asking(`{"role":"user","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]}`, ``), ``, ``},
	{"tools and a choice", asking(u, toolsF+`,"tool_choice":{"type":"function","function":{"name":"bash"}}`), ``, ``},
	{"options", asking(u, toolsF+`,"tool_choice":"none","seed":-3,"n":1,"temperature":0,"stream":true,"stream_options":{"include_usage":true}`), ``, ``},

	{"no JSON", `{"model":`, `could not parse the JSON`, ``},
	{"nothing", ``, `could not parse the JSON`, ``},
	{"two values", asking(u, ``) + `{}`, `could not parse the JSON`, ``},
	{"messages of the wrong type", `{"model":"echo","messages":"x"}`, `Invalid type for 'messages'`, `messages`},
	{"seed of the wrong type", asking(u, `,"seed":1.5`), `Invalid type for 'seed'`, `seed`},
	{"no model", `{"messages":[` + u + `]}`, `must provide a model`, `model`},
	{"no messages", asking(``, ``), `Invalid 'messages': empty array`, `messages`},
	{"unknown role", asking(`{"role":"robot","content":"x"}`, ``), `Invalid value: "robot"`, `messages[0].role`},
	{"old role", asking(u+`,{"role":"function","name":"f","content":"x"}`, ``), `Invalid value: "function"`, `messages[1].role`},
	{"two choices", asking(u, `,"n":2`), `give 1 choice`, `n`},
	{"no tokens", asking(u, `,"max_tokens":0`), `below minimum`, `max_tokens`},
	{"stream options without a stream", asking(u, `,"stream_options":{"include_usage":true}`), `only allowed when 'stream'`, `stream_options`},

	{"no content", asking(`{"role":"user"}`, ``), `got null`, `messages[0].content`},
	{"no result content", asking(u+`,`+calls+`,`+a+`,{"role":"tool","tool_call_id":"b"}`, ``), `got null`, `messages[3].content`},
	{"an assistant message of nothing", asking(u+`,{"role":"assistant"},`+u, ``), `got null`, `messages[1].content`},
	{"content of the wrong type", asking(`{"role":"user","content":5}`, ``), `Invalid type for 'messages[0].content'`, `messages[0].content`},
	{"no parts", asking(`{"role":"user","content":[]}`, ``), `empty array`, `messages[0].content`},
	{"an image", asking(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}`, ``), `parts of type 'text'`, `messages[0].content[0]`},

	{"a result of no call", asking(u+`,`+a, ``), `must be a response to a preceding message`, `messages[1].tool_call_id`},
	{"a result without an id", asking(u+`,`+calls+`,`+a+`,{"role":"tool","content":"x"}`, ``), `Missing required parameter`, `messages[3].tool_call_id`},
	{"a result of an unknown call", asking(u+`,`+calls+`,`+a+`,{"role":"tool","tool_call_id":"c","content":"x"}`, ``), `must be a response`, `messages[3].tool_call_id`},
	{"a second result", asking(u+`,`+calls+`,`+a+`,`+a+`,`+b, ``), `a second time`, `messages[3].tool_call_id`},
	{"a second result at the end", asking(u+`,`+calls+`,`+a+`,`+b+`,`+b, ``), `a second time`, `messages[4].tool_call_id`},
	{"a result too late", asking(u+`,`+calls+`,`+a+`,`+u+`,`+b, ``), `did not have response messages: b`, `messages[3].role`},
	{"a result after the next message", asking(u+`,`+calls+`,`+a+`,`+b+`,`+u+`,`+b, ``), `must be a response`, `messages[5].tool_call_id`},
	{"calls without results", asking(u+`,`+calls, ``), `did not have response messages: a, b`, `messages[2].role`},
	{"no calls in the list", asking(u+`,{"role":"assistant","content":"x","tool_calls":[]},`+u, ``), `empty array`, `messages[1].tool_calls`},
	{"calls of a user", asking(strings.Replace(calls, "assistant", "user", 1), ``), `only assistant messages`, `messages[0].tool_calls`},
	{"two calls of one id", asking(u+`,`+strings.Replace(calls, `"id":"b"`, `"id":"a"`, 1)+`,`+a+`,`+a, ``), `given twice`, `messages[1].tool_calls`},
	{"a call without an id", asking(u+`,`+strings.Replace(calls, `"id":"b",`, ``, 1)+`,`+a, ``), `Missing required parameter`, `messages[1].tool_calls[1].id`},
	{"a call without a type", asking(u+`,`+strings.Replace(calls, `"type":"function",`, ``, 1)+`,`+a+`,`+b, ``), `Supported values are: 'function'`, `messages[1].tool_calls[0].type`},
	{"a call without a name", asking(u+`,`+strings.Replace(calls, `"name":"bash",`, ``, 1)+`,`+a+`,`+b, ``), `Missing required parameter`, `messages[1].tool_calls[0].function.name`},
	{"a call without arguments", asking(u+`,`+strings.Replace(calls, `,"arguments":"{}"`, ``, 1)+`,`+a+`,`+b, ``), `Missing required parameter`, `messages[1].tool_calls[0].function.arguments`},
	{"arguments that are no string", asking(u+`,`+strings.Replace(calls, `"arguments":"{}"`, `"arguments":{}`, 1)+`,`+a+`,`+b, ``), `Invalid type for 'messages.tool_calls.function.arguments'`, `messages.tool_calls.function.arguments`},

	{"the assistant first", asking(`{"role":"system","content":"s"},{"role":"assistant","content":"x"},`+u, ``), `no user message stands before`, `messages[1].role`},
	{"the assistant last", asking(u+`,{"role":"assistant","content":"x"}`, ``), `nothing to answer`, `messages[1].role`},
	{"no user", asking(`{"role":"system","content":"s"}`, ``), `no user message`, `messages`},

	{"no tools in the list", asking(u, `,"tools":[]`), `empty array`, `tools`},
	{"a tool of another type", asking(u, `,"tools":[{"type":"web_search"}]`), `Invalid value: "web_search"`, `tools[0].type`},
	{"a tool without a name", asking(u, `,"tools":[{"type":"function","function":{}}]`), `Expected 1 to 64`, `tools[0].function.name`},
	{"a tool's name with a dot", asking(u, `,"tools":[{"type":"function","function":{"name":"a.b"}}]`), `Expected 1 to 64`, `tools[0].function.name`},
	{"two tools of one name", asking(u, `,"tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"a"}}]`), `given twice`, `tools[1].function.name`},
	{"parameters of the wrong type", asking(u, `,"tools":[{"type":"function","function":{"name":"a","parameters":"x"}}]`), `expected an object`, `tools[0].function.parameters`},
	{"a choice without tools", asking(u, `,"tool_choice":"auto"`), `only allowed when 'tools'`, `tool_choice`},
	{"an unknown choice", asking(u, toolsF+`,"tool_choice":"any"`), `Supported values`, `tool_choice`},
	{"a choice that is not offered", asking(u, toolsF+`,"tool_choice":{"type":"function","function":{"name":"sh"}}`), `"sh" is not in 'tools'`, `tool_choice`},
	{"a choice of the wrong type", asking(u, toolsF+`,"tool_choice":7`), `expected a string or`, `tool_choice`},
}

func TestRequestsTakenAndRefused(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			resp, err := http.Post(h.URL+"/v1/chat/completions", "application/json", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if c.refusal == "" {
				if resp.StatusCode != 200 {
					t.Errorf("status %d", resp.StatusCode)
				}
				return
			}
			var body struct {
				Error struct {
					Message, Type string
					Param         *string
				}
			}
			if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 400 || body.Error.Type != "invalid_request_error" || !strings.Contains(body.Error.Message, c.refusal) {
				t.Errorf("status %d, %+v; want 400 and %q", resp.StatusCode, body.Error, c.refusal)
			}
			if got := body.Error.Param; (c.param == "") != (got == nil) || got != nil && *got != c.param {
				t.Errorf("param %v, want %q", got, c.param)
			}
		})
	}
}

// FuzzDecodeRequest: what is taken keeps the promises that policies rely on,
// and every policy here answers it with valid JSON, streamed or not.
func FuzzDecodeRequest(f *testing.F) {
	for _, c := range requests {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, apiErr := decodeRequest(body)
		if apiErr != nil {
			if apiErr.status != 400 || apiErr.Message == "" || !json.Valid(apiErr.body()) {
				t.Fatalf("refusal: %+v", apiErr)
			}
			return
		}
		made, results := 0, len(r.Results())
		for _, m := range r.Messages {
			made += len(m.Calls)
		}
		if made != results || len(r.Called("")) != made || r.Model == "" || r.Messages[len(r.Messages)-1].Role == "assistant" {
			t.Fatalf("taken: %d calls, %d results, %+v", made, results, r)
		}
		for _, name := range []string{"garbage", "silent", "echo"} {
			p, _ := Lookup(name)
			a, apiErr := newAnswer(r, p.Reply(&r.Conversation), Fault{}, "id")
			if apiErr != nil {
				t.Fatal(apiErr)
			}
			var whole, stream bytes.Buffer
			if err := a.body(&whole); err != nil || !json.Valid(whole.Bytes()) {
				t.Fatalf("%s: %v %q", name, err, whole.Bytes())
			}
			s, err := a.events(&stream, true)
			if err != nil || s.ends[len(s.ends)-1] != stream.Len() {
				t.Fatalf("%s: %v %v", name, err, s.ends)
			}
			for _, event := range strings.Split(strings.TrimSuffix(stream.String(), "\n\n"), "\n\n") {
				if data, ok := strings.CutPrefix(event, "data: "); !ok || data != "[DONE]" && !json.Valid([]byte(data)) {
					t.Fatalf("%s: event %q", name, event)
				}
			}
		}
	})
}
