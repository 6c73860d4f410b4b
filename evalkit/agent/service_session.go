package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/model"
)

// session is one trial's talk with a service. The loop takes it for a model: it
// hands over the conversation so far, of which the service is sent what is new.
type session struct {
	service Service
	key     string
	client  *http.Client

	id   string
	sent int // messages that the service knows
}

type serviceResult struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

type serviceMessage struct {
	Content string          `json:"content,omitempty"`
	Results []serviceResult `json:"results,omitempty"`
}

type serviceAnswer struct {
	Reply     *string `json:"reply"`
	ToolCalls []struct {
		ID        string          `json:"id"`
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"tool_calls"`
	Usage struct {
		Prompt     int     `json:"prompt_tokens"`
		Completion int     `json:"completion_tokens"`
		Cost       float64 `json:"cost_usd"`
	} `json:"usage"`
}

// Chat implements Chatter.
func (s *session) Chat(ctx context.Context, r model.Request) (model.Response, error) {
	began := time.Now()
	if s.id == "" {
		if err := s.open(ctx, r); err != nil {
			return model.Response{}, err
		}
	}
	var next serviceMessage
	for _, m := range r.Messages[s.sent:] {
		switch m.Role {
		case openai.ChatMessageRoleUser:
			next.Content = m.Content
		case openai.ChatMessageRoleTool:
			next.Results = append(next.Results, serviceResult{m.ToolCallID, m.Content})
		}
	}
	var answer serviceAnswer
	raw, err := s.do(ctx, http.MethodPost, "/sessions/"+url.PathEscape(s.id)+"/messages", next, &answer)
	if err != nil {
		return model.Response{}, err
	}
	s.sent = len(r.Messages) + 1 // with this answer
	response, err := answer.response()
	if err != nil {
		return model.Response{}, s.fault(model.Malformed, model.WhoseProvider, 0, err.Error())
	}
	response.Raw, response.Took, response.Attempts = raw, time.Since(began), 1
	return response, nil
}

// open begins the session.
func (s *session) open(ctx context.Context, r model.Request) error {
	var system string
	if len(r.Messages) > 0 && r.Messages[0].Role == openai.ChatMessageRoleSystem {
		system, s.sent = r.Messages[0].Content, 1
	}
	body := map[string]any{"system": system, "tools": r.Tools}
	var opened struct {
		ID string `json:"id"`
	}
	if _, err := s.do(ctx, http.MethodPost, "/sessions", body, &opened); err != nil {
		return err
	}
	if opened.ID == "" {
		return s.fault(model.Malformed, model.WhoseProvider, 0, "the session has no id")
	}
	s.id = opened.ID
	return nil
}

// close ends the session, also of a trial that was cut.
func (s *session) close(ctx context.Context) error {
	if s.id == "" {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	if _, err := s.do(ctx, http.MethodDelete, "/sessions/"+url.PathEscape(s.id), nil, nil); err != nil {
		return fmt.Errorf("closing the session: %w", err)
	}
	return nil
}

// response is an answer as the loop knows it.
func (a serviceAnswer) response() (model.Response, error) {
	if a.Reply == nil && len(a.ToolCalls) == 0 { // of another form, which must not pass for an end
		return model.Response{}, errors.New(`the answer has neither "reply" nor "tool_calls"; an agent that has nothing to say answers {"reply": ""}`)
	}
	m := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant}
	if a.Reply != nil {
		m.Content = *a.Reply
	}
	seen := map[string]bool{}
	for i, c := range a.ToolCalls {
		if c.ID == "" || c.Name == "" || seen[c.ID] {
			return model.Response{}, fmt.Errorf("tool call %d lacks its name or an id of its own", i)
		}
		seen[c.ID] = true
		arguments := string(c.Arguments)
		if json.Unmarshal(c.Arguments, &arguments) != nil { // a text that holds them, or an object
			arguments = string(c.Arguments)
		}
		m.ToolCalls = append(m.ToolCalls, openai.ToolCall{ID: c.ID, Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: c.Name, Arguments: arguments}})
	}
	message, err := model.NewMessage(m)
	finish := "stop"
	if len(m.ToolCalls) > 0 {
		finish = "tool_calls"
	}
	usage := model.Usage{Prompt: a.Usage.Prompt, Completion: a.Usage.Completion, Total: a.Usage.Prompt + a.Usage.Completion}
	return model.Response{Message: message, FinishReason: finish, Usage: usage, CostUSD: a.Usage.Cost, CostKnown: a.Usage.Cost > 0}, err
}

// answerMax bounds what is read of an answer.
const answerMax = 16 << 20

// do makes one request, once, and reads its answer into to, if that is not nil.
func (s *session) do(ctx context.Context, method, at string, body, to any) ([]byte, error) {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("service %s: %w", s.service.Name(), err)
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.service.URL, "/")+at, sent)
	if err != nil {
		return nil, s.fault(model.BadRequest, model.WhoseSpec, 0, err.Error())
	}
	for name, values := range s.service.Header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	if s.key != "" {
		req.Header.Set("Authorization", "Bearer "+s.key)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, s.fault(model.Disconnected, model.WhoseProvider, 0, err.Error())
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, answerMax+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, s.fault(model.Disconnected, model.WhoseProvider, resp.StatusCode, err.Error())
	case len(raw) > answerMax:
		return nil, s.fault(model.Malformed, model.WhoseProvider, resp.StatusCode, "the answer is larger than 16 MiB")
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, s.refused(resp.StatusCode, string(raw))
	case to == nil:
		return raw, nil
	}
	raw = []byte(s.hide(string(raw)))
	if err := json.Unmarshal(raw, to); err != nil {
		return nil, s.fault(model.NotJSON, model.WhoseProvider, resp.StatusCode, err.Error())
	}
	return raw, nil
}

// refused is an answer with another status than success.
func (s *session) refused(status int, text string) error {
	kind, whose := model.ServerError, model.WhoseProvider
	switch {
	case status == http.StatusUnauthorized:
		kind, whose = model.BadKey, model.WhoseSpec
	case status == http.StatusForbidden:
		kind, whose = model.Forbidden, model.WhoseSpec
	case status == http.StatusTooManyRequests:
		kind = model.Throttled
	case status < 500:
		kind, whose = model.BadRequest, model.WhoseSpec
	}
	return s.fault(kind, whose, status, text)
}

func (s *session) fault(kind model.Kind, whose string, status int, text string) *model.Error {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(s.hide(text), "?")), " ")
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "") + "…"
	}
	return &model.Error{Kind: kind, Whose: whose, Status: status, Endpoint: s.service.Name(), Message: text, Attempts: 1}
}

// hide takes the key out of a text.
func (s *session) hide(text string) string {
	if len(s.key) < 4 {
		return text
	}
	return strings.ReplaceAll(text, s.key, "***")
}
