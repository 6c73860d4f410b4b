package agent

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

func schemaOf(t testing.TB, text string) schema {
	t.Helper()
	var s schema
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	oneText = `{"properties":{"answer":{"type":"string"}}}`
	several = `{"properties":{"team":{"type":"string"},"urgency":{"type":"integer"},"tags":{"type":"array"},"loud":{"type":["null","boolean"]}},"required":["team"]}`
)

func TestArgumentsOf(t *testing.T) {
	for _, c := range []struct {
		schema string
		words  []string
		stdin  string
		want   string // JSON, or the error after "!"
	}{
		{oneText, nil, "", `{}`},
		{oneText, []string{"42"}, "", `{"answer":"42"}`},
		{oneText, []string{"a", "b"}, "", `{"answer":"a b"}`},
		{oneText, []string{"a\nb"}, "", `{"answer":"a\nb"}`},
		{oneText, []string{"--answer", "x"}, "", `{"answer":"x"}`},
		{oneText, []string{"--answer=x=y"}, "", `{"answer":"x=y"}`},
		{oneText, []string{"--no", "way"}, "", `{"answer":"--no way"}`},
		{oneText, []string{"-"}, "from stdin\n", `{"answer":"from stdin"}`},
		{oneText, []string{`{"answer": "x"}`}, "", `{"answer": "x"}`},
		{oneText, []string{`{not json`}, "", `{"answer":"{not json"}`},
		{oneText, []string{"--answer"}, "", `!--answer lacks its value`},
		{several, []string{"--team", "db", "--urgency", "3", "--tags", `["a"]`, "--loud", "true"}, "", `{"loud":true,"tags":["a"],"team":"db","urgency":3}`},
		{several, []string{"--team", "5"}, "", `{"team":"5"}`},
		{several, []string{"--urgency", "high"}, "", `{"urgency":"high"}`},
		{several, []string{"db"}, "", `!"db" is no option; write --team, --loud, --tags, --urgency`},
		{several, []string{"--floor", "2"}, "", `!there is no argument "floor"`},
		{`{}`, nil, "", `{}`},
		{`{}`, []string{"x"}, "", `!"x" is no option; write --`},
	} {
		got, err := argumentsOf(schemaOf(t, c.schema), c.words, strings.NewReader(c.stdin))
		if err != nil {
			got = "!" + err.Error()
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.words, got, c.want)
		}
	}
}

func FuzzArgumentsOf(f *testing.F) {
	f.Add("--team\x00db", "x")
	f.Add(`{"a":1}`, "")
	f.Fuzz(func(t *testing.T, line, stdin string) {
		words := strings.Split(line, "\x00")
		for _, s := range []string{oneText, several, `{}`} {
			got, err := argumentsOf(schemaOf(t, s), words, strings.NewReader(stdin))
			if err == nil && !json.Valid([]byte(got)) {
				t.Errorf("%q became %q", words, got)
			}
		}
	})
}

// What the program's shell is called by, and how it takes its script.
func TestShellCalls(t *testing.T) {
	own := ShellTool{Tool: "exec", Argument: "argv"}
	for _, c := range []struct {
		shell           ShellTool
		name, arguments string
		want            string
	}{
		{ShellTool{Tool: "bash", Argument: "command"}, "bash", `{"command":"ls","timeout":5}`, `bash {"command":"ls","timeout":5}`},
		{own, "exec", `{"argv":"ls -l"}`, `bash {"command":"ls -l"}`},
		{own, "exec", `{"argv":["bash","-lc","ls | wc"],"cwd":"/app"}`, `bash {"command":"ls | wc","cwd":"/app"}`},
		{own, "exec", `{"argv":["rm","it's"]}`, `bash {"command":"'rm' 'it'\\''s'"}`},
		{own, "exec", `{"argv":[1]}`, `bash {"argv":[1]}`},
		{own, "exec", `{"argv":`, `bash {"argv":`},
		{own, "read", `{"argv":"x"}`, `read {"argv":"x"}`},
	} {
		call := c.shell.recorded(openai.ToolCall{ID: "c", Function: openai.FunctionCall{Name: c.name, Arguments: c.arguments}})
		if got := call.Name + " " + call.Arguments; got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.name, c.arguments, got, c.want)
		}
	}
}

func TestCallsByWords(t *testing.T) {
	s := ShellTool{Words: regexp.MustCompile("(?s)```bash\\s*\\n(.*?)\\n```")}
	for said, want := range map[string]string{
		"So:\n```bash\nls -l\n```\n":         `{"command":"ls -l"}`,
		"```bash\na\n```\n```bash\nb\n```":   "",
		"ls -l":                              "",
		"```python\nls\n```":                 "",
		"```bash\nls\n":                      "",
		"```bash\necho '`'\ncat <<E\nE\n```": "{\"command\":\"echo '`'\\ncat \\u003c\\u003cE\\nE\"}",
	} {
		if call, ok := s.spoken(said, 3); ok != (want != "") || call.Arguments != want {
			t.Errorf("%q: %+v, %v", said, call, ok)
		}
	}
}

func FuzzDecodeChat(f *testing.F) {
	for _, seed := range []string{
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`,
		`{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"tools":[{"type":"function","function":{"name":"f","parameters":null}}],"n":null}`,
		`{"messages":[{"role":"tool","tool_call_id":"x","content":null}],"seed":1e3}`, `[]`, `{"n":2}`, `{"messages":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := decodeChat(body)
		if err != nil {
			return
		}
		if len(q.messages) == 0 {
			t.Error("no messages")
		}
		var w wire
		w.offer(q.tools)
		w.expect(1, []openai.ToolCall{{ID: "x", Function: openai.FunctionCall{Name: "f"}}}, make([]transcript.Call, 1))
		first := len(w.learn(q.messages))
		if again := len(w.learn(q.messages)); first > 1 || again > 0 {
			t.Errorf("%d results, and %d again", first, again)
		}
		w.tell(q.messages)
		if again := w.tell(q.messages); len(again) > 0 {
			t.Errorf("told again: %v", again)
		}
	})
}

func TestDecodeChatRefuses(t *testing.T) {
	for body, want := range map[string]string{
		`x`:              "no JSON object",
		`{}`:             `missing required parameter: "messages"`,
		`{"messages":3}`: `invalid value for "messages"`,
		`{"messages":[{"role":"user","content":"a"}],"n":2}`:                       `invalid value for "n": 2`,
		`{"messages":[{"role":"user","content":"a"}],"functions":[{}]}`:            `unsupported parameter: "functions"`,
		`{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"custom"}]}`: `tool 0 is no function`,
		`{"messages":[{"role":"user","content":"a"}],"stream":"yes"}`:              `invalid value for "stream"`,
	} {
		if _, err := decodeChat([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// message makes one of a request.
func message(t *testing.T, text string) model.Message {
	t.Helper()
	var m model.Message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Results are told apart where a server gives one id again and again, where a
// program gives ids of its own, and where it drops what is old.
func TestResultsAreLearntOnce(t *testing.T) {
	asked := func(id string) model.Message {
		return message(t, `{"role":"assistant","tool_calls":[{"id":"`+id+`","type":"function","function":{"name":"bash","arguments":"{}"}}]}`)
	}
	answered := func(id, text string) model.Message {
		return message(t, `{"role":"tool","tool_call_id":"`+id+`","content":"`+text+`"}`)
	}
	calls := func(w *wire, turn int, id string) {
		w.expect(turn, []openai.ToolCall{{ID: id, Function: openai.FunctionCall{Name: "bash"}}}, []transcript.Call{{ID: id, Name: "bash"}})
	}
	learnt := func(w *wire, messages ...model.Message) []string {
		var texts []string
		for _, r := range w.learn(messages) {
			texts = append(texts, strings.Repeat("t", r.turn)+" "+r.text)
		}
		return texts
	}
	t.Run("one id again", func(t *testing.T) {
		var w wire
		calls(&w, 1, "call_0")
		if got := learnt(&w, asked("call_0"), answered("call_0", "a")); !slices.Equal(got, []string{"t a"}) {
			t.Errorf("%q", got)
		}
		calls(&w, 2, "call_0")
		if got := learnt(&w, asked("call_0"), answered("call_0", "a"), asked("call_0"), answered("call_0", "b")); !slices.Equal(got, []string{"tt b"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("ids of its own", func(t *testing.T) {
		var w wire
		calls(&w, 1, "call_1")
		if got := learnt(&w, asked("mine-1"), answered("mine-1", "a")); !slices.Equal(got, []string{"t a"}) {
			t.Errorf("%q", got)
		}
		calls(&w, 2, "call_2")
		if got := learnt(&w, asked("mine-1"), answered("mine-1", "a"), asked("mine-2"), answered("mine-2", "b")); !slices.Equal(got, []string{"tt b"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("a shortened history", func(t *testing.T) {
		var w wire
		calls(&w, 1, "call_1")
		learnt(&w, asked("call_1"), answered("call_1", "a"))
		calls(&w, 2, "call_2")
		if got := learnt(&w, asked("call_2"), answered("call_2", "b")); !slices.Equal(got, []string{"tt b"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("a stranger's result", func(t *testing.T) {
		var w wire
		if got := learnt(&w, asked("x"), answered("x", "a"), answered("", "b")); len(got) > 0 {
			t.Errorf("%q", got)
		}
	})
}
