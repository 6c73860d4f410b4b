// Package sandbox describes isolated machines: what a trial asks of one, and
// what a backend promises. The backends live in folders below; Namespace, the
// embedded one, needs nothing but a Linux kernel.
package sandbox

import (
	"context"
	"errors"
	"io"
	"path"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// Backend opens sandboxes of one kind. Safe for concurrent use.
type Backend interface {
	Name() string
	// Promises lists what every sandbox of this backend keeps.
	Promises() []Promise
	// Open sets a machine up and returns when it takes commands. Its error
	// names the step that failed and the mend.
	Open(ctx context.Context, c Config) (Sandbox, error)
}

// Promise is something that a scenario can lean on.
type Promise string

// The promises of DESIGN §6 that differ between backends.
const (
	// OwnInit: the machine has a PID 1 of its own, and its end is a shutdown
	// that is reported with its sender. A command that is stopped ends nothing
	// that earlier ones left running.
	OwnInit Promise = "own-init"
	// NoNetwork: nothing outside the sandbox is reached.
	NoNetwork Promise = "no-network"
	// Confined: nothing outside is written, nothing of the host's secrets read.
	Confined Promise = "confined"
	// SystemFiles: files can be laid, hidden and answered by Go in system folders.
	SystemFiles Promise = "system-files"
	// Bounded: processes, memory, file sizes and disk are limited.
	Bounded Promise = "bounded"
	// OwnNetwork: the machine takes a Config.Net and is a Networker: this
	// process can be any host there, and sees every attempt to reach one.
	OwnNetwork Promise = "own-network"
)

// DefaultWorkspace is the folder that commands start in and relative paths are
// resolved against.
const DefaultWorkspace = "/app"

// Absolute resolves a path as the sandbox does: relative to the workspace.
func Absolute(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(DefaultWorkspace, p)
}

// AllPromises lists every promise there is.
func AllPromises() []Promise {
	return []Promise{OwnInit, NoNetwork, Confined, SystemFiles, Bounded, OwnNetwork}
}

// Config is how a machine is to be set up. The zero value is a usable machine.
type Config struct {
	// Hostname of the machine; "localhost" if empty.
	Hostname string
	// Workspace is the folder commands start in; DefaultWorkspace if empty.
	Workspace string
	// Files are laid before anything runs, at any absolute path, or relative
	// to the workspace.
	Files []File
	// Folders of this machine are shown read-only: an agent's installation.
	Folders []Folder
	// Hide lists programs and files that shall not be there.
	Hide []string
	// Commands are executables answered by Go code.
	Commands []Command
	// Watch lists files and folders that are observed besides the workspace
	// and home. A folder is observed whole.
	Watch []string
	// Hold lists files on whose change Held is called at once, in the midst of
	// a command: they are looked at whenever a process of the machine has
	// closed a file or starts a program, and that process waits until Held
	// returns. Held may use the sandbox but for Run. Backends that promise
	// OwnInit do this; for the others the files are observed after a command.
	Hold []string
	Held func(ctx context.Context)
	// Guard lists files and folders; a system call that would change one of
	// them, or a folder above it, and that the system refuses is told to Told
	// as it happens, and so is a change of mode that takes a right from the
	// owner, which may be undone before anybody looks. Start is a command
	// line whose start is told too. Told must return at once. As for Hold,
	// this is for backends that promise OwnInit.
	Guard []string
	Start []string
	Told  func(Act)
	// Net is a network on which every address leads to the machine itself. Nil:
	// it has a loopback of its own and nothing else.
	Net *Net
	Env map[string]string
	Limits
}

// Process is what is to be run.
type Process struct {
	// Argv: the program and its arguments, handed to exec as they are.
	Argv []string
	// Stdin is fed as the process reads; nil: empty. Its end closes the
	// process's. A process may end before: Run does not wait for a Read that
	// is under way, whose bytes are lost.
	Stdin io.Reader
	// Stdout and Stderr, if not nil, get the output as it comes, without a
	// limit, instead of the Result. A Write that waits makes the process wait,
	// and one that fails breaks its pipe (SIGPIPE). Run returns after the last
	// Write, or when its context ends; none is begun after that. Each is used by
	// one goroutine at a time; the same for both needs a lock of its own.
	Stdout, Stderr io.Writer
	// Parallel: it runs beside others and does not wait for its turn. For
	// machines that play a host with several sessions: when one is killed, what
	// ends with it is what it started, by descent and mark, and a process that
	// makes itself an orphan and takes another's mark lives on. Backends that do
	// not promise OwnInit let it wait for its turn.
	Parallel bool
	// Env is added to the machine's environment.
	Env map[string]string
	// Dir is absolute or relative to the workspace; the workspace if empty.
	Dir string
	// Time is the machine's Limits.Time if zero.
	Time time.Duration
	// Output is the machine's Limits.Output if zero.
	Output int64
	// Capture matters to Call.Run alone: the output comes in the Result
	// instead of going to the caller's. Sandbox.Run always captures what has no
	// writer.
	Capture bool
}

// Result is what came of a process.
type Result struct {
	Stdout, Stderr []byte
	// Exit is the exit code, 128+n after signal n.
	Exit int
	// TimedOut: it was killed, with all its children, at its time limit.
	TimedOut bool
	// Cut: output past the limit was thrown away.
	Cut bool
	// Down: the machine went down while it ran.
	Down bool
	Took time.Duration
}

// Command is an executable of the sandbox that Go code answers.
type Command struct {
	// Path is absolute, or relative to the workspace when it has a slash or a
	// dot in front, or else a bare name that is put into /usr/local/bin.
	Path string
	// Run answers one call with an exit code, 0 to 255. It is called from
	// many trials at once. Its context ends when the machine goes down.
	Run func(ctx context.Context, call *Call) int
	// Unrecorded leaves its calls out of the record: a world that stands behind
	// it records them itself.
	Unrecorded bool
}

// Call is one call of a Command.
type Call struct {
	Args           []string // with the name it was called by in front
	Dir            string
	Env            []string // the caller's environment, "NAME=value"
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Caller is the process that called, and its ancestors up to PID 1.
	Caller []transcript.Process
	// Run runs a process in the same sandbox while the caller waits, with
	// the caller's folder, and its output and error going to the caller's
	// unless captured.
	Run func(ctx context.Context, p Process) (Result, error)
}

// Shutdown is the end of a machine.
type Shutdown struct {
	Signal string // "SIGTERM", "reboot", …
	// Sender is the process that ended it and its ancestors, nearest first;
	// empty when the kernel did not say.
	Sender []transcript.Process
	At     time.Time
}

// Sandbox is one open machine. Safe for concurrent use; processes run one at a
// time, further calls wait, but for those that are Process.Parallel.
type Sandbox interface {
	// Run runs a process to its end. A process that fails, times out or dies
	// with the machine is a Result; an error is a fault of the sandbox or of
	// the call (ErrDown, fs.ErrNotExist for a missing program or folder,
	// fs.ErrPermission).
	Run(ctx context.Context, p Process) (Result, error)
	// ReadFile reads a file of at most max bytes (0: 16 MiB). Links are
	// followed inside the sandbox only. Works while the machine is down.
	ReadFile(ctx context.Context, path string, max int64) ([]byte, error)
	// WriteFile lays a file, parents included, and takes it for known: it is
	// not reported as a change.
	WriteFile(ctx context.Context, f File) error
	// Remove deletes a file or folder; likewise not reported.
	Remove(ctx context.Context, path string) error
	// Stat and List do not follow a link at the end of the path.
	Stat(ctx context.Context, path string) (transcript.FileState, error)
	List(ctx context.Context, dir string) ([]transcript.FileState, error)
	// Snapshot is what is observed, as it was at the start.
	Snapshot() transcript.Snapshot
	// Changes gives what changed in the observed files since the last call,
	// in the order of their paths. Works while the machine is down, as far as
	// the backend keeps the files. What is written through a mapping that is
	// still open is seen once the file is read again: of many files, a few
	// hundred are at each call, in turns; see Rereader.
	Changes(ctx context.Context) ([]transcript.FileChange, error)
	// Shutdown says how the machine ended, and false while it is up.
	Shutdown() (Shutdown, bool)
	// Close ends the machine and everything in it. It is not a shutdown.
	Close() error
}

// Act is what a process did, or was refused, about something guarded.
type Act struct {
	Path string `json:"path"` // what was guarded, or the program that is started
	Call string `json:"call"` // "open", "unlink", "rename", "chmod", …, CallStart
	// Refused says why it was refused, in the system's words; empty if it was not.
	Refused string `json:"refused,omitempty"`
	// At is what is given another mode, which may be a folder above Path;
	// Before and After are its modes as ls -l writes them. Empty otherwise.
	At     string `json:"at,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Sender is the process, and its ancestors, nearest first.
	Sender []transcript.Process `json:"sender,omitempty"`
}

// CallStart is the Call of an Act that is the start of Config.Start.
const CallStart = "start"

// Lister is a sandbox that can say what runs in it.
type Lister interface {
	// Processes lists the machine's processes but PID 1, by their ids.
	Processes(ctx context.Context) ([]transcript.Process, error)
}

// Rereader is a sandbox that can look without sparing itself.
type Rereader interface {
	// AllChanges is Changes that reads every observed file again, of which it
	// knows the content, whatever the file's times say.
	AllChanges(ctx context.Context) ([]transcript.FileChange, error)
}

// Errors that callers tell apart.
var (
	// ErrDown: the machine is shut down; nothing runs on it any more.
	ErrDown = errors.New("the machine is down")
	// ErrUnsupported: this system cannot host such a sandbox.
	ErrUnsupported = errors.New("not supported on this system")
	// ErrTooLarge: a file is larger than what may be read.
	ErrTooLarge = errors.New("larger than the limit")
)
