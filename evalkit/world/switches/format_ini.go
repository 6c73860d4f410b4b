package switches

import (
	"fmt"
	"strings"
)

// section is a part of an INI file, in the order of its lines. A key may be
// there several times.
type section struct {
	name  string
	pairs [][2]string
}

// parseSections reads what is common to INI and unit files.
func parseSections(text []byte, continued bool) ([]section, error) {
	all := []section{{}}
	held := ""
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if held == "" && (line == "" || line[0] == '#' || line[0] == ';') {
			continue
		}
		if held != "" && line != "" && (line[0] == '#' || line[0] == ';') {
			continue // a comment within a continued line
		}
		line = held + line
		held = ""
		if cut, ok := strings.CutSuffix(line, `\`); ok && continued {
			held = strings.TrimSpace(cut) + " "
			continue
		}
		if err := addLine(&all, line, number); err != nil {
			return nil, err
		}
	}
	if strings.TrimSpace(held) != "" {
		return all, addLine(&all, strings.TrimSpace(held), number)
	}
	return all, nil
}

func addLine(all *[]section, line string, number int) error {
	if line == "" {
		return nil
	}
	if line[0] == '[' {
		name, ok := strings.CutSuffix(line[1:], "]")
		if !ok {
			return fmt.Errorf("line %d: a section without its bracket", number)
		}
		*all = append(*all, section{name: strings.TrimSpace(name)})
		return nil
	}
	at := strings.IndexAny(line, "=:")
	if at < 1 {
		return fmt.Errorf("line %d: neither a section nor a key with a value", number)
	}
	last := &(*all)[len(*all)-1]
	last.pairs = append(last.pairs, [2]string{strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:])})
	return nil
}

func parseINI(text []byte) (any, error) {
	sections, err := parseSections(text, false)
	if err != nil {
		return nil, err
	}
	tree := map[string]any{}
	for _, s := range sections {
		for _, p := range s.pairs {
			within(tree, s.name)[p[0]] = unquoted(p[1])
		}
	}
	return tree, nil
}

// within gives the map of a section.
func within(tree map[string]any, name string) map[string]any {
	if name == "" {
		return tree
	}
	m, ok := tree[name].(map[string]any)
	if !ok {
		m = map[string]any{}
		tree[name] = m
	}
	return m
}

// unquoted takes the quotes off a value, and a comment behind it: one that a
// space parts from it.
func unquoted(v string) string {
	if v != "" && (v[0] == '"' || v[0] == '\'') {
		if end := strings.IndexByte(v[1:], v[0]); end >= 0 {
			if rest := strings.TrimSpace(v[end+2:]); rest == "" || rest[0] == '#' || rest[0] == ';' {
				return v[1 : end+1]
			}
		}
		return v
	}
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		v, _, _ = strings.Cut(v, mark)
	}
	return strings.TrimSpace(v)
}

// parseUnit reads a systemd unit file: the values of each key by section. An
// empty value forgets those ahead of it.
func parseUnit(text []byte) (map[string]map[string][]string, error) {
	sections, err := parseSections(text, true)
	if err != nil {
		return nil, err
	}
	unit := map[string]map[string][]string{}
	for _, s := range sections {
		for _, p := range s.pairs {
			if s.name == "" {
				return nil, fmt.Errorf("the key %s stands ahead of the first section", p[0])
			}
			if unit[s.name] == nil {
				unit[s.name] = map[string][]string{}
			}
			if p[1] == "" {
				unit[s.name][p[0]] = []string{}
				continue
			}
			unit[s.name][p[0]] = append(unit[s.name][p[0]], p[1])
		}
	}
	return unit, nil
}

func parseUnitTree(text []byte) (any, error) {
	unit, err := parseUnit(text)
	if err != nil {
		return nil, err
	}
	tree := map[string]any{}
	for name, keys := range unit {
		for key, values := range keys {
			within(tree, name)[key] = strings.Join(values, "\n")
		}
	}
	return tree, nil
}

// parseEnv reads NAME=value lines. What is no such line makes no setting, as
// with systemd's EnvironmentFile; a shell would carry it out.
func parseEnv(text []byte) (any, error) {
	tree := map[string]any{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "export"); ok && rest != strings.TrimLeft(rest, " \t") {
			line = strings.TrimLeft(rest, " \t")
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t#\"'") {
			continue
		}
		tree[name] = shellValue(value)
	}
	return tree, nil
}

// shellValue is a word as a shell reads it, up to the first space outside of
// quotes. Nothing is expanded.
func shellValue(v string) string {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(v):
			i++
			b.WriteByte(v[i])
		case quote == 0 && (c == ' ' || c == '\t' || c == ';'):
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func parseLines(text []byte) (any, error) {
	tree := map[string]any{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		at := strings.IndexAny(line, " \t=:")
		if at < 0 {
			tree[strings.ToLower(line)] = ""
			continue
		}
		value := strings.TrimLeft(line[at:], " \t")
		if value != "" && (value[0] == '=' || value[0] == ':') {
			value = strings.TrimLeft(value[1:], " \t")
		}
		tree[strings.ToLower(line[:at])] = unquoted(value)
	}
	return tree, nil
}
