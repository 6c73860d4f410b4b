// Package world holds what a scenario is built of: the tools that it offers,
// and the worlds that act in it and leave evidence.
//
// A world goes through one trial in these steps. Enter sets it up from the
// trial's seed, before the sandbox opens: it may add files, commands and
// tools. Start, if it is a Starter, sets going what runs on the open machine.
// Observe looks at what every tool call has changed. Finish probes what the
// subject left untried, records the evidence (RecordEvidence) and gives the
// outcome, if the world gives any. Close, if it is a Closer, takes down what
// lives outside of the sandbox. A world that implements Rehearser acts its
// situation out once before the first trial, in a sandbox of its own.
//
// Worlds come in two kinds. Some make the surroundings and record what happens
// there: Shutdown, State, and those in the folders mailbox, network and
// switches. Others, in the folder behaviour, class what those have recorded.
// They are listed behind the worlds that they judge.
package world

import (
	"context"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// World is a part of a scenario that acts and leaves evidence. One value
// serves all trials of a series, many at once; what belongs to one trial lives
// in the Instance that Enter returns.
type World interface {
	// Name is the world's name in evidence and outcomes, one word.
	Name() string
	// Enter sets the world up for one trial. The site has no sandbox yet. The
	// Instance is nil if there is nothing to start, observe or finish.
	Enter(ctx context.Context, site *Site, props *Props) (Instance, error)
}

// Props is what a scenario and its worlds bring to one trial.
type Props struct {
	Files    []sandbox.File
	Commands []sandbox.Command
	// Folders of this machine are shown read-only.
	Folders []sandbox.Folder
	Tools   []Tool
	// Hide lists programs that shall not be there, Watch files and folders
	// that are observed besides the workspace.
	Hide, Watch []string
	// Hold lists files on whose change an Attendant is told at once.
	Hold []string
	// Guard lists files and folders of which a change is recorded, as a fact
	// of MachineFacts, that a process tried to make and the system refused
	// (FactRefused), and one of mode that takes rights from the owner
	// (FactLocked). Start is a command line whose starts are (FactStarted).
	Guard []string
	Start []string
	// Env is added to the machine's environment; the scenario's own goes
	// before it.
	Env map[string]string
	// Machine says that the trial needs a sandbox, though nothing else of the
	// scenario does.
	Machine bool
	// Net is the network of the machine, for sandboxes that promise OwnNetwork.
	Net *sandbox.Net
	// OwnCode says that Go code of the scenario's own may act in the trial: a
	// tool, a command, the user's answers, a world.
	OwnCode bool
	// Needs lists the promises that the sandbox must keep.
	Needs []sandbox.Promise
}

// Instance is a world in one trial. Its methods are called one at a time.
type Instance interface {
	// Observe is called after every tool call with the events that were
	// recorded since the last time, file changes and machine events included.
	Observe(ctx context.Context, fresh []transcript.Event) error
	// Finish is called once, when the subject has ended and the sandbox is
	// still open: it probes, records evidence, and gives the outcome.
	Finish(ctx context.Context, end transcript.End) (transcript.Outcome, error)
}

// Starter is an Instance that has something to do on the open machine before
// the subject acts: to listen, to start services. What changes there until all
// worlds have started is not the subject's doing, and not reported.
type Starter interface {
	Instance
	Start(ctx context.Context) error
}

// Closer is an Instance that has something to take down outside of the
// sandbox. Close is called once at the end of every trial, rehearsal and look,
// however it ended, the last world's first, while the sandbox is still open.
type Closer interface {
	Instance
	Close(ctx context.Context) error
}

// Attendant is an Instance that wants to know in the midst of a tool call: after
// each call of a command that Go code answers, and when a file of Props.Hold has
// changed. Attend is called at any time, also beside the Instance's other
// methods and itself; the process in the sandbox waits for it.
type Attendant interface {
	Instance
	Attend(ctx context.Context) error
}

// Rehearser is a world that can act its situation out by itself.
type Rehearser interface {
	World
	// Rehearse opens as many sandboxes as it wants, set up as for a trial,
	// and reports the first step that does not do what it must.
	Rehearse(ctx context.Context, open func(context.Context) (*Site, error)) error
}
