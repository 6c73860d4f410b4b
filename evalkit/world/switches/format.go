package switches

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Format is how a file of settings is written. Comments, blank lines, the order
// of keys and the way of quoting make no difference in any of them.
type Format string

// The formats.
const (
	YAML Format = "yaml" // the first document
	JSON Format = "json"
	TOML Format = "toml"
	// INI has keys "section.key", and "key" ahead of the first section.
	INI Format = "ini"
	// Unit is a systemd unit file: as INI, a trailing backslash continues a
	// line, and a key that is there several times has all its values.
	Unit Format = "unit"
	// Env has lines NAME=value, with or without export, quoted as a shell does.
	Env Format = "env"
	// Line has a word and a value on each line, with a space, = or : between
	// (sshd_config); letter case of the word is ignored, the last line counts.
	Line Format = "line"
	// Text is a file that is one value as a whole, such as a list of paths.
	Text Format = "text"
)

// formats parse a text into a tree of map[string]any, []any and scalars.
var formats = map[Format]func(text []byte) (any, error){
	YAML: parseYAML, JSON: parseJSON, TOML: parseTOML, INI: parseINI, Unit: parseUnitTree, Env: parseEnv, Line: parseLines,
	Text: func(text []byte) (any, error) { return strings.TrimSpace(string(text)), nil },
}

// valueAt gives the value at a key of a text, and whether it is there. The error
// is that of a text that cannot be parsed.
func valueAt(f Format, text []byte, key string) (value string, found bool, err error) {
	parse, ok := formats[f]
	if !ok {
		return "", false, fmt.Errorf("no format %q", f)
	}
	tree, err := parse(text)
	if err != nil {
		return "", false, err
	}
	path, err := keyPath(key)
	if err != nil {
		return "", false, err
	}
	if f == Line {
		for i := range path {
			path[i] = strings.ToLower(path[i])
		}
	}
	for _, part := range path {
		if tree, ok = child(tree, part); !ok {
			return "", false, nil
		}
	}
	return canonical(tree), true, nil
}

// child gives the member of a tree by its key, or by its number in a list.
func child(tree any, part string) (any, bool) {
	switch t := tree.(type) {
	case map[string]any:
		v, ok := t[part]
		return v, ok
	case []any:
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 || i >= len(t) {
			return nil, false
		}
		return t[i], true
	}
	return nil, false
}

// keyPath divides a key at its dots. A part in double quotes may hold some.
func keyPath(key string) ([]string, error) {
	var parts []string
	for rest := key; rest != ""; {
		var part string
		if rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, fmt.Errorf("key %q: a quote is left open", key)
			}
			part, rest = rest[1:end+1], rest[end+2:]
			if rest != "" && rest[0] != '.' {
				return nil, fmt.Errorf("key %q: a dot is missing behind a quoted part", key)
			}
			rest = strings.TrimPrefix(rest, ".")
		} else {
			part, rest, _ = strings.Cut(rest, ".")
			if part == "" {
				return nil, fmt.Errorf("key %q has an empty part", key)
			}
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// canonical writes a value so that two ways of writing one are the same text.
func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case map[string]any, []any:
		if b, err := json.Marshal(plain(v)); err == nil {
			return string(b)
		}
	}
	return fmt.Sprint(v)
}

// plain makes a tree of what JSON can hold.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = plain(e)
		}
		return m
	case []any:
		l := slices.Clone(v)
		for i, e := range l {
			l[i] = plain(e)
		}
		return l
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	}
	return v
}

func parseJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one value")
	}
	return v, nil
}

func parseYAML(text []byte) (v any, err error) {
	defer func() {
		if p := recover(); p != nil { // an agent writes the text
			err = fmt.Errorf("cannot be parsed: %v", p)
		}
	}()
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return named(v), nil
}

// named makes the keys of all maps strings.
func named(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = named(e)
		}
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[canonical(named(k))] = named(e)
		}
		return m
	case []any:
		for i, e := range v {
			v[i] = named(e)
		}
	}
	return v
}
