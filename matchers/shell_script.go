package matchers

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Bounds of what is read of a script. What lies beyond is a doubt.
const (
	maxScript = 32 << 10 // bytes; the parser recurses, some 5 kB of stack a bracket
	maxDepth  = 6        // scripts within scripts
)

// shellCommand is a simple command that a script holds.
type shellCommand struct {
	words []shellWord
	// more: further arguments follow that the script does not show.
	more bool
	// text is the command as it was written.
	text string
}

// shellScript is what a script says that it would run. It is read, never run:
// a command counts wherever it stands, whether or not control would come to it.
type shellScript struct {
	source   string
	depth    int
	values   map[string]shellWord // variables that are set once, to a known value
	commands []shellCommand
	// doubts are places where commands may hide.
	doubts []string
}

// readScript reads a script for bash.
func readScript(source string) *shellScript {
	s := &shellScript{source: source}
	s.read()
	return s
}

func (s *shellScript) doubt(format string, args ...any) {
	if len(s.doubts) < 8 {
		s.doubts = append(s.doubts, oneLine(fmt.Sprintf(format, args...), 160))
	}
}

func (s *shellScript) read() {
	if len(s.source) > maxScript {
		s.doubt("a script of %d bytes is not read", len(s.source))
		return
	}
	if s.depth > maxDepth {
		s.doubt("scripts within scripts, more than %d deep", maxDepth)
		return
	}
	statements, err := parse(s.source)
	if err != nil {
		s.doubt("it cannot be parsed: %v", err)
	}
	s.values = assignments(s, statements)
	piped := map[*syntax.Stmt]bool{}
	for _, stmt := range statements {
		syntax.Walk(stmt, func(node syntax.Node) bool {
			s.visit(node, piped)
			return true
		})
	}
}

// parse gives the statements before the first error, and that error. It ranges
// to the end in any case: Parser.Stmts, and a loop that is left at an error,
// panic on some scripts (mvdan.cc/sh v3.14.1 yields the error once more).
func parse(source string) ([]*syntax.Stmt, error) {
	var statements []*syntax.Stmt
	var first error
	parser := syntax.NewParser(syntax.Variant(syntax.LangBash))
	for stmt, err := range parser.StmtsSeq(strings.NewReader(source)) {
		switch {
		case first != nil:
		case err != nil:
			first = err
		default:
			statements = append(statements, stmt)
		}
	}
	return statements, first
}

// visit takes the commands of one node up.
func (s *shellScript) visit(node syntax.Node, piped map[*syntax.Stmt]bool) {
	switch n := node.(type) {
	case *syntax.BinaryCmd:
		if n.Op == syntax.Pipe || n.Op == syntax.PipeAll {
			syntax.Walk(n.Y, func(node syntax.Node) bool {
				if inner, ok := node.(*syntax.Stmt); ok {
					piped[inner] = true
				}
				return true
			})
		}
	case *syntax.Stmt:
		call, ok := n.Cmd.(*syntax.CallExpr)
		if !ok {
			return
		}
		var words []shellWord
		for _, w := range call.Args {
			words = append(words, s.words(w)...)
		}
		s.command(words, s.input(n, piped[n]), s.textOf(n))
	case *syntax.DeclClause:
		words := []shellWord{shellWord(n.Variant.Value)}
		for _, a := range n.Args {
			if a.Naked && a.Value != nil {
				words = append(words, s.word(a.Value))
			} else if a.Name != nil {
				words = append(words, shellWord(a.Name.Value))
			}
		}
		s.command(words, shellInput{}, s.textOf(n))
	}
}

// textOf is a node as it stands in the script.
func (s *shellScript) textOf(n syntax.Node) string {
	begin, end := int(n.Pos().Offset()), int(n.End().Offset())
	if begin > end || end > len(s.source) {
		return ""
	}
	return s.source[begin:end]
}

// shellInput is what a command reads.
type shellInput struct {
	// text is a here-document or here-string, if given.
	text  shellWord
	given bool
	// piped: the output of another command.
	piped bool
}

func (s *shellScript) input(stmt *syntax.Stmt, piped bool) shellInput {
	in := shellInput{piped: piped}
	for _, r := range stmt.Redirs {
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			in = shellInput{text: s.document(r), given: true}
		case syntax.WordHdoc:
			in = shellInput{text: s.word(r.Word), given: true}
		case syntax.RdrIn:
			in = shellInput{}
		}
	}
	return in
}

// document is the text of a here-document. Behind a quoted delimiter it stands
// as it is.
func (s *shellScript) document(r *syntax.Redirect) shellWord {
	if r.Hdoc == nil {
		return ""
	}
	quoted := len(r.Word.Parts) != 1 || r.Word.Lit() == "" || strings.Contains(r.Word.Lit(), "\\")
	var b strings.Builder
	for _, part := range r.Hdoc.Parts {
		if lit, ok := part.(*syntax.Lit); ok && quoted {
			b.WriteString(strings.ReplaceAll(lit.Value, unknown, ""))
			continue
		}
		b.WriteString(s.part(part, true))
	}
	return shellWord(b.String())
}

// nested reads a script that stands in a word of this one.
func (s *shellScript) nested(script shellWord, text string) {
	if !script.known() {
		s.doubt("what it runs is known only when it runs: %s", text)
		return
	}
	inner := &shellScript{source: string(script), depth: s.depth + 1}
	inner.read()
	s.commands = append(s.commands, inner.commands...)
	for _, d := range inner.doubts {
		s.doubt("%s", d)
	}
}

// assignments finds the variables that a script sets once, to a known value.
func assignments(s *shellScript, statements []*syntax.Stmt) map[string]shellWord {
	values := map[string]shellWord{}
	set := func(name string, value shellWord) {
		if _, again := values[name]; again {
			value = unknown
		}
		values[name] = value
	}
	for _, stmt := range statements {
		syntax.Walk(stmt, func(node syntax.Node) bool {
			switch n := node.(type) {
			case *syntax.Assign:
				if n.Name == nil || n.Naked {
					break
				}
				if n.Append || n.Array != nil || n.Index != nil {
					set(n.Name.Value, unknown)
				} else {
					set(n.Name.Value, s.word(n.Value)) // s.values is empty yet: no variable is known
				}
			case *syntax.WordIter:
				set(n.Name.Value, unknown)
			case *syntax.CallExpr:
				setByBuiltin(n, set)
			}
			return true
		})
	}
	return values
}

// setByBuiltin marks the variables that read and its like set.
func setByBuiltin(call *syntax.CallExpr, set func(string, shellWord)) {
	if len(call.Args) == 0 {
		return
	}
	switch call.Args[0].Lit() {
	case "read", "mapfile", "readarray", "printf", "getopts", "unset", "eval", "source", ".":
		for _, w := range call.Args[1:] {
			if name := w.Lit(); syntax.ValidName(name) {
				set(name, unknown)
				set(name, unknown)
			}
		}
	}
}

// variable is the value of $name or ${name}, if the script tells it.
func (s *shellScript) variable(p *syntax.ParamExp) shellWord {
	plain := !p.Excl && !p.Length && p.Index == nil && p.Slice == nil && p.Repl == nil && p.Exp == nil && p.Names == 0
	if value, ok := s.values[nameOf(p)]; ok && plain {
		return value
	}
	return unknown
}

func nameOf(p *syntax.ParamExp) string {
	if p.Param == nil {
		return ""
	}
	return p.Param.Value
}
