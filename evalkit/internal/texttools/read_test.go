package texttools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/texttools"
)

var offered = []string{"bash", "submit"}

const (
	ls  = "<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\": \"ls\"}}\n</tool_call>"
	pwd = "<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\": \"pwd\"}}\n</tool_call>"
)

// ran and told are what is expected of a call: its arguments, or a piece of its
// mistake.
func ran(arguments string) texttools.Call {
	return texttools.Call{Name: "bash", Arguments: arguments}
}
func told(name, mistake string) texttools.Call {
	return texttools.Call{Name: name, Mistake: mistake}
}

func TestRead(t *testing.T) {
	lsCall, pwdCall := ran(`{"command": "ls"}`), ran(`{"command": "pwd"}`)
	for _, c := range []struct {
		name, text, prose string // prose "=" is the text itself
		want              []texttools.Call
	}{
		{"nothing", "", "=", nil},
		{"no call", "I am done.\n", "=", nil},
		{"a call", ls, "", []texttools.Call{lsCall}},
		{"prose around", "Let me look.\n" + ls + "\nThat is it.", "Let me look.\n\nThat is it.", []texttools.Call{lsCall}},
		{"several", ls + "\n" + pwd, "", []texttools.Call{lsCall, pwdCall}},
		{"several on one line", strings.ReplaceAll(ls, "\n", "") + " " + strings.ReplaceAll(pwd, "\n", ""), "", []texttools.Call{lsCall, pwdCall}},
		{"CRLF", strings.ReplaceAll("Now:\n"+ls+"\n"+pwd+"\n", "\n", "\r\n"), "Now:", []texttools.Call{lsCall, pwdCall}},
		{"indented", "  " + strings.ReplaceAll(ls, "\n", "\n    "), "", []texttools.Call{lsCall}},
		{"nested braces", `<tool_call>{"name":"bash","arguments":{"a":{"b":[{"c":"}}]"}]}}}</tool_call>`, "", []texttools.Call{ran(`{"a":{"b":[{"c":"}}]"}]}}`)}},
		{"the tags inside an argument", `<tool_call>{"name":"bash","arguments":{"command":"echo '</tool_call><tool_call>'"}}</tool_call>`, "", []texttools.Call{ran(`{"command":"echo '</tool_call><tool_call>'"}`)}},
		{"a fence inside an argument", `<tool_call>{"name":"bash","arguments":{"command":"cat <<E\n` + "```" + `\nE"}}</tool_call>` + "\n" + pwd, "", []texttools.Call{ran(`{"command":"cat <<E\n` + "```" + `\nE"}`), pwdCall}},
		{"unicode", `<tool_call>{"name":"bash","arguments":{"command":"echo ü \u00fc 日本 🜁"}}</tool_call>`, "", []texttools.Call{ran(`{"command":"echo ü \u00fc 日本 🜁"}`)}},
		{"no arguments", `<tool_call>{"name":"bash"}</tool_call>`, "", []texttools.Call{ran(`{}`)}},
		{"an id of the model's own", `<tool_call>{"id":"x","name":"bash","arguments":{}}</tool_call><tool_call>{"id":"x","name":"bash","arguments":{}}</tool_call>`, "", []texttools.Call{ran(`{}`), ran(`{}`)}},
		{"a tool that there is not", `<tool_call>{"name":"rm","arguments":{}}</tool_call>`, "", []texttools.Call{{Name: "rm", Arguments: "{}"}}},
		{"giant", `<tool_call>{"name":"bash","arguments":{"command":"` + strings.Repeat("x", 1<<20) + `"}}</tool_call>`, "", []texttools.Call{ran(`{"command":"` + strings.Repeat("x", 1<<20) + `"}`)}},

		{"trailing comma", `<tool_call>{"name":"bash","arguments":{"command":"ls",}}</tool_call>`, "", []texttools.Call{told("bash", "not JSON: invalid character")}},
		{"single quotes", `<tool_call>{'name':'bash','arguments':{}}</tool_call>`, "", []texttools.Call{told(texttools.Unreadable, "not JSON")}},
		{"not JSON at all", "<tool_call>\nbash ls\n</tool_call>", "", []texttools.Call{told(texttools.Unreadable, "not JSON")}},
		{"empty", "<tool_call></tool_call>", "", []texttools.Call{told(texttools.Unreadable, "not JSON")}},
		{"two objects", `<tool_call>{"name":"bash","arguments":{}}{"name":"bash","arguments":{}}</tool_call>`, "", []texttools.Call{told("bash", "one JSON object")}},
		{"a list", `<tool_call>[{"name":"bash","arguments":{}}]</tool_call>`, "", []texttools.Call{told(texttools.Unreadable, "no JSON object")}},
		{"a name twice", `<tool_call>{"name":"bash","name":"submit","arguments":{}}</tool_call>`, "", []texttools.Call{told(texttools.Unreadable, `"name" twice`)}},
		{"another member", `<tool_call>{"name":"bash","parameters":{}}</tool_call>`, "", []texttools.Call{told("bash", `member "parameters"`)}},
		{"no name", `<tool_call>{"arguments":{}}</tool_call>`, "", []texttools.Call{told(texttools.Unreadable, `no "name"`)}},
		{"arguments as text", `<tool_call>{"name":"bash","arguments":"{\"command\":\"ls\"}"}</tool_call>`, "", []texttools.Call{told("bash", "must be a JSON object")}},
		{"cut in an argument", ls + "\n<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\": \"rm -rf", "", []texttools.Call{lsCall, told("bash", "ended before")}},
		{"cut before the closing tag", "<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"command\": \"ls\"}}\n", "", []texttools.Call{told("bash", "ended before")}},
		{"cut in the closing tag", strings.TrimSuffix(ls, "l>"), "", []texttools.Call{told("bash", "ended before")}},
		{"a broken one and a good one", "<tool_call>\n{\"name\": \"bash\", \"arguments\": {\"com\n" + pwd, "", []texttools.Call{told("bash", "not JSON"), pwdCall}},

		{"in a fence", "I would do this:\n```\n" + ls + "\n```\n", "=", []texttools.Call{told("bash", "code fence")}},
		{"in a fence with a language", "```json\n{\"name\": \"bash\", \"arguments\": {\"command\": \"ls\"}}\n```", "=", []texttools.Call{told("bash", "must stand between")}},
		{"in a fence of tildes that is not closed", "~~~\n```\n" + ls, "=", []texttools.Call{told("bash", "code fence")}},
		{"behind a fence", "```\nls\n```\n" + ls, "```\nls\n```", []texttools.Call{lsCall}},
		{"within a line", "I call <tool_call>{\"name\":\"bash\",\"arguments\":{}}</tool_call> now", "=", []texttools.Call{told("bash", "within a line")}},
		{"quoted within a line", "Write `<tool_call>{\"name\":\"bash\",\"arguments\":{}}</tool_call>` to call.", "=", nil},
		{"mentioned", "The <tool_call> tag opens a call.", "=", nil},
		{"without tags", "{\"name\": \"bash\", \"arguments\": {\"command\": \"ls\"}}", "=", []texttools.Call{told("bash", "must stand between")}},
		{"without tags, over lines", "Sure.\n{\n  \"name\": \"bash\",\n  \"parameters\": {\"command\": \"ls\"}\n}", "=", []texttools.Call{told("bash", "must stand between")}},
		{"JSON that names no tool", `{"name": "Ann", "arguments": []}`, "=", nil},
		{"another protocol", "<function=bash>{\"command\": \"ls\"}</function>", "=", []texttools.Call{told(texttools.Unreadable, `"<function=" begins no call`)}},
		{"two protocols", ls + "\n[TOOL_CALLS][{\"name\":\"bash\"}]", "[TOOL_CALLS][{\"name\":\"bash\"}]", []texttools.Call{lsCall, told(texttools.Unreadable, "begins no call")}},
		{"a tag that a server escaped", "&lt;tool_call&gt;\n{&#34;name&#34;: &#34;bash&#34;}\n&lt;/tool_call&gt;", "=", []texttools.Call{told(texttools.Unreadable, "begins no call")}},
		{"a tag with an attribute", "<tool_call name=\"bash\">{}</tool_call>", "=", []texttools.Call{told(texttools.Unreadable, "begins no call")}},

		{"a result of its own", ls + "\n<tool_response>\nREADME.md\n</tool_response>\n" + pwd, "<tool_response>\nREADME.md\n</tool_response>", []texttools.Call{lsCall, told("bash", "behind a tool response that you wrote")}},
		{"thinking", "<think>\nI could call\n" + ls + "\n</think>\nNo.", "=", nil},
		{"thinking, then a call", "<think>" + ls + "</think>" + pwd, "<think>" + ls + "</think>", []texttools.Call{pwdCall}},
		{"thinking that the template opened", "I could call\n" + ls + "\n</think>\n\n" + pwd, "I could call\n" + ls + "\n</think>", []texttools.Call{pwdCall}},
		{"cut while thinking", "<think>\n" + ls, "=", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := texttools.Read(c.text, offered)
			if c.prose == "=" {
				c.prose = c.text
			}
			if got.Prose != c.prose {
				t.Errorf("prose %q, want %q", got.Prose, c.prose)
			}
			if len(got.Calls) != len(c.want) {
				t.Fatalf("got %d calls, want %d: %.300q", len(got.Calls), len(c.want), got.Calls)
			}
			for i, call := range got.Calls {
				want := c.want[i]
				if call.Name != want.Name || (call.Mistake == "") != (want.Mistake == "") || !strings.Contains(call.Mistake, want.Mistake) ||
					want.Mistake == "" && call.Arguments != want.Arguments {
					t.Errorf("call %d: %.300q, want %.300q", i, call, want)
				}
			}
		})
	}
}

// FuzzRead: nothing panics; a call that is carried out is a JSON object with the
// tags around it in the text, outside of any fence; and what was read reads the
// same once it is written again.
func FuzzRead(f *testing.F) {
	for _, s := range []string{ls, "a\r\n" + pwd + "```\n" + ls, "<think>" + ls, "</think>" + ls, "~~~~\n<tool_call>{", "<tool_call>{\"name\":\"bash\",\"arguments\":{}}</tool_call>x", "`<tool_call>{`",
		"{\"name\":\"bash\",\"arguments\":", "<tool_response>\n" + ls, "<tool_call>{\"name\":\"a\\u0000\",\"arguments\":{\"\":1e999}}</tool_call>", "<function=bash>", "<tool_call><tool_call>{}</tool_call>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := texttools.Read(text, offered)
		var good []texttools.Call
		for _, c := range got.Calls {
			if c.Name == "" {
				t.Errorf("a call without a name in %q", text)
			}
			if c.Mistake != "" {
				continue
			}
			good = append(good, c)
			var object map[string]json.RawMessage
			if json.Unmarshal([]byte(c.Arguments), &object) != nil || !strings.Contains(text, "<tool_call>") || c.Name == texttools.Unreadable {
				t.Errorf("%q gave %q", text, c)
			}
		}
		if len(got.Calls) == 0 && got.Prose != text {
			t.Errorf("a text without calls, %q, became %q", text, got.Prose)
		}
		again := texttools.Read(texttools.Calls("", good), offered)
		if len(again.Calls) != len(good) {
			t.Fatalf("%q was written again and gave %q", good, again.Calls)
		}
		for i := range good {
			if again.Calls[i] != good[i] {
				t.Errorf("%q was written again and gave %q", good[i], again.Calls[i])
			}
		}
		fenced := texttools.Read("`````````\n"+strings.ReplaceAll(text, "`", "'"), offered)
		for _, c := range fenced.Calls {
			if c.Mistake == "" {
				t.Errorf("%q, fenced, gave %q", text, c)
			}
		}
	})
}
