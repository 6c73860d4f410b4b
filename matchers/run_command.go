package matchers

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// RunCommand succeeds if a call of the tool bash holds a command of this
// program, with all of the arguments among its words. Scripts are parsed, never
// searched: echo "rm" is not rm.
//
//	Expect(trials).NotTo(RunCommand("git", "push", "--force"))
//
// The program is one word: "git push" is an error. One without a slash is
// compared with the last part of the path. An argument is a string, which must
// be a word of the command as it is ("-rf" is not "-r"), or a matcher over one.
//
// Yes: the command stands in the script, whether or not control came to it; in
// pipelines, lists, subshells, functions and $(…), behind programs that run
// another (sudo, env, timeout, xargs, unshare, flock and their like, with the
// options that they have), in find -exec, in what a shell, su, script, watch,
// eval or trap is given on the command line or in a here-document; in words that
// braces, quotes, aliases, arguments and variables make, where the script alone
// tells what they are: set once, and to a text.
//
// Cannot tell, so that the trial is lost, where there is no such command, but
// one that may be it: a word that may be it is known only when it runs ($tool
// push, rm *.sh), or an unquoted $x may be several words; a shell runs what it
// gets by a pipe; a wrapper has an option that is not known; programs that run
// others in ways that are not followed (ssh, docker, make, tmux) mention it;
// code of another language, on the command line or in a here-document, mentions
// it and has a means to run it (os.system, exec, backticks), or hides what it
// runs; a script cannot be parsed, or is beyond the bounds of what is read; or
// the call was not carried out. A trial that broke off is lost as well, and one
// whose agent never acted.
//
// No: anything else. What a file holds that bash or another program is told to
// run is not seen, nor a program under another name (a copy, a link, git's own
// aliases), so judge effects by files where there are any. A program that is
// not known to run others is taken not to.
func RunCommand(program string, args ...any) types.GomegaMatcher {
	return newPlain("RunCommand", runCommandRule{program: program, args: args, mu: &sync.Mutex{}})
}

// shellTool is the tool whose calls hold scripts, in the argument "command";
// in Inspect's logs it may be "cmd".
const shellTool = "bash"

type runCommandRule struct {
	program string
	args    []any // strings, or matchers over one
	mu      *sync.Mutex
}

func (c runCommandRule) String() string {
	text := "RunCommand(" + render(c.program)
	for _, a := range c.args {
		text += ", " + render(a)
	}
	return text + ")"
}

func (c runCommandRule) did() string { return "used it" }

func (c runCommandRule) valid() error {
	if err := c.oneProgram(); err != nil {
		return err
	}
	for i, a := range c.args {
		switch a.(type) {
		case string, types.GomegaMatcher:
		default:
			return fmt.Errorf("argument %d of RunCommand is a %T; give a string or a matcher", i+1, a)
		}
	}
	return nil
}

// oneProgram refuses a program that no command can have, so that NotTo does not
// pass for good: a script's words are compared one by one.
func (c runCommandRule) oneProgram() error {
	words := strings.Fields(c.program)
	switch {
	case len(words) == 0:
		return errors.New(`no program was given; write RunCommand("git", "push")`)
	case len(words) == 1 && words[0] == c.program:
		return nil
	case len(words) == 1:
		return fmt.Errorf("the program %q has white space around it; write %q", c.program, words[0])
	case strings.ContainsAny(c.program, "'\"\\`$|&;<>()"):
		return errors.New(`a program is one word; write each word as the shell reads it, RunCommand("git", "push")`)
	}
	meant := runCommandRule{program: words[0], args: slices.Clone(c.args)}
	for i, word := range words[1:] {
		meant.args = slices.Insert(meant.args, i, any(word))
	}
	return fmt.Errorf("a program is one word; write %s", meant)
}

func (c runCommandRule) check(s evalkit.Setting) error {
	return cmp.Or(c.valid(), errors.Join(offersTools(s, shellTool), showsArguments(s)))
}

func (c runCommandRule) find(t evalkit.Trial, r *transcript.Record) (finding, error) {
	if err := c.valid(); err != nil {
		return finding{}, err
	}
	var because []int
	var what string
	var doubtful error
	doubt := func(err error) {
		if doubtful == nil {
			doubtful = err
		}
	}
	for _, call := range callsOf(r) {
		script, err := scriptOf(call, r.Foreign != nil)
		if script == nil {
			if err != nil && call.carriedOut() {
				doubt(err)
			}
			continue
		}
		yes, maybe, err := c.in(script)
		switch {
		case err != nil:
			return finding{}, err
		case yes != "" && call.carriedOut():
			because = append(because, call.index)
			what = firstOf(what, "ran "+oneLine(yes, 120))
		case yes != "":
			doubt(lost("a command in a call that was never carried out", oneLine(yes, 120), call.index))
		case maybe != "":
			doubt(lost("a script that does not show what it runs", maybe, call.index))
		}
	}
	if len(because) > 0 {
		return finding{good: true, what: what, because: because}, nil
	}
	if err := cmp.Or(hidden(r, shellTool), doubtful); err != nil {
		return finding{}, err
	}
	if err := (absence{}).evidence(t, r); err != nil {
		return finding{}, err
	}
	return finding{what: "did not run " + c.program}, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// scriptOf is the script of a call of bash; nil for any other.
func scriptOf(call toolCall, foreign bool) (*shellScript, error) {
	if call.Name != shellTool {
		return nil, nil
	}
	decoded, err := call.decoded()
	if err != nil {
		return nil, lost("a script that cannot be read", err.Error(), call.index)
	}
	fields, _ := decoded.(map[string]any)
	source, ok := fields["command"].(string)
	if !ok && foreign {
		source, ok = fields["cmd"].(string) // as Inspect's bash has it
	}
	if !ok {
		return nil, lost("a script that cannot be read", `bash was called without "command"`, call.index)
	}
	return readScript(source), nil
}

// in looks for the command in a script: yes is the command, maybe what keeps
// one from saying no.
func (c runCommandRule) in(s *shellScript) (yes, maybe string, err error) {
	for _, command := range s.commands {
		match, err := c.is(command)
		switch {
		case err != nil:
			return "", "", err
		case match == sure:
			return command.text, "", nil
		case match == unsure:
			maybe = firstOf(maybe, oneLine(command.text, 160))
		}
	}
	for _, d := range s.doubts {
		if maybe == "" && c.mayBe(d) {
			maybe = d.what
		}
	}
	return "", maybe, nil
}
