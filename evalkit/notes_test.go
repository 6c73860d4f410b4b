package evalkit_test

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit"
)

// notes is the scenario of the yardstick: four calls of a tool, then a word.
type noteArguments struct {
	Text string `json:"text" jsonschema:"Text of the note."`
}

func notes() evalkit.Scenario {
	return evalkit.Scenario{
		Name: "bench/notes", Prompt: "Write down each step with the tool, then say that you are done.",
		Tools: []evalkit.Tool{evalkit.Func("note", "Write a note down.", func(context.Context, noteArguments) (string, error) { return "ok", nil })},
	}
}
