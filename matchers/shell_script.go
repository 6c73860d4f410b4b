package matchers

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Bounds of what is read of a script. What lies beyond is a doubt.
const (
	maxScript   = 32 << 10  // bytes; the parser recurses, some 5 kB of stack a bracket
	maxDepth    = 6         // scripts within scripts
	maxWithin   = 256 << 10 // bytes of all scripts within one
	maxWords    = 64 << 10  // words of all commands
	maxWrappers = 64        // programs that run one another
)

// shellCommand is a simple command that a script holds.
type shellCommand struct {
	words []shellWord
	// more: further arguments may follow that the script does not show.
	more bool
	// maybe: it is not known whether the shell makes this command of its text.
	maybe bool
	in    shellInput
	// text is the command as it was written.
	text string
}

// shellScript is what a script says that it would run. It is read, never run:
// a command counts wherever it stands, whether or not control would come to it.
type shellScript struct {
	source string
	depth  int
	maybe  bool // all of its commands
	budget *shellBudget

	positional positional
	values     map[string]shellValue // variables that are set once
	opaque     bool                  // any variable may be set elsewhere
	ifs        bool                  // words are cut in another way than by blanks
	aliases    aliases

	commands []shellCommand
	// doubts are places where commands may hide.
	doubts []shellDoubt
}

// shellBudget is what is left of the bounds, for a script and those within it.
type shellBudget struct{ bytes, words int }

// readScript reads a script that bash -c is given.
func readScript(source string) *shellScript {
	s := &shellScript{source: source, budget: &shellBudget{maxWithin, maxWords}}
	s.positional = positional{words: []shellWord{"bash"}, known: true}
	s.read()
	return s
}

// spend takes words off the budget. Behind its end nothing is taken up.
func (s *shellScript) spend(words int) { s.budget.words -= words }

func (s *shellScript) read() {
	s.budget.bytes -= len(s.source)
	switch {
	case len(s.source) > maxScript:
		s.doubt("a script of %d bytes is not read", len(s.source))
		return
	case s.depth > maxDepth:
		s.doubt("scripts within scripts, more than %d deep", maxDepth)
		return
	case s.budget.bytes < 0:
		s.doubt("scripts within scripts, more than %d bytes", maxWithin)
		return
	}
	statements, err := parse(s.source)
	if err != nil {
		s.doubt("it cannot be parsed: %v", err)
	}
	s.readPositional(statements)
	s.readValues(statements)
	s.aliases.read(s, statements)
	fed := fedStatements{}
	for _, stmt := range statements {
		syntax.Walk(stmt, func(node syntax.Node) bool {
			s.visit(node, fed)
			return true
		})
	}
	if s.budget.words < 0 {
		s.doubt("it makes more than %d words", maxWords)
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

// fedStatements are those whose input comes from around them.
type fedStatements map[*syntax.Stmt]shellInput

func (f fedStatements) mark(node syntax.Node, in shellInput) {
	if len(f) > maxScript {
		return
	}
	syntax.Walk(node, func(node syntax.Node) bool {
		inner, ok := node.(*syntax.Stmt)
		if ok {
			f[inner] = in
		}
		return true
	})
}

// visit takes the commands of one node up.
func (s *shellScript) visit(node syntax.Node, fed fedStatements) {
	if s.budget.words < 0 {
		return // read says so
	}
	piped := shellInput{piped: true}
	switch n := node.(type) {
	case *syntax.BinaryCmd:
		if n.Op == syntax.Pipe || n.Op == syntax.PipeAll {
			fed.mark(n.Y, piped)
		}
	case *syntax.ProcSubst:
		if n.Op == syntax.CmdOut {
			for _, inner := range n.Stmts {
				fed.mark(inner, piped)
			}
		}
	case *syntax.CoprocClause:
		fed.mark(n.Stmt, piped)
	case *syntax.Stmt:
		in := s.input(n, fed[n])
		call, ok := n.Cmd.(*syntax.CallExpr)
		if !ok {
			if len(n.Redirs) > 0 && n.Cmd != nil && in != (shellInput{}) {
				fed.mark(n.Cmd, in)
			}
			return
		}
		words, more := s.callWords(call)
		s.run(shellCommand{words: words, more: more, in: in, text: s.textOf(n)})
		s.aliased(call, in)
	case *syntax.DeclClause:
		words := []shellWord{shellWord(n.Variant.Value)}
		for _, a := range n.Args {
			if a.Naked && a.Value != nil {
				words = append(words, s.word(a.Value))
			} else if a.Name != nil {
				words = append(words, shellWord(a.Name.Value))
			}
		}
		s.run(shellCommand{words: words, text: s.textOf(n)})
	}
}

// callWords gives the words of a call, and whether there may be others.
func (s *shellScript) callWords(call *syntax.CallExpr) (words []shellWord, more bool) {
	for _, w := range call.Args {
		list, others := s.fields(w)
		words, more = append(words, list...), more || others
	}
	return words, more
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

func (s *shellScript) input(stmt *syntax.Stmt, in shellInput) shellInput {
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

// nested reads a script that stands in a word of a command, with its arguments,
// $0 first; nil if they are not known.
func (s *shellScript) nested(script shellWord, c shellCommand, arguments []shellWord) {
	if !script.known() {
		s.doubt("what it runs is known only when it runs: %s", c.text)
		return
	}
	inner := &shellScript{source: string(script), depth: s.depth + 1, maybe: s.maybe || c.maybe, budget: s.budget}
	inner.positional = positional{words: arguments, known: arguments != nil && !c.more}
	inner.read()
	s.commands = append(s.commands, inner.commands...)
	s.doubts = append(s.doubts, inner.doubts...)
}
