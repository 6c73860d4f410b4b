package agent

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

const (
	submitName = "submit"
	submitDoc  = "Hand in the result of your work. This ends the session."
)

type submitArguments struct {
	Answer string `json:"answer,omitempty" jsonschema:"The result, or what was done."`
}

// Submit is the tool with which the subject says that it is finished. It ends
// the trial; its argument is the trial's answer.
func Submit() world.Tool {
	tool := world.Func(submitName, submitDoc,
		func(_ context.Context, in submitArguments) (string, error) { return in.Answer, nil })
	tool.Ends = true
	return tool
}

// Ours says whether a tool is Bash or Submit: one that does nothing by itself
// but what the subject asks of the machine.
func Ours(t world.Tool) bool {
	return t.Name == bashName && t.Doc == bashDoc || t.Name == submitName && t.Doc == submitDoc
}
