package world_test

import (
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

func TestOccasions(t *testing.T) {
	site := world.NewSite(1, 1)
	occasions := map[string]world.Occasion{
		"turn": world.AtTurn(2), "calls": world.AfterCalls("bash", 2), "commands": world.AfterCommands("./pump", 2),
	}
	due := func(want bool) {
		t.Helper()
		for name, occasion := range occasions {
			if why, got := occasion.Come(t.Context(), site); got != want || why == "" {
				t.Errorf("%s at turn %d: due %v (%q), want %v", name, site.Turn(), got, why, want)
			}
		}
	}
	step := func(notRun bool) {
		site.Record(transcript.ToolCall{Call: transcript.Call{Name: "bash"}, NotRun: notRun})
		site.Record(transcript.ToolCall{Call: transcript.Call{Name: "submit"}})
		site.Record(transcript.CommandCall{Name: "./stop"})
	}
	due(false)
	site.NextTurn()
	step(false)
	step(true)
	site.Record(transcript.CommandCall{Name: "./pump"})
	due(false)
	site.NextTurn()
	step(false)
	site.Record(transcript.CommandCall{Name: "./pump"})
	due(true)
}
