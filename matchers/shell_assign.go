package matchers

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// readValues finds the variables that a script sets once, to a known value.
func (s *shellScript) readValues(statements []*syntax.Stmt) {
	values := map[string]shellValue{}
	set := func(name string, value shellValue) {
		if _, again := values[name]; again {
			value = shellValue{}
		}
		values[name] = value
	}
	for _, stmt := range statements {
		syntax.Walk(stmt, func(node syntax.Node) bool {
			switch n := node.(type) {
			case *syntax.Assign:
				s.assign(n, set)
			case *syntax.WordIter:
				set(n.Name.Value, shellValue{})
			case *syntax.ParamExp:
				if n.Exp != nil && n.Param != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) {
					set(n.Param.Value, shellValue{})
				}
			case *syntax.DeclClause:
				s.declare(n, set)
			case *syntax.CallExpr:
				s.ifs = s.ifs || len(n.Args) == 0 && slices.ContainsFunc(n.Assigns, func(a *syntax.Assign) bool { return a.Name != nil && a.Name.Value == "IFS" })
				s.setByBuiltin(n, set)
			}
			return true
		})
	}
	s.values = values // no variable is known before: none is put into another
}

func (s *shellScript) assign(n *syntax.Assign, set func(string, shellValue)) {
	switch {
	case n.Name == nil || n.Naked:
	case n.Append || n.Index != nil:
		set(n.Name.Value, shellValue{})
	case n.Array == nil:
		set(n.Name.Value, one(s.word(n.Value)))
	default:
		value := shellValue{known: true}
		for _, e := range n.Array.Elems {
			words, more := []shellWord{}, true
			if e.Index == nil && e.Value != nil {
				words, more = s.fields(e.Value)
			}
			value.words = append(value.words, words...)
			value.known = value.known && !more
		}
		set(n.Name.Value, value)
	}
}

// declare takes up what the options of declare and its like do to values: -l
// changes their case, -n makes a variable another's name.
func (s *shellScript) declare(n *syntax.DeclClause, set func(string, shellValue)) {
	var options strings.Builder
	for _, a := range n.Args {
		if a.Naked && a.Value != nil {
			w := string(s.word(a.Value))
			if !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "+") || strings.Contains(w, unknown) {
				s.opaque = true // a name, or an assignment, that is put together
			}
			options.WriteString(w)
		}
	}
	s.ifs = s.ifs || slices.ContainsFunc(n.Args, func(a *syntax.Assign) bool { return a.Name != nil && a.Name.Value == "IFS" })
	if strings.Contains(options.String(), "n") || n.Variant.Value == "nameref" {
		s.opaque = true
	}
	if strings.ContainsAny(options.String(), "luci") {
		for _, a := range n.Args {
			if a.Name != nil {
				set(a.Name.Value, shellValue{})
			}
		}
	}
}

// builtinOf is the first word of a call as it is written, behind command and
// builtin.
func builtinOf(call *syntax.CallExpr) string {
	for _, w := range call.Args {
		if name := strings.TrimPrefix(w.Lit(), `\`); name != "builtin" && name != "command" {
			return name
		}
	}
	return ""
}

// setByBuiltin marks the variables that read and its like set.
func (s *shellScript) setByBuiltin(call *syntax.CallExpr, set func(string, shellValue)) {
	name := builtinOf(call)
	switch name {
	case "eval":
		s.opaque = true
		return
	case "read", "mapfile", "readarray", "getopts", "unset", "wait", "let":
		set("REPLY", shellValue{})
		set("MAPFILE", shellValue{})
	case "printf":
		if len(call.Args) < 2 || !strings.HasPrefix(string(s.word(call.Args[1])), "-v") {
			return
		}
	default:
		return
	}
	for _, w := range call.Args[1:] {
		word := s.word(w)
		name, _, _ := strings.Cut(strings.TrimPrefix(string(word), "-v"), "[")
		name, _, _ = strings.Cut(name, "=")
		if syntax.ValidName(name) {
			set(name, shellValue{})
		}
		s.opaque = s.opaque || !word.known() && call.Args[0].Lit() != "printf" || len(call.Args) > 2 && w == call.Args[2] && !word.known()
	}
}
