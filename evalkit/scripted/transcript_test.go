package scripted_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

const lsCall = `{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}`

func ls(id string) scripted.Call {
	return scripted.Call{ID: id, Name: "bash", RawArguments: `{"command":"ls"}`}
}

func TestReadTranscript(t *testing.T) {
	oneCall := []scripted.Turn{{Line: 1, Text: "I look.", Calls: []scripted.Call{ls("c1")}}}
	words := []scripted.Turn{{Line: 1, Text: "Hello."}}
	cases := []struct {
		name, text string
		want       []scripted.Turn
	}{
		{"a call", `{"role":"assistant","content":"I look.","tool_calls":[` + lsCall + `]}`, oneCall},
		{"arguments as an object", `{"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":{ "command" : "ls" }}}]}`, oneCall},
		{"the function's fields in the call", `{"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","name":"bash","arguments":"{\"command\":\"ls\"}"}]}`, oneCall},
		{"function_call", `{"role":"assistant","content":"I look.","tool_calls":null,"function_call":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}`, []scripted.Turn{{Line: 1, Text: "I look.", Calls: []scripted.Call{ls("")}}}},
		{"content of parts", `{"role":"assistant","content":[{"type":"text","text":"Hel"},"lo",{"type":"output_text","text":"."}]}`, words},
		{"thoughts", `{"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Hello."}]}`, []scripted.Turn{{Line: 1, Text: "Hello.", Reasoning: "Hm."}}},
		{"reasoning", `{"role":"assistant","content":"Hello.","reasoning_content":"Hm."}`, []scripted.Turn{{Line: 1, Text: "Hello.", Reasoning: "Hm."}}},
		{"OpenRouter's reasoning", `{"role":"assistant","content":"Hello.","reasoning":"Hm.","reasoning_details":[{}]}`, []scripted.Turn{{Line: 1, Text: "Hello.", Reasoning: "Hm."}}},
		{"a refusal", `{"role":"assistant","content":null,"refusal":"No."}`, []scripted.Turn{{Line: 1, Text: "No."}}},
		{"silence", `{"role":"assistant","content":null}`, []scripted.Turn{{Line: 1}}},
		{"no content at all", `{"role":"assistant"}`, []scripted.Turn{{Line: 1}}},
		{"unknown fields", `{"role":"assistant","content":"Hello.","audio":{"id":1},"annotations":[],"logprobs":null}`, words},
		{"others between", "{\"role\":\"system\",\"content\":7}\n{\"role\":\"user\"}\n{\"role\":\"developer\"}\n{\"role\":\"tool\",\"tool_calls\":\"?\"}\n{\"role\":\"function\"}\n{\"role\":\"assistant\",\"content\":\"Hello.\"}", []scripted.Turn{{Line: 6, Text: "Hello."}}},
		{"byte order mark, CRLF, blank lines", "\ufeff\r\n{\"role\":\"assistant\",\"content\":\"Hello.\"}\r\n \t\r\n{\"role\":\"assistant\",\"content\":\"Again.\"}\r\n\r\n", []scripted.Turn{{Line: 2, Text: "Hello."}, {Line: 4, Text: "Again."}}},
		{"a whole conversation", `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"Hello."},{"role":"assistant","content":"Again."}]}`, []scripted.Turn{{Line: 1, Text: "Hello."}, {Line: 1, Text: "Again."}}},
		{"an array", `[{"role":"assistant","content":"Hello."}]`, words},
		{"one value on several lines", "{\n \"messages\": [\n  {\"role\": \"assistant\", \"content\": \"Hello.\"}\n ]\n}\n", words},
		{"arguments that are none", `{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"x"}},{"id":"b","function":{"name":"x","arguments":null}},{"id":"c","function":{"name":"x","arguments":"{\"a"}}]}`,
			[]scripted.Turn{{Line: 1, Calls: []scripted.Call{{ID: "a", Name: "x"}, {ID: "b", Name: "x"}, {ID: "c", Name: "x", RawArguments: `{"a`}}}}},
		{"two calls of one id", `{"role":"assistant","tool_calls":[` + lsCall + `,` + lsCall + `]}`, []scripted.Turn{{Line: 1, Calls: []scripted.Call{ls("c1"), ls("")}}}},
		{"the ids of another turn again", "{\"role\":\"assistant\",\"tool_calls\":[" + lsCall + "]}\n{\"role\":\"assistant\",\"tool_calls\":[" + lsCall + "]}",
			[]scripted.Turn{{Line: 1, Calls: []scripted.Call{ls("c1")}}, {Line: 2, Calls: []scripted.Call{ls("c1")}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := scripted.ReadTranscript("run.jsonl", strings.NewReader(c.text))
			if err != nil || got.Name != "run.jsonl" || !reflect.DeepEqual(got.Turns, c.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestTranscriptsThatAreRefused(t *testing.T) {
	hello := `{"role":"assistant","content":"Hello."}` + "\n"
	cases := []struct {
		name, text string
		line       int
		want       string
	}{
		{"nothing", "", 0, "no assistant message"},
		{"nobody of the model's", `{"role":"user","content":"x"}`, 0, "no assistant message"},
		{"a cut line", hello + `{"role":"assis`, 2, "no JSON value"},
		{"a line that lost its end", hello + "{\"role\":\"assistant\",\n" + hello, 2, "no JSON value"},
		{"two values in a line", hello + strings.TrimSpace(hello) + hello, 2, "no JSON value"},
		{"a number", hello + "7\n", 2, "is a JSON number"},
		{"neither role nor messages", `{"content":"x"}`, 1, "neither a role nor messages"},
		{"another role", `{"role":"model","content":"x"}`, 1, `the role "model" is none`},
		{"messages that are none", `{"messages":"x"}`, 1, "is a JSON string"},
		{"one of the messages", `[{"role":"user"},{"role":"robot"}]`, 1, `message 2: the role "robot" is none`},
		{"content of another kind", `{"role":"assistant","content":{"text":"x"}}`, 1, "neither a text nor a list of parts"},
		{"a call among the parts", `{"role":"assistant","content":[{"type":"tool_use","name":"bash","input":{}}]}`, 1, `the type "tool_use"`},
		{"a call without a name", `{"role":"assistant","tool_calls":[` + lsCall + `,{"id":"x","function":{"arguments":"{}"}}]}`, 1, "tool call 2: it names no function"},
		{"calls of two kinds", `{"role":"assistant","tool_calls":[` + lsCall + `],"function_call":{"name":"bash","arguments":"{}"}}`, 1, "tool_calls and a function_call"},
		{"calls that are no list", `{"role":"assistant","tool_calls":"bash"}`, 1, `"tool_calls" is a JSON string`},
		{"no UTF-8", hello + "{\"role\":\"assistant\",\"content\":\"\xff\"}", 2, "no UTF-8"},
		{"a second conversation", `{"messages":[` + strings.TrimSpace(hello) + `]}` + "\n" + hello, 2, "a second conversation"},
		{"a conversation after a turn", hello + `[` + strings.TrimSpace(hello) + `]`, 2, "a second conversation"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := scripted.ReadTranscript("dir/run.jsonl", strings.NewReader(c.text))
			var fault *scripted.TranscriptError
			if !errors.As(err, &fault) || fault.Line != c.line || fault.Mend == "" || !strings.Contains(err.Error(), c.want) ||
				!strings.Contains(err.Error(), "dir/run.jsonl") || !strings.Contains(err.Error(), fault.Mend) {
				t.Errorf("got %v (%+v), want line %d, %q", err, fault, c.line, c.want)
			}
		})
	}
	if _, err := scripted.OpenTranscript(t.TempDir() + "/none.jsonl"); err == nil || !strings.Contains(err.Error(), "none.jsonl") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// FuzzReadTranscript: whatever is read, it is a transcript with turns or an
// error that can be shown, and every call that was read can be played.
func FuzzReadTranscript(f *testing.F) {
	for _, s := range []string{
		`{"role":"assistant","content":"x","tool_calls":[` + lsCall + `]}`, `[{"role":"assistant"}]`, `{"messages":[null]}`, "\ufeff\r\n", `{"role":"assistant","content":[{}]}`,
		`{"role":"assistant","function_call":{"name":"a","arguments":{"a":[1,{"b":null}]}}}`, strings.Repeat("[", 300), "{\"role\":\"assistant\"}\n[]\n{}", `{"role":"assistant","tool_calls":[{"function":{"function":{"name":"x"}}}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := scripted.ReadTranscript("run", strings.NewReader(text))
		if err != nil {
			var fault *scripted.TranscriptError
			if !errors.As(err, &fault) || fault.Mend == "" || fault.Err == nil {
				t.Fatalf("%#v", err)
			}
			return
		}
		if len(got.Turns) == 0 {
			t.Fatal("no turn and no error")
		}
		line := 0
		for _, turn := range got.Turns {
			if turn.Line < max(line, 1) {
				t.Fatalf("line %d after %d", turn.Line, line)
			}
			line = turn.Line
			for i, c := range turn.Calls {
				if c.Name == "" || c.Arguments != nil {
					t.Fatalf("call %+v", c)
				}
				for _, earlier := range turn.Calls[:i] {
					if c.ID != "" && c.ID == earlier.ID {
						t.Fatalf("two calls with the id %q", c.ID)
					}
				}
			}
		}
	})
}

// The policy plays over the wire: ids and arguments as recorded, and an error
// behind the end.
func TestTranscriptPolicy(t *testing.T) {
	tr, err := scripted.ReadTranscript("run.jsonl", strings.NewReader(`{"role":"assistant","content":"I look.","tool_calls":[`+lsCall+`]}`+"\n"+`{"role":"assistant","content":"Done."}`))
	if err != nil {
		t.Fatal(err)
	}
	policy := tr.Policy()
	c := &scripted.Conversation{Messages: []scripted.Message{{Role: "user"}}}
	if r := policy.Reply(c); r.Text != "I look." || len(r.Calls) != 1 || r.Calls[0] != ls("c1") {
		t.Errorf("first turn %+v", r)
	}
	c.Messages = append(c.Messages, scripted.Message{Role: "assistant"}, scripted.Message{Role: "tool"})
	if r := policy.Reply(c); r.Text != "Done." || len(r.Calls) != 0 {
		t.Errorf("second turn %+v", r)
	}
	defer func() {
		if p, ok := recover().(string); !ok || !strings.Contains(p, "run.jsonl has 2 turns, and turn 3") {
			t.Errorf("behind the end: %v", p)
		}
	}()
	c.Messages = append(c.Messages, scripted.Message{Role: "assistant"})
	policy.Reply(c)
}
