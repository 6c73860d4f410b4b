package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	openai "github.com/sashabaranov/go-openai"
)

// bare does the work with go-openai's client and nothing around it, and writes
// each conversation as one line of JSON.
func bare(base string, n, c int, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	cfg := openai.DefaultConfig("none")
	cfg.BaseURL = base
	cfg.HTTPClient = &http.Client{Transport: &http.Transport{MaxIdleConns: c, MaxIdleConnsPerHost: c}}
	client := openai.NewClientWithConfig(cfg)
	var mu sync.Mutex
	var errs []error
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(c, n) {
		wg.Go(func() {
			for next.Add(1) <= int64(n) {
				line, err := bareTrial(client)
				mu.Lock()
				errs = append(errs, err)
				out.Write(append(line, '\n'))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, out.Flush(), f.Close())...)
}

var bareTools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
	Name: "note", Description: "Write a note down.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string","description":"Text of the note."}},"required":["text"],"additionalProperties":false}`),
}}}

func bareTrial(client *openai.Client) ([]byte, error) {
	talk := []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: prompt}}
	for range 50 {
		out, err := client.CreateChatCompletion(context.Background(), openai.ChatCompletionRequest{Model: "fake", Messages: talk, Tools: bareTools})
		if err != nil {
			return nil, err
		}
		if len(out.Choices) == 0 {
			return nil, errors.New("no choices")
		}
		m := out.Choices[0].Message
		talk = append(talk, m)
		if len(m.ToolCalls) == 0 {
			if !strings.Contains(m.Content, "done") {
				return nil, errors.New("the model did not say that it is done")
			}
			return json.Marshal(talk)
		}
		for _, call := range m.ToolCalls {
			var in noteArguments
			if err := json.Unmarshal([]byte(call.Function.Arguments), &in); err != nil {
				return nil, err
			}
			talk = append(talk, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleTool, Content: "ok", ToolCallID: call.ID})
		}
	}
	return nil, errors.New("no end")
}
