// Package agent lets a subject act: the loop of model calls and tool calls,
// the tools that every scenario may use, and the limits of a trial.
package agent

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Subject is what is under test: a model in the tool loop of this package, or
// an agent of somebody else's. Safe for concurrent use: one value acts in many
// trials at once.
type Subject interface {
	Info() SubjectInfo
	// Act plays one trial on the stage until it ends. The error is a failure
	// of the surroundings, whoever's; how the subject behaved, limits
	// included, is in the End. Events are recorded on the stage.
	Act(ctx context.Context, stage *Stage) (transcript.End, error)
}

// SubjectInfo says what a subject is and what it lets one see.
type SubjectInfo struct {
	// Name as a spec wrote it: "openai/o3".
	Name string
	// Model behind the subject, where it has a name of its own; EVALKIT_MODEL
	// may name it to allow its cost.
	Model string
	// Version, where it is known apart from the name.
	Version string
	// Deterministic: equal requests get equal answers, so that trials with
	// the same first request are copies of one.
	Deterministic bool
	// Paid: the subject costs money or leaves this machine, and runs only
	// when the environment allows it.
	Paid bool
	// Hides lists what a transcript of this subject cannot show.
	Hides []Sight
}

// Sight is something that a subject may let one see or not.
type Sight string

// What matchers look at.
const (
	SeesToolCalls Sight = "tool calls"
	SeesArguments Sight = "arguments"
	SeesUsage     Sight = "usage"
)

// Checker is a subject that can tell before the first trial that it cannot
// act: a missing key, an endpoint that is not there.
type Checker interface {
	Check(ctx context.Context) error
}

// Equipper is a subject that brings something of its own into the sandbox: its
// installation, its settings, commands. Equip is called for every sandbox of
// the series, those of the rehearsal included, before it is opened. Its commands
// are not recorded as the scenario's are; a scenario that needs no sandbox gets
// one for such a subject.
type Equipper interface {
	Subject
	Equip(stage *Stage, props *world.Props) error
}

// Failure is an error with the party that it is laid to.
type Failure struct {
	Whose transcript.Blame
	// Final: trying again cannot help, and the series ends.
	Final bool
	Err   error
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }
