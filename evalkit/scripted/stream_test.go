package scripted_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// streamed is a stream put together again.
type streamed struct {
	text, reasoning string
	calls           []openai.ToolCall
	finish          openai.FinishReason
	usage           *openai.Usage
	events          int
}

func readStream(t *testing.T, s *scripted.Server, req openai.ChatCompletionRequest) (got streamed, err error) {
	t.Helper()
	stream, err := client(s).CreateChatCompletionStream(t.Context(), req)
	if err != nil {
		return got, err
	}
	defer stream.Close()
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got.events++
		if chunk.Usage != nil {
			got.usage = chunk.Usage
		}
		for _, c := range chunk.Choices {
			got.text += c.Delta.Content
			got.reasoning += c.Delta.ReasoningContent
			if c.FinishReason != "" {
				got.finish = c.FinishReason
			}
			for _, d := range c.Delta.ToolCalls {
				if *d.Index == len(got.calls) {
					got.calls = append(got.calls, d)
					continue
				}
				got.calls[*d.Index].Function.Arguments += d.Function.Arguments
			}
		}
	}
}

func TestStreamSaysTheSameAsTheWholeAnswer(t *testing.T) {
	long := "Grüße — " + strings.Repeat("one word after another, ", 20) + "x" + strings.Repeat("ä€", 30) + strings.Repeat("\xff\xc3", 30) + " end"
	s := start(t, scripted.Config{Policies: []scripted.Policy{policy("talks", scripted.Always(scripted.Reply{
		Text: long, Reasoning: "because " + long, Calls: []scripted.Call{
			{Name: "bash", Arguments: map[string]string{"command": long}}, {Name: "submit", ID: "mine"}, {Name: "bash", RawArguments: "{\"cut"}}}))}})
	req := openai.ChatCompletionRequest{Model: "talks", Messages: user("x"), Tools: []openai.Tool{bashTool}}
	whole, err := client(s).CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	req.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	got, err := readStream(t, s, req)
	if err != nil {
		t.Fatal(err)
	}
	want := whole.Choices[0].Message
	if got.text != want.Content || got.reasoning != want.ReasoningContent || got.finish != "tool_calls" || !strings.HasPrefix(got.text, "Grüße") {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if len(got.calls) != 3 {
		t.Fatalf("calls: %+v", got.calls)
	}
	for i, c := range got.calls {
		if w := want.ToolCalls[i]; c.ID != w.ID || c.Function != w.Function {
			t.Errorf("call %d: %+v, want %+v", i, c, w)
		}
	}
	if got.calls[1].ID != "mine" || got.calls[1].Function.Arguments != "{}" {
		t.Errorf("a call with an id and no arguments: %+v", got.calls[1])
	}
	if got.usage == nil || got.usage.TotalTokens != whole.Usage.TotalTokens {
		t.Errorf("usage: %+v, want %+v", got.usage, whole.Usage)
	}
	if got.events < 60 {
		t.Errorf("only %d events", got.events)
	}
	req.StreamOptions = nil
	if got, err = readStream(t, s, req); err != nil || got.usage != nil {
		t.Errorf("usage that nobody asked for: %+v, %v", got.usage, err)
	}
}

func TestEventsOnTheWire(t *testing.T) {
	s := start(t, scripted.Config{})
	resp, err := http.Post(s.URL()+"/chat/completions", "application/json", strings.NewReader(
		`{"model":"echo","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"a\nb"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
		t.Errorf("content type %q", ct)
	}
	var data []string
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if d, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			data = append(data, d)
		} else if lines.Text() != "" {
			t.Errorf("a line that is no event: %q", lines.Text())
		}
	}
	if len(data) != 5 || data[4] != "[DONE]" {
		t.Fatalf("events: %q", data)
	}
	var usage struct {
		Choices []any
		Usage   *struct {
			Total int `json:"total_tokens"`
		}
		ID string
		FP string `json:"system_fingerprint"`
	}
	if err := json.Unmarshal([]byte(data[3]), &usage); err != nil || usage.Choices == nil || len(usage.Choices) != 0 || usage.Usage == nil || usage.FP != "scripted" {
		t.Errorf("usage event: %s", data[3])
	}
}
