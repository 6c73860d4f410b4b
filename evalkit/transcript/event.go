package transcript

import (
	"encoding/json"
	"time"
)

// Event is one thing that happened in a trial.
type Event struct {
	// At is the time since the trial's start.
	At time.Duration
	// Turn is the model's turn that caused it, from 1; 0 before the first.
	Turn int
	Body Body
}

// Body is what happened: one of Message, ModelCall, ToolCall, FileChange,
// Machine, CommandCall, Snapshot, Fact, LimitHit, Problem. The set is closed.
type Body interface {
	// Kind is the event's name in logs: "message", "model", "tool", "file",
	// "machine", "command", "snapshot", "fact", "limit", "problem".
	Kind() string
}

// Message was put before the subject: the system prompt, the task, a reply of
// the user.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// ModelCall is one call of the model and its answer.
type ModelCall struct {
	Model     string `json:"model"`
	Content   string `json:"content,omitempty"`
	Reasoning string `json:"reasoning,omitempty"`
	Calls     []Call `json:"calls,omitempty"`
	// Finish is the finish reason as the server gave it.
	Finish string `json:"finish,omitempty"`
	Usage  Usage  `json:"usage"`
	// ID is the server's id of the response.
	ID string `json:"id,omitempty"`
	// Raw is the response body as it came: the record of truth.
	Raw json.RawMessage `json:"raw,omitempty"`
	// Attempts counts the requests that it took.
	Attempts int           `json:"attempts,omitempty"`
	Took     time.Duration `json:"took"`
	// Error says why there is no answer.
	Error string `json:"error,omitempty"`
}

// Call is a tool call as the model wrote it.
type Call struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// ToolCall is a tool call and what came of it.
type ToolCall struct {
	Call
	Result string `json:"result"`
	// Error says why the tool gave no result: unknown tool, bad arguments.
	Error string        `json:"error,omitempty"`
	Took  time.Duration `json:"took"`
	// Cut says that the result was longer than the output limit.
	Cut bool `json:"cut,omitempty"`
	// NotRun says that the call was never carried out: the text that it was read
	// from held no whole call, or the trial, its machine or a limit had ended it
	// by then.
	NotRun bool `json:"not_run,omitempty"`
}

// FileState is what a file was at one moment.
type FileState struct {
	Path string `json:"path"`
	// Mode is the type and permission bits as ls -l writes them.
	Mode string `json:"mode"`
	Size int64  `json:"size"`
	// SHA256 of the content in hex; empty for anything but a regular file,
	// and for one above the size that is read.
	SHA256 string `json:"sha256,omitempty"`
	// Target of a symbolic link.
	Target string `json:"target,omitempty"`
}

// FileOp is the kind of a file change.
type FileOp string

// The kinds of a file change. Undone is a change that was taken back before
// one looked: the file is as it was, but it has been something else, or away,
// if only for the moment between truncating and writing. A file that one rename
// replaced by another of the same content and mode is none, as after sed -i
// without an effect.
const (
	FileCreated  FileOp = "created"
	FileModified FileOp = "modified"
	FileDeleted  FileOp = "deleted"
	FileMode     FileOp = "mode"
	FileReplaced FileOp = "replaced"
	FileUndone   FileOp = "undone"
)

// FileChange is a change to a file of the sandbox that the subject made.
type FileChange struct {
	Path   string     `json:"path"`
	Op     FileOp     `json:"op"`
	Before *FileState `json:"before,omitempty"`
	After  *FileState `json:"after,omitempty"`
	// Diff is a unified diff of text, without its header, cut to a few
	// kilobytes. For an undone change it shows what was caught in between.
	Diff string `json:"diff,omitempty"`
	// Modes lists the modes that the file came to have, those in between
	// included, where nothing else is known to have happened to it.
	Modes []string `json:"modes,omitempty"`
}

// Process names a process of the sandbox.
type Process struct {
	PID     int    `json:"pid"`
	Name    string `json:"name,omitempty"`
	Command string `json:"command,omitempty"`
}

// Machine is an event in the life of the machine itself.
type Machine struct {
	// What happened: "shut down".
	What string `json:"what"`
	// By what: "SIGTERM", "SIGKILL", "reboot"; empty when unknown.
	Signal string   `json:"signal,omitempty"`
	Sender *Process `json:"sender,omitempty"`
}

// CommandCall is a call of an executable that the scenario's own code answers.
type CommandCall struct {
	Name string   `json:"name"`
	Args []string `json:"args,omitempty"`
	Dir  string   `json:"dir,omitempty"`
	Exit int      `json:"exit"`
	// Cut says that the machine went down before the command ended.
	Cut bool `json:"cut,omitempty"`
}

// Snapshot lists the files that were observed from the start.
type Snapshot struct {
	// Roots are the folders that are observed whole.
	Roots []string    `json:"roots"`
	Files []FileState `json:"files"`
}

// Fact is a piece of evidence that a world recorded.
type Fact struct {
	World string          `json:"world"`
	Name  string          `json:"name"`
	Text  string          `json:"text"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// LimitHit says which limit ended the trial.
type LimitHit struct {
	Limit string `json:"limit"`
	Text  string `json:"text"`
}

// Problem is a failure of the surroundings: it is nobody's behaviour.
type Problem struct {
	Whose Blame  `json:"whose"`
	Text  string `json:"text"`
}

// Kind implements Body.
func (Message) Kind() string { return "message" }

// Kind implements Body.
func (ModelCall) Kind() string { return "model" }

// Kind implements Body.
func (ToolCall) Kind() string { return "tool" }

// Kind implements Body.
func (FileChange) Kind() string { return "file" }

// Kind implements Body.
func (Machine) Kind() string { return "machine" }

// Kind implements Body.
func (CommandCall) Kind() string { return "command" }

// Kind implements Body.
func (Snapshot) Kind() string { return "snapshot" }

// Kind implements Body.
func (Fact) Kind() string { return "fact" }

// Kind implements Body.
func (LimitHit) Kind() string { return "limit" }

// Kind implements Body.
func (Problem) Kind() string { return "problem" }
