package scripted_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// start serves the config for the length of the test.
func start(t testing.TB, cfg scripted.Config) *scripted.Server {
	t.Helper()
	s, err := scripted.Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func client(s *scripted.Server) *openai.Client {
	c := openai.DefaultConfig("key")
	c.BaseURL = s.URL()
	return openai.NewClientWithConfig(c)
}

// post sends a raw body and reads the answer whole; err is of the reading.
func post(t testing.TB, s *scripted.Server, body string) (*http.Response, string, error) {
	t.Helper()
	resp, err := http.Post(s.URL()+"/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

func policy(name string, reply scripted.Step) scripted.Policy {
	return scripted.Policy{Name: name, Doc: "Policy of a test.", Reply: reply}
}

var bashTool = openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
	Name: "bash", Description: "Run a command.", Parameters: json.RawMessage(`{"type":"object","properties":{"command":{"type":"string"}}}`)}}

func user(text string) []openai.ChatCompletionMessage {
	return []openai.ChatCompletionMessage{{Role: "user", Content: text}}
}

func TestAConversationOverSeveralTurns(t *testing.T) {
	s := start(t, scripted.Config{Policies: []scripted.Policy{policy("worker", scripted.Steps(
		func(c *scripted.Conversation) scripted.Reply {
			if c.System() != "be good" || c.Task() != "sort it" || c.Seed != 7 || !c.HasTool("bash") || c.HasTool("submit") {
				t.Errorf("first turn: %+v", c)
			}
			return scripted.Reply{Text: "I look.", Reasoning: "hm", Calls: []scripted.Call{
				{Name: "bash", Arguments: map[string]string{"command": "ls"}}, {Name: "bash", Arguments: map[string]string{"command": "pwd"}}}}
		},
		func(c *scripted.Conversation) scripted.Reply {
			made := c.Called("bash")
			if len(made) != 2 || made[0].Arg("command") != "ls" || made[0].Result != "of ls" || made[1].Result != "of pwd" || made[1].Turn != 0 {
				t.Errorf("calls: %+v", made)
			}
			if c.LastResult() != "of pwd\nof ls" || !c.Said("look") || !c.Seen("pwd") || c.Turn() != 1 {
				t.Errorf("second turn: %q %+v", c.LastResult(), c)
			}
			return scripted.Say("done")
		}))}})
	seed := 7
	req := openai.ChatCompletionRequest{Model: "worker", Seed: &seed, Tools: []openai.Tool{bashTool}, Messages: []openai.ChatCompletionMessage{
		{Role: "system", Content: "be good"}, {Role: "user", Content: "sort it"}}}
	first, err := client(s).CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	m := first.Choices[0].Message
	if first.SystemFingerprint != "scripted" || first.Model != "worker" || first.Choices[0].FinishReason != "tool_calls" || m.Content != "I look." || m.ReasoningContent != "hm" || len(m.ToolCalls) != 2 {
		t.Fatalf("first answer: %+v", first)
	}
	if m.ToolCalls[0].ID == m.ToolCalls[1].ID || m.ToolCalls[0].Function.Arguments != `{"command":"ls"}` {
		t.Errorf("calls: %+v", m.ToolCalls)
	}
	u := first.Usage
	if u.PromptTokens < 20 || u.CompletionTokens < 5 || u.TotalTokens != u.PromptTokens+u.CompletionTokens || u.CompletionTokensDetails.ReasoningTokens != 1 {
		t.Errorf("usage: %+v", u)
	}
	// Answered in the other order, as a harness that runs calls at once may do.
	req.Messages = append(req.Messages, m,
		openai.ChatCompletionMessage{Role: "tool", ToolCallID: m.ToolCalls[1].ID, Content: "of pwd"},
		openai.ChatCompletionMessage{Role: "tool", ToolCallID: m.ToolCalls[0].ID, Content: "of ls"})
	second, err := client(s).CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if second.Choices[0].Message.Content != "done" || second.Choices[0].FinishReason != "stop" || second.ID == first.ID {
		t.Errorf("second answer: %+v", second)
	}
	if second.Usage.PromptTokens <= u.PromptTokens {
		t.Errorf("the prompt grew and its tokens did not: %d, then %d", u.PromptTokens, second.Usage.PromptTokens)
	}
	if st := s.Stats(); st.Requests != 2 || st.ByModel["worker"] != 2 || st.ByStatus[200] != 2 || st.MaxInFlight < 1 {
		t.Errorf("stats: %+v", st)
	}
}

func TestModelsAreListedAsScripted(t *testing.T) {
	s := start(t, scripted.Config{})
	list, err := client(s).ListModels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range list.Models {
		names[m.ID] = m.OwnedBy == "scripted"
	}
	if !names["echo"] || !names["silent"] || !names["garbage"] {
		t.Errorf("models: %v", names)
	}
	resp, err := http.Get(s.URL() + "/models/echo")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var m struct{ ID, Description string }
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil || m.ID != "echo" || !strings.Contains(m.Description, "back") {
		t.Errorf("model: %+v, %v", m, err)
	}
	if _, err := client(s).GetModel(t.Context(), "gpt-9"); err == nil || !strings.Contains(err.Error(), "garbage") {
		t.Errorf("an unknown model: %v", err)
	}
}

func TestKey(t *testing.T) {
	s := start(t, scripted.Config{Key: "sesame"})
	for _, c := range []struct {
		key  string
		want int
	}{{"sesame", 200}, {"wrong", 401}, {"", 401}} {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/models", nil)
		if c.key != "" {
			req.Header.Set("Authorization", "Bearer "+c.key)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.want || strings.Contains(string(b), "sesame") {
			t.Errorf("key %q: %d %s", c.key, resp.StatusCode, b)
		}
	}
}

func TestWrongWays(t *testing.T) {
	s := start(t, scripted.Config{MaxBody: 1000})
	ask := `{"model":"echo","messages":[{"role":"user","content":"` + strings.Repeat("x", 1000) + `"}]}`
	if resp, body, err := post(t, s, ask); err != nil || resp.StatusCode != 413 || !strings.Contains(body, "1000 bytes") {
		t.Errorf("a large request: %v %v %s", err, resp, body)
	}
	if resp, body, err := post(t, s, `{"model":"gpt-9","messages":[{"role":"user","content":"x"}]}`); err != nil || resp.StatusCode != 404 || !strings.Contains(body, "model_not_found") || !strings.Contains(body, "echo, garbage, silent") {
		t.Errorf("an unknown model: %v %v %s", err, resp, body)
	}
	for url, want := range map[string]int{"/chat/completions": 405, "/embeddings": 404} {
		resp, err := http.Get(s.URL() + url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", url, resp.StatusCode, want)
		}
	}
	if n := s.Stats().ByStatus; n[413] != 1 || n[404] != 2 || n[405] != 1 {
		t.Errorf("by status: %v", n)
	}
}

func TestPolicyThatPanicsDoesNotEndTheServer(t *testing.T) {
	s := start(t, scripted.Config{Policies: []scripted.Policy{
		policy("panics", func(*scripted.Conversation) scripted.Reply { panic("lost my way") }),
		policy("lost", scripted.Rules(scripted.On("never", scripted.Always(scripted.Say("x"))))),
		policy("unmarshallable", scripted.Always(scripted.Do("bash", func() {}))),
		policy("fatal", func(*scripted.Conversation) scripted.Reply { (&testing.T{}).SkipNow(); return scripted.Reply{} }),
		policy("fine", scripted.Always(scripted.Say("fine")))}})
	for model, want := range map[string]string{"panics": "lost my way", "lost": "no rule of 1 applies", "unmarshallable": "cannot be marshalled", "fatal": "ended its goroutine"} {
		resp, body, err := post(t, s, `{"model":"`+model+`","messages":[{"role":"user","content":"x"}]}`)
		if err != nil || resp.StatusCode != 500 || !strings.Contains(body, want) {
			t.Errorf("%s: %v %v %s", model, err, resp, body)
		} else if resp.Close != (model == "fatal") {
			t.Errorf("%s: the connection is said to close: %v", model, resp.Close)
		}
	}
	if _, body, err := post(t, s, `{"model":"fine","messages":[{"role":"user","content":"x"}]}`); err != nil || !strings.Contains(body, `"fine"`) {
		t.Errorf("afterwards: %v %s", err, body)
	}
	if st := s.Stats(); st.InFlight != 0 || st.ByStatus[500] != 4 {
		t.Errorf("stats: %+v", st)
	}
}

func TestTokenLimitCutsTheAnswer(t *testing.T) {
	s := start(t, scripted.Config{Policies: []scripted.Policy{
		policy("talks", scripted.Always(scripted.Say("x"+strings.Repeat("ä", 50)))),
		policy("acts", scripted.Always(scripted.Bash(strings.Repeat("x", 50))))}})
	talk, err := client(s).CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{Model: "talks", MaxCompletionTokens: 5, Messages: user("x")})
	if err != nil {
		t.Fatal(err)
	}
	if c := talk.Choices[0]; c.FinishReason != "length" || c.Message.Content != "x"+strings.Repeat("ä", 9) {
		t.Errorf("text: %+v", c)
	}
	for range 8 { // two limits, in either order
		_, body, err := post(t, s, `{"model":"talks","max_tokens":2,"max_completion_tokens":900,"messages":[{"role":"user","content":"x"}]}`)
		if err != nil || !strings.Contains(body, `"xäää"`) {
			t.Errorf("two limits: %v %s", err, body)
		}
	}
	act, err := client(s).CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{Model: "acts", MaxTokens: 5, Messages: user("x"), Tools: []openai.Tool{bashTool}})
	if err != nil {
		t.Fatal(err)
	}
	if c := act.Choices[0]; c.FinishReason != "length" || len(c.Message.ToolCalls[0].Function.Arguments) != 20 {
		t.Errorf("arguments: %+v", c)
	}
}

func TestConfigThatCannotWork(t *testing.T) {
	ok := scripted.Always(scripted.Say("x"))
	for name, policies := range map[string][]scripted.Policy{
		"malformed": {policy("Has Space", ok)}, "no Reply": {{Name: "a"}}, "given twice": {policy("a", ok), policy("a", ok)}} {
		if _, err := scripted.New(scripted.Config{Policies: policies}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := scripted.Start(ctx, scripted.Config{}); err == nil {
		t.Error("started under an ended context")
	}
	if _, err := scripted.Start(context.Background(), scripted.Config{Addr: "256.0.0.1:0"}); err == nil {
		t.Error("listened on an address that there is not")
	}
}
