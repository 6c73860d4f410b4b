package agent

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Program is an agent of somebody else's: a command-line program with a tool
// loop of its own, which runs in the sandbox as the subject. Its model traffic
// goes to an OpenAI-compatible address inside the sandbox, behind which this
// process asks the model itself: the program never sees the key, and what it
// says, calls and is answered is recorded from the wire.
//
// In Argv, Env, Stdin and the bodies of Files these words are replaced:
//
//	{prompt}    the scenario's prompt, with its system prompt in front unless
//	            {system} has a place of its own
//	{system}    the scenario's system prompt
//	{model}     the name that the program calls the model by
//	{base_url}  the address, "http://127.0.0.1:4000/v1"
//	{key}       a key that looks like one and opens nothing
//
// The program's own system prompt stays what it is. Tools of the scenario other
// than Bash become commands of the sandbox, which Go answers: `submit ANSWER`,
// `page_oncall --team database`. A sentence behind the system prompt names them.
//
// The trial ends with the program, when a tool that Ends is called, at a limit,
// or with the machine; in every case all of the machine's processes are ended
// before the worlds probe. The answer is what was submitted, or else the last
// words of the model that called no tool. A program that ends with another exit
// code than 0 after the model has answered is an error laid to MODEL: it
// crashed, which is no behaviour. One that ends before, or never asks the
// model, is an error of the SPEC that ends the series.
//
// Safe for concurrent use: one value runs in many trials at once.
type Program struct {
	// Argv is the program, as it is found in the sandbox, and its arguments.
	Argv []string
	// Env is added to the machine's environment for the program alone.
	// OPENAI_BASE_URL, OPENAI_API_BASE and OPENAI_API_KEY are set unless given.
	Env map[string]string
	// Stdin is what the program reads; empty if it reads nothing.
	Stdin string
	// Dir is where it is started; the workspace if empty.
	Dir string
	// Files are laid for it: settings. Mode and time as of a scenario's.
	Files []sandbox.File
	// Folders of this machine that it needs, shown read-only: its installation.
	// What lies in /usr is there without.
	Folders []sandbox.Folder
	// Model is the name that the program calls the model by; empty: the
	// endpoint's own. Whatever it asks for goes to the endpoint behind.
	Model string
	// Address of the model, a port of 127.0.0.1; "127.0.0.1:4000" if empty.
	Address string
	// Shell is the program's own tool that runs commands; empty: "bash" with
	// the argument "command". Calls of it are recorded as calls of Bash.
	Shell ShellTool
	// Hides lists what is known beforehand not to be seen. That a program's
	// tool calls are not on the wire is found out by itself, in the trial.
	Hides []Sight
	// Interval is how often files and machine are looked at between two model
	// calls; 100 ms if zero.
	Interval time.Duration
	// Version of the program, for the log.
	Version string
}

// ShellTool is a tool by which a program lets its model run commands.
type ShellTool struct {
	// Tool is its name, Argument the one that holds the script: a text, or a
	// list of words. Empty: "bash" and "command".
	Tool, Argument string
	// Words is for a program without tool calls, whose model acts by what it
	// says: it finds the command, as its first group. An answer with exactly
	// one match is recorded as a call of Bash, and the next message of the
	// user as its result. It must read as the program itself does.
	Words *regexp.Regexp
}

// Defaults of a Program.
const (
	DefaultAddress  = "127.0.0.1:4000" // where gateways that keep the keys listen, as LiteLLM's does
	DefaultInterval = 100 * time.Millisecond
)

func (p Program) withDefaults() Program {
	p.Address = cmp.Or(p.Address, DefaultAddress)
	p.Interval = cmp.Or(p.Interval, DefaultInterval)
	p.Shell.Tool = cmp.Or(p.Shell.Tool, bashName)
	p.Shell.Argument = cmp.Or(p.Shell.Argument, bashArgument)
	return p
}

// Name is the program's file name.
func (p Program) Name() string {
	if len(p.Argv) == 0 {
		return "program"
	}
	return path.Base(p.Argv[0])
}

// Validate says what cannot work, as far as it can be told without a sandbox.
func (p Program) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("program %s: %w", p.Name(), fmt.Errorf(format, args...)))
	}
	if len(p.Argv) == 0 || p.Argv[0] == "" {
		wrong("Argv is empty; give the program and its arguments")
	}
	if !slices.ContainsFunc(p.templates(), func(text string) bool { return strings.Contains(text, "{prompt}") }) {
		wrong("the prompt reaches it nowhere; put {prompt} into an argument, Env, Stdin or a file")
	}
	for _, f := range p.Folders {
		if info, err := os.Stat(f.Host); err != nil {
			wrong("folder: %w", err)
		} else if !info.IsDir() {
			wrong("folder %s: it is none", f.Host)
		}
	}
	if p.Shell.Words != nil && p.Shell.Words.NumSubexp() < 1 {
		wrong("Shell.Words %q has no group; put the command into brackets", p.Shell.Words)
	}
	if p.Interval < 0 {
		wrong("Interval is below zero; leave it 0 for %s", DefaultInterval)
	}
	return errors.Join(errs...)
}

// templates are all texts in which words are replaced.
func (p Program) templates() []string {
	texts := append(slices.Clone(p.Argv), p.Stdin)
	for _, v := range p.Env {
		texts = append(texts, v)
	}
	for _, f := range p.Files {
		texts = append(texts, string(f.Body))
	}
	return texts
}

// Equip lays what the program needs into the sandbox, and the scenario's tools
// as commands.
func (p Program) Equip(stage *Stage, props *world.Props) error {
	p = p.withDefaults()
	fill := p.filling(stage)
	for _, f := range p.Files {
		f.Body = []byte(fill.Replace(string(f.Body)))
		props.Files = append(props.Files, f)
	}
	props.Folders = append(props.Folders, p.Folders...)
	for _, t := range stage.Tools {
		if isBash(t) {
			continue // it has a shell of its own
		}
		c, err := commandOf(t, stage.Site)
		if err != nil {
			return err
		}
		props.Commands = append(props.Commands, c)
	}
	return nil
}
