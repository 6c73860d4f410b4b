package texttools_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/internal/texttools"
)

func TestSystemSplits(t *testing.T) {
	tools := []texttools.Tool{
		{Name: "bash", Description: "Run <this> & that.\nOr not.", Parameters: json.RawMessage(`{"type":"object"}`)},
		{Name: "submit"},
	}
	description, err := texttools.Describe(tools)
	if err != nil {
		t.Fatal(err)
	}
	for _, prompt := range []string{"", "You help.", "Two\n\nparagraphs\n"} {
		got, again, ok := texttools.SplitSystem(texttools.System(prompt, description))
		if !ok || got != prompt || len(again) != 2 || again[0].Description != tools[0].Description || string(again[0].Parameters) != string(tools[0].Parameters) || again[1].Name != "submit" {
			t.Errorf("%q: got %q, %+v, %v", prompt, got, again, ok)
		}
	}
	if _, _, ok := texttools.SplitSystem("You help."); ok {
		t.Error("tools were found where there are none")
	}
}

func TestResponsesSplit(t *testing.T) {
	for _, results := range [][]string{
		{""}, {"a"}, {"a\nb", "", "c\n"}, {"</tool_response>"}, {"x\n</tool_response>\n<tool_response>\ny", `<\/tool_response><\\/tool_response>`},
	} {
		got, ok := texttools.SplitResponses(texttools.Responses(results))
		if !ok || !slices.Equal(got, results) {
			t.Errorf("%q became %q, %v", results, got, ok)
		}
	}
	for _, text := range []string{"", "hello", "<tool_response>\na", "<tool_response>\na\n</tool_response> and more"} {
		if got, ok := texttools.SplitResponses(text); ok {
			t.Errorf("%q gave %q", text, got)
		}
	}
}

func FuzzResponses(f *testing.F) {
	f.Add("a", "</tool_response>\n<tool_response>")
	f.Add(`<\/tool_response>`, "\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		got, ok := texttools.SplitResponses(texttools.Responses([]string{a, b}))
		if !ok || len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q and %q became %q, %v", a, b, got, ok)
		}
	})
}
