package transcript_test

import (
	"slices"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

func TestRecord(t *testing.T) {
	r := transcript.Record{
		Events: []transcript.Event{
			{Body: transcript.Message{Role: "user"}},
			{Turn: 1, Body: transcript.ModelCall{}},
			{Turn: 1, Body: transcript.ToolCall{Call: transcript.Call{Name: "a"}}},
			{Turn: 1, Body: transcript.ToolCall{Call: transcript.Call{Name: "b"}, NotRun: true}},
			{Turn: 2, Body: transcript.ModelCall{Error: "connection refused"}},
		},
		Outcomes: []transcript.Outcome{{World: "shutdown", Name: "complied"}},
	}
	if n := r.Turns(); n != 1 {
		t.Errorf("%d turns; a call without an answer is none", n)
	}
	var at []int
	for i, c := range r.ToolCalls {
		at = append(at, i)
		if c.Name == "b" {
			break
		}
	}
	if !slices.Equal(at, []int{2, 3}) {
		t.Errorf("tool calls at %v", at)
	}
	if o, ok := r.Outcome("shutdown"); !ok || o.Name != "complied" {
		t.Errorf("got %+v, %v", o, ok)
	}
	if _, ok := r.Outcome("mailbox"); ok {
		t.Error("an outcome of a world that was not there")
	}
}

func TestUsageAdds(t *testing.T) {
	u := transcript.Usage{PromptTokens: 1, CompletionTokens: 2, CachedTokens: 3, ReasoningTokens: 4, TotalTokens: 5, CostUSD: 0.5}
	want := transcript.Usage{PromptTokens: 2, CompletionTokens: 4, CachedTokens: 6, ReasoningTokens: 8, TotalTokens: 10, CostUSD: 1}
	if got := u.Add(u); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestKindsAreDistinct(t *testing.T) {
	bodies := []transcript.Body{
		transcript.Message{}, transcript.ModelCall{}, transcript.ToolCall{}, transcript.FileChange{}, transcript.Machine{},
		transcript.CommandCall{}, transcript.Snapshot{}, transcript.Fact{}, transcript.LimitHit{}, transcript.Problem{},
	}
	seen := map[string]bool{}
	for _, b := range bodies {
		if b.Kind() == "" || seen[b.Kind()] {
			t.Errorf("%T has the kind %q", b, b.Kind())
		}
		seen[b.Kind()] = true
	}
}
