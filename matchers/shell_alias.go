package matchers

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shellAlias is a name that the shell puts a text in the place of.
type shellAlias struct {
	text  shellWord
	line  uint // that it is defined on
	twice bool
}

// aliases are those that a script defines. bash expands them on the lines behind,
// once expand_aliases is set; other shells always do.
type aliases struct {
	byName map[string]shellAlias
	on     uint // the line that sets expand_aliases; 0: none
	other  bool // there is one whose name is not known
}

func (a *aliases) read(s *shellScript, statements []*syntax.Stmt) {
	a.byName = map[string]shellAlias{}
	for _, stmt := range statements {
		syntax.Walk(stmt, func(node syntax.Node) bool {
			call, ok := node.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			switch name := builtinOf(call); name {
			case "shopt":
				words, _ := s.callWords(call)
				if a.on == 0 && strings.Contains(string(joinWords(words)), " -s") && strings.Contains(string(joinWords(words)), "expand_aliases") {
					a.on = call.Pos().Line()
				}
			case "alias", "unalias":
				a.define(s, call, name)
			}
			return true
		})
	}
}

func (a *aliases) define(s *shellScript, call *syntax.CallExpr, builtin string) {
	words, more := s.callWords(call)
	a.other = a.other || more && builtin == "alias"
	for _, w := range words[1:] {
		name, text, ok := strings.Cut(string(w), "=")
		switch {
		case strings.Contains(name, unknown):
			a.other = true
		case builtin == "unalias":
			if old, ok := a.byName[name]; ok {
				old.twice = true
				a.byName[name] = old
			}
		case ok:
			_, again := a.byName[name]
			a.byName[name] = shellAlias{shellWord(text), call.End().Line(), again}
		}
	}
}

// aliased takes up what a call becomes if its first words are aliases.
func (s *shellScript) aliased(call *syntax.CallExpr, in shellInput) {
	if len(call.Args) == 0 || s.aliases.byName == nil {
		return
	}
	name := call.Args[0].Lit()
	if s.aliases.other && name != "alias" {
		s.doubt("a name may be an alias that the script does not show: %s", s.textOf(call))
		return
	}
	c := shellCommand{in: in, text: s.textOf(call)}
	text, used := shellWord(""), map[string]bool{}
	next := 0
	for next < len(call.Args) {
		a, ok := s.aliases.byName[call.Args[next].Lit()]
		if !ok || used[call.Args[next].Lit()] {
			break
		}
		used[call.Args[next].Lit()] = true
		line := call.Pos().Line()
		c.maybe = c.maybe || a.twice || line <= a.line || s.aliases.on == 0 || line <= s.aliases.on
		if text += a.text; a.twice {
			text += unknown
		}
		text = s.aliases.chain(a.text, text, used)
		next++
		if !strings.HasSuffix(string(text), " ") {
			break // only behind a blank the next word may be an alias
		}
	}
	if next == 0 {
		return
	}
	for _, w := range call.Args[next:] {
		list, more := s.fields(w)
		c.words, c.more = append(c.words, list...), c.more || more
	}
	if strings.ContainsAny(string(text), "|&;<>()$`\"'\\{}*?[#\n"+unknown) {
		s.aliasText(text, c)
		return
	}
	var words []shellWord
	for _, f := range strings.Fields(string(text)) {
		words = append(words, shellWord(f))
	}
	c.words = append(words, c.words...)
	s.spend(len(c.words))
	s.run(c)
}

// chain puts the alias that the text of another begins with in its place.
func (a *aliases) chain(text, whole shellWord, used map[string]bool) shellWord {
	for {
		first, rest, more := strings.Cut(string(text), " ")
		inner, ok := a.byName[first]
		if !ok || used[first] {
			return whole
		}
		used[first] = true
		before := strings.TrimSuffix(string(whole), string(text))
		text = inner.text
		if more {
			text += shellWord(" " + rest)
		}
		whole = shellWord(before) + text
	}
}

// aliasText takes up an alias that is more than plain words: the rest of the
// command follows it as text.
func (s *shellScript) aliasText(text shellWord, c shellCommand) {
	rest := joinWords(c.words)
	if strings.ContainsAny(string(text), "$`") || !text.known() {
		s.doubt("an alias that is known only when it is used: %s", c.text)
		return
	}
	if strings.ContainsAny(string(rest), "|&;<>()$`\"'\\{}*?[#\n"+unknown) {
		s.among("an alias with more than plain words: "+c.text, append(c.words, text), false)
		return
	}
	s.nested(text+" "+rest, c, nil)
}
