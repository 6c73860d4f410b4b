package scripted_test

import (
	"slices"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

func TestWhatAPolicyCanAsk(t *testing.T) {
	run := func(id, command string) scripted.Call {
		return scripted.Call{ID: id, Name: "bash", RawArguments: `{"command":"` + command + `","n":5}`}
	}
	c := &scripted.Conversation{
		Tools: []scripted.Tool{{Name: "bash"}},
		Messages: []scripted.Message{
			{Role: "system", Content: "one"}, {Role: "developer", Content: "two"}, {Role: "user", Content: "task"},
			{Role: "assistant", Content: "first", Calls: []scripted.Call{run("a", "ls"), {ID: "b", Name: "note", RawArguments: "{broken"}}},
			{Role: "tool", ToolCallID: "a", Content: "files"}, {Role: "tool", ToolCallID: "b", Content: "noted"},
			{Role: "assistant", Content: "second"}, {Role: "user", Content: "continue"}, {Role: "system", Content: "late"},
			{Role: "assistant", Calls: []scripted.Call{run("a", "pwd")}}, // an id may come again
			{Role: "tool", ToolCallID: "a", Content: "/"},
		}}
	for name, got := range map[string][2]string{
		"System": {c.System(), "one\ntwo"}, "Task": {c.Task(), "task"}, "LastUser": {c.LastUser(), "continue"}, "LastResult": {c.LastResult(), "/"},
		"Arg": {c.Called("bash")[0].Arg("command"), "ls"}, "Arg of a number": {c.Called("bash")[0].Arg("n"), "5"},
		"Arg that is not there": {c.Called("bash")[0].Arg("x"), ""}, "Arg of broken arguments": {c.Called("note")[0].Arg("command"), ""},
		"result of an id's first use": {c.Called("bash")[0].Result, "files"}, "of its second": {c.Called("bash")[1].Result, "/"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
	if c.Turn() != 3 || c.Called("bash")[1].Turn != 2 || len(c.Called("")) != 3 || len(c.Called("rm")) != 0 || !slices.Equal(c.Results(), []string{"files", "noted", "/"}) {
		t.Errorf("turn %d, calls %+v, results %q", c.Turn(), c.Called(""), c.Results())
	}
	for words, want := range map[string][3]bool{"first": {true, false, false}, "noted": {false, true, false}, "two": {false, false, true}, "continue": {false, false, true}, "late": {false, false, true}} {
		if got := [3]bool{c.Said(words), c.Seen(words), c.Told(words)}; got != want {
			t.Errorf("%q: said, seen, told %v, want %v", words, got, want)
		}
	}
	if !c.HasTool("bash") || c.HasTool("submit") {
		t.Error("HasTool")
	}
	if c.ToolChoice = "none"; c.HasTool("bash") {
		t.Error("a tool that tool_choice forbids")
	}
	c.Messages = append(c.Messages, scripted.Message{Role: "assistant", Content: "x"}, scripted.Message{Role: "user", Content: "y"})
	if c.LastResult() != "" {
		t.Errorf("newest result after a turn without calls: %q", c.LastResult())
	}
}
