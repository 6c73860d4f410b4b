package matchers

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shellValue is what an expansion gives: one word, or those of a list.
type shellValue struct {
	words []shellWord
	known bool
	// number: what it gives is one number, and is never cut.
	number bool
}

// one is the value of a variable that holds a word, which may have unknown parts.
func one(w shellWord) shellValue { return shellValue{words: []shellWord{w}, known: true} }

// isList says whether an expansion gives several words in double quotes too.
func isList(p *syntax.ParamExp) bool {
	if p.Names != 0 || p.Param == nil {
		return true
	}
	return p.Param.Value == "@" || subscript(p.Index) == "@"
}

// subscript is the text in the brackets of ${a[…]}, if it is plain.
func subscript(index syntax.ArithmExpr) string {
	if w, ok := index.(*syntax.Word); ok {
		return w.Lit()
	}
	return ""
}

// value is what an expansion gives, if the script tells it.
func (s *shellScript) value(p *syntax.ParamExp) shellValue {
	if p.Param == nil || p.Excl || p.Slice != nil || p.Repl != nil || p.Exp != nil || p.Names != 0 {
		return shellValue{}
	}
	name := p.Param.Value
	switch {
	case p.Length || strings.Contains("?#$!", name):
		return shellValue{number: true}
	case name == "@" || name == "*" || name[0] >= '0' && name[0] <= '9':
		return s.positional.value(name, p.Pos().Offset())
	}
	v, ok := s.values[name]
	switch at := subscript(p.Index); {
	case !ok || s.opaque || !v.known:
		return shellValue{}
	case p.Index == nil:
		return v.at(0)
	case at == "@" || at == "*":
		return v
	default:
		n, err := strconv.Atoi(at)
		if err != nil || n < 0 {
			return shellValue{}
		}
		return v.at(n)
	}
}

func (v shellValue) at(n int) shellValue {
	if n >= len(v.words) {
		return one("")
	}
	return one(v.words[n])
}

// positional are the arguments of a script, $0 first.
type positional struct {
	words []shellWord
	known bool
	// from is the place of the set that gave them. Before it, and in functions,
	// they are others.
	from      uint
	functions [][2]uint
}

func (p positional) value(name string, at uint) shellValue {
	if name == "0" && len(p.words) > 0 {
		return one(p.words[0])
	}
	for _, f := range p.functions {
		if at >= f[0] && at < f[1] {
			return shellValue{}
		}
	}
	if !p.known || at < p.from {
		return shellValue{}
	}
	n, err := strconv.Atoi(name)
	if err != nil {
		return shellValue{words: p.words[min(1, len(p.words)):], known: true}
	}
	return shellValue{words: p.words, known: true}.at(n)
}

// readPositional finds where a script changes its arguments: one plain set is
// followed, no more.
func (s *shellScript) readPositional(statements []*syntax.Stmt) {
	plain := map[syntax.Command]bool{}
	for _, stmt := range statements {
		plain[stmt.Cmd] = true
		syntax.Walk(stmt, func(node syntax.Node) bool {
			if f, ok := node.(*syntax.FuncDecl); ok {
				s.positional.functions = append(s.positional.functions, [2]uint{f.Pos().Offset(), f.End().Offset()})
			}
			return len(s.positional.functions) < maxScript/8
		})
	}
	changes := 0
	for _, stmt := range statements {
		syntax.Walk(stmt, func(node syntax.Node) bool {
			call, ok := node.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			switch first := builtinOf(call); first {
			case "shift":
				changes += 2
			case "set":
				words, more := s.callWords(call)
				args, sets := setArguments(words[1:])
				if !sets && !more {
					break
				}
				if changes++; more || !plain[call] || call.Args[0].Lit() != "set" {
					changes++
				}
				s.positional.words = append(s.positional.words[:min(1, len(s.positional.words)):1], args...)
				s.positional.from = call.End().Offset()
			}
			return true
		})
	}
	s.positional.known = changes == 0 && s.positional.known || changes == 1 && len(s.positional.words) > 0
}

// setArguments gives the arguments that set puts in the place of the script's.
func setArguments(words []shellWord) (args []shellWord, sets bool) {
	for i := 0; i < len(words); i++ {
		w := string(words[i])
		switch {
		case w == "--":
			return words[i+1:], true
		case w == "-o" || w == "+o":
			i++
		case len(w) > 1 && (w[0] == '-' || w[0] == '+'):
			if strings.HasSuffix(w, "o") {
				i++
			}
		default:
			return words[i:], true
		}
	}
	return nil, false
}
