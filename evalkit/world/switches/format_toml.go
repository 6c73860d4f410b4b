package switches

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseTOML reads TOML 1.0 but for two liberties: what is declared twice is taken
// as the last one says, and dates and times are text.
func parseTOML(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	root := map[string]any{}
	p := &toml{rest: strings.ReplaceAll(string(text), "\r\n", "\n")}
	table := root
	for {
		p.blank(true)
		if p.rest == "" {
			return root, nil
		}
		var err error
		if p.rest[0] == '[' {
			table, err = p.header(root)
		} else {
			err = p.pair(table, 0)
		}
		if err == nil {
			p.blank(false)
			if p.rest != "" && p.rest[0] != '\n' {
				err = errors.New("more behind a value or a table's name")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("near %q: %w", p.rest[:min(20, len(p.rest))], err)
		}
	}
}

// toml is what remains of a text.
type toml struct{ rest string }

// depthMax bounds how deep values may be nested.
const depthMax = 100

// blank skips spaces and a comment, and line ends if they are asked for.
func (p *toml) blank(lines bool) {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' && lines:
			p.rest = p.rest[1:]
		case c == '#':
			end := strings.IndexByte(p.rest, '\n')
			if end < 0 {
				end = len(p.rest)
			}
			p.rest = p.rest[end:]
		default:
			return
		}
	}
}

func (p *toml) take(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

// header reads [table] or [[table]] and gives the map that follows.
func (p *toml) header(root map[string]any) (map[string]any, error) {
	p.take("[")
	list := p.take("[")
	keys, err := p.keys()
	if err != nil {
		return nil, err
	}
	if list && !p.take("]]") || !list && !p.take("]") {
		return nil, errors.New("a table's name without its bracket")
	}
	parent, last, err := descend(root, keys)
	if err != nil {
		return nil, err
	}
	if list {
		elements, _ := parent[last].([]any)
		table := map[string]any{}
		parent[last] = append(elements, table)
		return table, nil
	}
	return step(parent, last)
}

// descend gives the map that holds the last of several keys.
func descend(at map[string]any, keys []string) (map[string]any, string, error) {
	for _, key := range keys[:len(keys)-1] {
		var err error
		if at, err = step(at, key); err != nil {
			return nil, "", err
		}
	}
	return at, keys[len(keys)-1], nil
}

// step gives the map at a key, the last one of a list of them, or a new one.
func step(at map[string]any, key string) (map[string]any, error) {
	switch v := at[key].(type) {
	case nil:
		m := map[string]any{}
		at[key] = m
		return m, nil
	case map[string]any:
		return v, nil
	case []any:
		if len(v) > 0 {
			if m, ok := v[len(v)-1].(map[string]any); ok {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("%q is a value, and a table as well", key)
}

// keys reads a dotted key.
func (p *toml) keys() ([]string, error) {
	var keys []string
	for {
		p.blank(false)
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
		p.blank(false)
		if !p.take(".") {
			return keys, nil
		}
	}
}

func (p *toml) key() (string, error) {
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		return p.quoted()
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		return "", errors.New("a key is missing")
	}
	key := p.rest[:end]
	p.rest = p.rest[end:]
	return key, nil
}

// pair reads "key = value" into a table.
func (p *toml) pair(table map[string]any, depth int) error {
	keys, err := p.keys()
	if err != nil {
		return err
	}
	if !p.take("=") {
		return errors.New("a key without =")
	}
	value, err := p.value(depth)
	if err != nil {
		return err
	}
	parent, last, err := descend(table, keys)
	if err == nil {
		parent[last] = value
	}
	return err
}

func (p *toml) value(depth int) (any, error) {
	p.blank(false)
	switch {
	case p.rest == "" || depth > depthMax:
		return nil, errors.New("a value is missing, or nested too deep")
	case p.rest[0] == '"' || p.rest[0] == '\'':
		return p.quoted()
	case p.take("["):
		return p.list(depth + 1)
	case p.take("{"):
		return p.inline(depth + 1)
	}
	end := strings.IndexAny(p.rest, ",]}#\n")
	if end < 0 {
		end = len(p.rest)
	}
	word := strings.TrimSpace(p.rest[:end])
	p.rest = p.rest[end:]
	return bare(word)
}

// bare is a value without quotes: a boolean, a number, a date.
func bare(word string) (any, error) {
	if word == "true" || word == "false" {
		return word == "true", nil
	}
	if i, err := strconv.ParseInt(word, 0, 64); err == nil {
		return i, nil
	}
	if f, err := strconv.ParseFloat(strings.ReplaceAll(word, "_", ""), 64); err == nil {
		return f, nil
	}
	if word != "" && word[0] >= '0' && word[0] <= '9' && strings.ContainsAny(word, "-:") && strings.Trim(word, "0123456789-:.TZtz +") == "" {
		return word, nil
	}
	return nil, fmt.Errorf("%q is no value", word)
}

func (p *toml) list(depth int) (any, error) {
	all := []any{}
	for {
		p.blank(true)
		if p.take("]") {
			return all, nil
		}
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
		p.blank(true)
		if !p.take(",") && !strings.HasPrefix(p.rest, "]") {
			return nil, errors.New("a list without its bracket")
		}
	}
}

func (p *toml) inline(depth int) (any, error) {
	table := map[string]any{}
	for {
		p.blank(false)
		if p.take("}") {
			return table, nil
		}
		if err := p.pair(table, depth); err != nil {
			return nil, err
		}
		p.blank(false)
		if !p.take(",") && !strings.HasPrefix(p.rest, "}") {
			return nil, errors.New("a table without its brace")
		}
	}
}
