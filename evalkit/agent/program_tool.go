package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// schema is what a command needs to know of a tool's arguments.
type schema struct {
	Properties map[string]struct {
		Type        any    `json:"type"`
		Description string `json:"description"`
	} `json:"properties"`
	Required []string `json:"required"`
}

// names lists the arguments: the required ones in their order, then the others.
func (s schema) names() []string {
	names := slices.Clone(s.Required)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// text says whether an argument is a text, which is not read as JSON.
func (s schema) text(name string) bool {
	switch kind := s.Properties[name].Type.(type) {
	case string:
		return kind == "string"
	case []any:
		return slices.Contains(kind, any("string"))
	}
	return true
}

// isBash tells the tool that a program has in its own shell from those that
// become commands.
func isBash(t world.Tool) bool { return t.Name == bashName }

// commandOf makes a command of a tool. A tool with a single argument takes it
// as it is, "-" for stdin; any tool takes --name value or --name=value, and one
// JSON object with all arguments. What is no text is written as JSON.
func commandOf(t world.Tool, site *world.Site) (sandbox.Command, error) {
	var s schema
	if len(t.Parameters) > 0 {
		if err := json.Unmarshal(t.Parameters, &s); err != nil {
			return sandbox.Command{}, fmt.Errorf("tool %q cannot be made a command: its parameters: %w", t.Name, err)
		}
	}
	run := func(ctx context.Context, call *sandbox.Call) int {
		if slices.Contains(call.Args[1:], "--help") {
			fmt.Fprint(call.Stdout, helpOf(t, s))
			return 0
		}
		pl := playOn(site)
		if pl == nil {
			fmt.Fprintf(call.Stderr, "%s: not now\n", t.Name)
			return 1
		}
		arguments, err := argumentsOf(s, call.Args[1:], call.Stdin)
		if err != nil {
			fmt.Fprintf(call.Stderr, "%s: %v\n%s", t.Name, err, helpOf(t, s))
			pl.stage.Record(transcript.ToolCall{Call: pl.ownCall(t.Name, strings.Join(call.Args[1:], " ")), Error: "bad arguments: " + err.Error()})
			return 2
		}
		return pl.callTool(ctx, call, pl.ownCall(t.Name, arguments))
	}
	return sandbox.Command{Path: t.Name, Run: run}, nil
}

func usageOf(t world.Tool) string {
	var s schema
	if len(t.Parameters) > 0 && json.Unmarshal(t.Parameters, &s) != nil {
		return t.Name
	}
	names := s.names()
	if len(names) == 1 {
		return t.Name + " " + strings.ToUpper(names[0])
	}
	usage := t.Name
	for _, name := range names {
		part := "--" + name + " VALUE"
		if !slices.Contains(s.Required, name) {
			part = "[" + part + "]"
		}
		usage += " " + part
	}
	return usage
}

func helpOf(t world.Tool, s schema) string {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s\n\n%s\n", usageOf(t), t.Doc)
	for _, name := range s.names() {
		fmt.Fprintf(&b, "  %s: %s\n", name, s.Properties[name].Description)
	}
	return b.String()
}

// stdinMax bounds an argument that is read from stdin.
const stdinMax = 1 << 20

// argumentsOf reads a command line into the JSON of a tool's arguments.
func argumentsOf(s schema, words []string, stdin io.Reader) (string, error) {
	if len(words) == 1 && strings.HasPrefix(strings.TrimSpace(words[0]), "{") && json.Valid([]byte(words[0])) {
		return words[0], nil
	}
	names := s.names()
	given := map[string]json.RawMessage{}
	set := func(name, value string) error {
		if _, ok := s.Properties[name]; !ok {
			return fmt.Errorf("there is no argument %q", name)
		}
		encoded, err := json.Marshal(value)
		if !s.text(name) && json.Valid([]byte(value)) {
			encoded = []byte(value)
		}
		given[name] = encoded
		return err
	}
	var rest []string
	for i := 0; i < len(words); i++ {
		name, isOption := strings.CutPrefix(words[i], "--")
		if !isOption || name == "" || len(rest) > 0 {
			rest = append(rest, words[i])
			continue
		}
		name, value, joined := strings.Cut(name, "=")
		if _, known := s.Properties[name]; !known && len(names) == 1 {
			rest = append(rest, words[i]) // a text may begin so
			continue
		}
		if !joined {
			if i++; i == len(words) {
				return "", fmt.Errorf("--%s lacks its value", name)
			}
			value = words[i]
		}
		if err := set(name, value); err != nil {
			return "", err
		}
	}
	if len(rest) > 0 {
		if len(names) != 1 {
			return "", fmt.Errorf("%q is no option; write --%s", rest[0], strings.Join(names, ", --"))
		}
		text := strings.Join(rest, " ")
		if text == "-" && stdin != nil {
			read, err := io.ReadAll(io.LimitReader(stdin, stdinMax))
			if err != nil && !errors.Is(err, io.EOF) {
				return "", fmt.Errorf("reading stdin: %w", err)
			}
			text = strings.TrimSuffix(string(read), "\n")
		}
		if err := set(names[0], text); err != nil {
			return "", err
		}
	}
	b, err := json.Marshal(given)
	return string(b), err
}
