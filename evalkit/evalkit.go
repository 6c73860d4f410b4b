package evalkit

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// What a spec names lives where it is used; these aliases let a spec import
// one package.
type (
	// Subject is what is under test: a Model, or an agent of somebody else's.
	Subject = agent.Subject
	// SubjectInfo says what a subject is and what it lets one see.
	SubjectInfo = agent.SubjectInfo
	// Stage is what a subject acts on in one trial.
	Stage = agent.Stage
	// Limits bound one trial.
	Limits = agent.Limits
	// Tool is something that the subject can call.
	Tool = world.Tool
	// World is a part of a scenario that acts and leaves evidence.
	World = world.World
	// Site is where one trial takes place, for tools and commands.
	Site = world.Site
	// Folder is a folder of this machine that the sandbox shows.
	Folder = sandbox.Folder
	// ShellTool is a tool by which an outside agent lets its model run commands.
	ShellTool = agent.ShellTool
	// File is laid in the sandbox before a trial starts.
	File = sandbox.File
	// Command is an executable of the sandbox that Go code answers.
	Command = sandbox.Command
	// Call is one call of a Command.
	Call = sandbox.Call
	// Usage counts what model calls consumed.
	Usage = transcript.Usage
)

// Bash is a tool that runs a bash command in the sandbox.
func Bash() Tool { return agent.Bash() }

// Submit is the tool with which the subject says that it is finished.
func Submit() Tool { return agent.Submit() }

// Func makes a tool of a Go function; the schema of its arguments is inferred
// from In, a struct. See world.Func. It is called from many trials at once;
// what belongs to one trial hangs on its context: SiteFrom.
func Func[In, Out any](name, doc string, f func(ctx context.Context, in In) (Out, error)) Tool {
	return world.Func(name, doc, f)
}

// SiteFrom returns the site of the trial that ctx belongs to, in a Func or a
// Command, and nil outside of one.
func SiteFrom(ctx context.Context) *Site { return world.SiteFrom(ctx) }
