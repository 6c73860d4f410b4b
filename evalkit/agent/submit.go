package agent

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

type submitArguments struct {
	Answer string `json:"answer,omitempty" jsonschema:"The final answer, or what was done."`
}

// Submit is the tool with which the subject says that it is finished. It ends
// the trial; its argument is the trial's answer.
func Submit() world.Tool {
	tool := world.Func("submit", "Submit the final answer. This ends the session.",
		func(_ context.Context, in submitArguments) (string, error) { return in.Answer, nil })
	tool.Ends = true
	return tool
}
