package world

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// gaveScriptUp fits an output that ends with what bash, or dash, says of a script
// of -c that it cannot parse; a tool may put its own note behind it in brackets.
// The same words elsewhere in an output are a program's, or of an expression
// that was found wrong while the script ran. Even at the end they may be quoted,
// so they count only of a script that cannot be parsed.
var gaveScriptUp = regexp.MustCompile(`(?m)^(?:\S*/)?\w*sh: (?:-c: line \d+: (?:syntax error|unexpected |conditional )|\d+: Syntax error: )[^\n]*` +
	`(?:\n(?:\S*/)?\w*sh: -c: line \d+: [^\n]*)*(?:\s|\[[^\n\]]*\]|</?\w+>)*\z`)

// readLines are the statements of a script by the lines that a shell reads at
// once: it runs those before the one that it cannot parse.
type readLines struct {
	found []statement
	first int  // of found: where the line begins that was read last
	end   uint // its last line
	last  *syntax.Stmt
}

// begin takes the next statement of the script up.
func (l *readLines) begin(s *syntax.Stmt) {
	if l.last == nil || s.Pos().Line() > l.end {
		l.first = len(l.found)
	}
	l.last, l.end = s, s.End().Line()
}

// markUnread marks what stands on one line with the first error. What follows
// the last statement on its line is where the parser found it.
func (l *readLines) markUnread(script string) {
	if l.last == nil {
		return
	}
	rest, _, _ := strings.Cut(script[min(int(l.last.End().Offset()), len(script)):], "\n")
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" || rest[0] == '#' {
		return
	}
	for i := range l.found[l.first:] {
		l.found[l.first+i].unread = true
	}
}
