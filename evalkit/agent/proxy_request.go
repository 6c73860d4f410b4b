package agent

import (
	"encoding/json"
	"errors"
	"fmt"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// chatRequest is a chat completion as a program asks for it.
type chatRequest struct {
	model                string
	messages             []model.Message
	tools                []openai.Tool
	seed                 *int64
	stream, includeUsage bool
	// extra are the members that are passed on as they are.
	extra map[string]json.RawMessage
}

// decodeChat reads a request. Its errors are told to the program.
func decodeChat(body []byte) (*chatRequest, error) {
	q := &chatRequest{}
	if err := json.Unmarshal(body, &q.extra); err != nil {
		return nil, fmt.Errorf("the body is no JSON object: %w", err)
	}
	var n int
	var options struct {
		IncludeUsage bool `json:"include_usage"`
	}
	var tools []rawTool
	for name, to := range map[string]any{
		"model": &q.model, "messages": &q.messages, "tools": &tools, "seed": &q.seed,
		"stream": &q.stream, "stream_options": &options, "n": &n,
	} {
		value, ok := q.extra[name]
		delete(q.extra, name)
		if !ok || string(value) == "null" {
			continue
		}
		if err := json.Unmarshal(value, to); err != nil {
			return nil, fmt.Errorf("invalid value for %q: %w", name, err)
		}
	}
	q.includeUsage = options.IncludeUsage
	switch {
	case len(q.messages) == 0:
		return nil, errors.New(`missing required parameter: "messages"`)
	case n > 1:
		return nil, fmt.Errorf("invalid value for \"n\": %d; one choice is given", n)
	case q.extra["functions"] != nil:
		return nil, errors.New(`unsupported parameter: "functions"; use "tools"`)
	}
	for i, t := range tools {
		if t.Type != string(openai.ToolTypeFunction) || t.Function.Name == "" {
			return nil, fmt.Errorf("invalid value for \"tools\": tool %d is no function with a name", i)
		}
		q.tools = append(q.tools, t.tool())
	}
	return q, nil
}

// rawTool is a tool with its schema as it was written.
type rawTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Strict      bool            `json:"strict"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

func (t rawTool) tool() openai.Tool {
	f := &openai.FunctionDefinition{Name: t.Function.Name, Description: t.Function.Description, Strict: t.Function.Strict}
	if len(t.Function.Parameters) > 0 && string(t.Function.Parameters) != "null" {
		f.Parameters = t.Function.Parameters
	}
	return openai.Tool{Type: openai.ToolTypeFunction, Function: f}
}
