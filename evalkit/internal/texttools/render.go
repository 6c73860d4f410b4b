package texttools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

const (
	openCall      = "<tool_call>"
	closeCall     = "</tool_call>"
	openResponse  = "<tool_response>"
	closeResponse = "</tool_response>"
)

// Tool is a tool as the system prompt describes it.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// header opens the description of the tools. It is also how a server knows that
// a request speaks this protocol.
const header = `# Tools

You can call tools. A call is written like this, on lines of its own:

<tool_call>
{"name": "NAME", "arguments": {"ARGUMENT": "VALUE"}}
</tool_call>

NAME is one of the tools below. The arguments are one JSON object that fits the tool's parameters. A message may hold several calls, one block each; they are carried out in order. End the message after the last call: each result comes in the next message, in the same order, between <tool_response> and </tool_response>. Never write a tool response yourself. A call within a line of other text, or inside a code fence, is not carried out.

The tools, one a line, with the JSON schema of their parameters:
`

// Describe gives the part of the system prompt that describes the tools.
func Describe(tools []Tool) (string, error) {
	var b bytes.Buffer
	b.WriteString(header)
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, t := range tools {
		if err := e.Encode(t); err != nil {
			return "", fmt.Errorf("tool %q: %w", t.Name, err)
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// System puts the description behind a system prompt, which may be empty.
func System(prompt, description string) string {
	if prompt == "" {
		return description
	}
	return prompt + "\n\n" + description
}

// SplitSystem is the reverse of System and Describe: the scenario's own system
// prompt and the tools. ok is false where the text describes no tools in this
// protocol.
func SplitSystem(system string) (prompt string, tools []Tool, ok bool) {
	at := strings.LastIndex(system, header)
	if at < 0 {
		return system, nil, false
	}
	for line := range strings.SplitSeq(system[at+len(header):], "\n") {
		if line == "" {
			continue
		}
		var t Tool
		if json.Unmarshal([]byte(line), &t) != nil || t.Name == "" {
			return system, nil, false
		}
		tools = append(tools, t)
	}
	return strings.TrimSuffix(system[:at], "\n\n"), tools, true
}

// Calls writes calls behind what else a message says, which may be empty.
func Calls(text string, calls []Call) string {
	var b strings.Builder
	b.WriteString(text)
	for _, c := range calls {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		arguments := c.Arguments
		if arguments == "" {
			arguments = "{}"
		}
		fmt.Fprintf(&b, "%s\n{\"name\": %s, \"arguments\": %s}\n%s", openCall, quote(c.Name), arguments, closeCall)
	}
	return b.String()
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Responses writes the results of the calls of one message, in their order. A
// result cannot end its own frame: a tag of the frame inside it gets a backslash
// before its slash.
func Responses(results []string) string {
	blocks := make([]string, len(results))
	for i, r := range results {
		blocks[i] = openResponse + "\n" + frameTag.ReplaceAllString(r, `<\$1/tool_response>`) + "\n" + closeResponse
	}
	return strings.Join(blocks, "\n")
}

var (
	frameTag   = regexp.MustCompile(`<(\\*)/tool_response>`)
	unframeTag = regexp.MustCompile(`<\\(\\*)/tool_response>`)
)

// SplitResponses is the reverse of Responses. ok is false where the text is
// nothing but results.
func SplitResponses(text string) (results []string, ok bool) {
	for {
		rest, ok := strings.CutPrefix(text, openResponse+"\n")
		if !ok {
			return nil, false
		}
		result, after, ok := strings.Cut(rest, "\n"+closeResponse)
		if !ok {
			return nil, false
		}
		results = append(results, unframeTag.ReplaceAllString(result, `<$1/tool_response>`))
		if after == "" {
			return results, true
		}
		if text, ok = strings.CutPrefix(after, "\n"); !ok {
			return nil, false
		}
	}
}
