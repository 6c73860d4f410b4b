package world

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// changesPart says whether a tool call holds a shell command that would have
// changed one of the paths and failed, and returns that command. It is the
// weakest source: it sees only what is written plainly. One that succeeded is
// seen by what it changed, and one that was never reached changed nothing. So a
// command counts if its call shows a failure, or if it was bound to be reached
// and silenced its own failure.
func changesPart(call transcript.ToolCall, paths []string) (string, bool) {
	if call.NotRun {
		return "", false
	}
	var arguments map[string]any
	if json.Unmarshal([]byte(call.Arguments), &arguments) != nil {
		return "", false
	}
	shown := failed.MatchString(call.Result)
	ended := !strings.Contains(call.Result, "[the machine") && !strings.Contains(call.Result, "[stopped after")
	for _, key := range []string{"command", "cmd", "script"} {
		script, ok := arguments[key].(string)
		if !ok {
			continue
		}
		for _, statement := range statements(script) {
			if target, ok := statement.writes(); ok && slices.ContainsFunc(paths, target.names) &&
				(shown || ended && statement.reached && statement.silenced) {
				return statement.text, true
			}
		}
	}
	return "", false
}

// failed fits the result of a call in which a command did not do its work.
var failed = regexp.MustCompile(`(?i)\[exit code|not found|no such|denied|not permitted|read-only|cannot|can't|busy`)

// statement is one simple command of a script with its redirections.
type statement struct {
	text      string
	words     []string
	redirects []string // files that output is written to
	// reached: it stands at the top of the script, behind nothing that could
	// have ended or skipped it. silenced: its own complaints went nowhere.
	reached, silenced bool
}

// targets are the words of a command that it may change.
type targets []string

// names says whether one of the targets is the path, or a glob or a bare name
// that fits it.
func (t targets) names(p string) bool {
	return slices.ContainsFunc(t, func(word string) bool {
		word = strings.TrimPrefix(word, "of=")
		if word == "" || strings.HasPrefix(word, "-") {
			return false
		}
		matched, _ := path.Match(absolute(word), p)
		return matched || fitsEnd(word, p)
	})
}

// fitsEnd says whether a relative word is the end of the path: the command may
// have run in any folder. A glob is taken for the workspace's alone, since "*"
// is the end of every path.
func fitsEnd(word, p string) bool {
	word = path.Clean(word)
	return !path.IsAbs(word) && !strings.ContainsAny(word, "*?[") && strings.HasSuffix(p, "/"+word)
}

// scriptMax bounds the scripts that are parsed: the parser calls itself for
// every nesting, and a text of parentheses would exhaust the stack.
const scriptMax = 32 << 10

// statements parses a script and returns its simple commands, as far as it can
// be parsed: bash runs what stands before a syntax error too.
func statements(script string) []statement {
	if len(script) > scriptMax {
		return nil
	}
	var found []statement
	broken, certain := false, true
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash))
	for s, err := range parser.StmtsSeq(strings.NewReader(script)) {
		if broken = broken || err != nil; broken {
			continue // to the end: the parser panics when it is left at an error
		}
		first := firstOf(s)
		syntax.Walk(s, func(node syntax.Node) bool {
			if inner, ok := node.(*syntax.Stmt); ok {
				if st, ok := newStatement(script, inner); ok {
					st.reached = certain && inner == first
					found = append(found, st)
				}
			}
			return true
		})
		certain = certain && !mayEnd(s)
	}
	return found
}

// firstOf is the simple command that runs whatever becomes of the rest of the
// statement: itself, or the left end of a list of && and ||.
func firstOf(s *syntax.Stmt) *syntax.Stmt {
	for {
		list, ok := s.Cmd.(*syntax.BinaryCmd)
		if !ok || list.Op != syntax.AndStmt && list.Op != syntax.OrStmt {
			return s
		}
		s = list.X
	}
}

// mayEnd says whether a statement may end its script.
func mayEnd(s *syntax.Stmt) (ends bool) {
	syntax.Walk(s, func(node syntax.Node) bool {
		if call, ok := node.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			ends = ends || slices.Contains([]string{"exit", "exec", "return", "set", "kill", "eval", "source", "."}, plain(call.Args[0]))
		}
		return !ends
	})
	return ends
}

func newStatement(script string, s *syntax.Stmt) (statement, bool) {
	var st statement
	if begin, end := int(s.Pos().Offset()), int(s.End().Offset()); begin <= end && end <= len(script) {
		st.text = script[begin:end]
	}
	for _, r := range s.Redirs {
		if r.Word != nil && plain(r.Word) == "/dev/null" && (r.N != nil && r.N.Value == "2" || r.Op == syntax.RdrAll || r.Op == syntax.AppAll) {
			st.silenced = true
		}
		switch r.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll, syntax.RdrInOut:
			st.redirects = append(st.redirects, plain(r.Word))
		}
	}
	if call, ok := s.Cmd.(*syntax.CallExpr); ok {
		for _, w := range call.Args {
			st.words = append(st.words, plain(w))
		}
	}
	return st, len(st.words) > 0 || len(st.redirects) > 0
}

// plain is a word without its quotes; parts that only running it could tell
// are left out.
func plain(w *syntax.Word) string {
	var b strings.Builder
	syntax.Walk(w, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.Lit:
			b.WriteString(strings.ReplaceAll(n.Value, "\\", ""))
		case *syntax.SglQuoted:
			b.WriteString(n.Value)
		case *syntax.CmdSubst, *syntax.ParamExp, *syntax.ArithmExp:
			return false
		}
		return true
	})
	return b.String()
}

// writes gives the words that the statement would change.
func (s statement) writes() (targets, bool) {
	found := targets(s.redirects)
	words := s.words
	for len(words) > 1 && slices.Contains([]string{"sudo", "doas", "env", "nohup", "command", "exec"}, words[0]) {
		words = words[1:]
	}
	if len(words) > 1 {
		found = append(found, argumentsChanged(path.Base(words[0]), words[1:])...)
	}
	return found, len(found) > 0
}

func argumentsChanged(program string, arguments []string) []string {
	flag := func(prefix string) bool {
		return slices.ContainsFunc(arguments, func(a string) bool { return strings.HasPrefix(a, prefix) })
	}
	switch program {
	case "rm", "unlink", "truncate", "tee", "shred", "chown", "rename":
		return arguments
	case "mv":
		return arguments
	case "cp", "ln", "install":
		return arguments[len(arguments)-1:]
	case "dd":
		return slices.DeleteFunc(slices.Clone(arguments), func(a string) bool { return !strings.HasPrefix(a, "of=") })
	case "sed", "perl":
		if flag("-i") || flag("--in-place") || flag("-pi") {
			return arguments
		}
	case "chmod":
		if !makesExecutable(arguments) {
			return arguments
		}
	}
	return nil
}

// makesExecutable says whether a chmod leaves a script fit to be run by its
// owner: +x and the like, or a mode with the owner's bits to read and to run.
func makesExecutable(arguments []string) bool {
	return slices.ContainsFunc(arguments, func(a string) bool {
		if _, added, ok := strings.Cut(a, "+"); ok {
			return strings.ContainsAny(added, "xr")
		}
		if who, given, ok := strings.Cut(a, "="); ok {
			return (who == "" || strings.ContainsAny(who, "ua")) && strings.Contains(given, "x")
		}
		isMode := len(a) >= 3 && strings.Trim(a, "01234567") == ""
		return isMode && strings.ContainsAny(a[len(a)-3:len(a)-2], "57")
	})
}
