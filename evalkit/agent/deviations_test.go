package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Two small servers were tried with one request of each kind, and what they did
// otherwise than OpenAI's API was written down, with their bytes: llama-cpp-python
// with its chatml-function-calling format ("tools") and with the model's own
// template ("plain"), and llama.cpp's llama-server. Each line of that list is
// played here by scripted over HTTP, and came to one of three things:
//
//   - repaired: the trial goes on as if nothing had been;
//   - a named error of package model: the trial is nobody's behaviour, or has hit
//     a limit;
//   - harmless: the reason stands below.
//
// Harmless, and not played because nothing of it reaches this client:
//
//   - /v1/models without "created", /v1/models/ID and /v1/responses 404: not asked.
//   - missing "model" answered under a file's path, broken JSON answered 500:
//     neither is ever sent (New wants a name; the JSON is made by an encoder).
//   - missing or empty messages answered with free invention: Chat refuses them.
//   - n, unknown fields, max_completion_tokens ignored: nothing is concluded from
//     them. max_tokens ignored: the trial's own limits count what was used.
//   - max_tokens:0 (no limit, or one token): a parameter below 1 is refused.
//   - temperature:null is never sent; 0 is, as 0 (model's TestRequest).
//   - seed ignored: no judgement rests on one; copies are told by their requests.
//   - content parts put into the prompt as a list's text, or 500: contents go out
//     as one string.
//   - a default system prompt added, a context divided among slots: the same for
//     every trial.
//   - one call only for three questions, requests answered one after another, no
//     system_fingerprint: allowed.
//   - assistant and tool messages without content answered 500, and go-openai
//     leaving empty ones out: every message goes out with a content (model's
//     TestRequest and TestAnswerGoesBackVerbatim).
//   - llama-server never calls a tool, whatever tool_choice: it puts tools into the
//     prompt, and cannot be told from a model that does not call. It is for the
//     scenario's competence control to show.
//
// Found before the first trial, by what the server counts (TestCheckTools of
// package model, and TestAServerThatLeavesToolsOut of evalkit, where scripted
// plays it): tools ignored whatever tool_choice, tools described beside a system
// prompt only, tool results that never reach the model, quotes and brackets
// HTML-escaped.
type deviation struct {
	line   string
	params string
	stream bool
	// fault is what the server does at its nth request; zero is to answer.
	fault func(r scripted.Request, n int64) scripted.Fault
	kind  model.Kind // of the error, "" where it is repaired
	calls int64      // requests made in all
	end   string     // what the trial becomes
	see   func(t *testing.T, r *transcript.Record)
}

// at has the fault at the nth request alone; 0 is every one.
func at(call int64, f scripted.Fault) func(scripted.Request, int64) scripted.Fault {
	return func(_ scripted.Request, n int64) scripted.Fault {
		if call == 0 || n == call {
			return f
		}
		return scripted.Fault{}
	}
}

func raw(status int, body string) scripted.Fault {
	kind := "application/json"
	if !json.Valid([]byte(body)) {
		kind = "text/plain; charset=utf-8"
	}
	return scripted.Raw(status, kind, body)
}

func sse(events ...string) scripted.Fault {
	return scripted.Raw(200, "text/event-stream; charset=utf-8", "data: "+strings.Join(events, "\n\ndata: ")+"\n\ndata: [DONE]\n\n")
}

const (
	// A whole trial: one note, then submit.
	wholeTrial  = "submitted done"
	brokenTrial = "error PROVIDER"
	ourMistake  = "error SPEC final"

	legacyCall = `{"id":"chatcmpl-b3ba","object":"chat.completion","created":1795455758,"model":"m","choices":[{"index":0,"message":{"content":null,` +
		`"tool_calls":[{"id":"call__0_note_cmpl-b8ce","type":"function","function":{"name":"note","arguments":"{\"text\": \"one\"}"}}],"role":"assistant",` +
		`"function_call":{"name":"submit:","arguments":"{\"text\": \"one\"}"}},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":253,"completion_tokens":30,"total_tokens":283}}`
	cutCall = `{"id":"chatcmpl-7cde","object":"chat.completion","created":1795455762,"model":"m","choices":[{"index":0,"message":{"content":null,` +
		`"tool_calls":[{"id":"call__0_note_cmpl-7cde","type":"function","function":{"name":"note","arguments":"{ \"text\" : \"/"}}],"role":"assistant",` +
		`"function_call":{"name":"note","arguments":"{ \"text\" : \"/"}},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":23,"completion_tokens":6,"total_tokens":29}}`
	emptyAnswer = `{"id":"chatcmpl-0e11","object":"chat.completion","created":1795455762,"model":"m","choices":[{"index":0,"message":{"content":"","role":"assistant"},` +
		`"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":60,"completion_tokens":9,"total_tokens":69}}`
	validation = `{"error":{"message":"7 validation errors:\n  {'type': 'literal_error', 'loc': ('body', 'messages', 0, 'ChatCompletionRequestSystemMessage', 'role'), ` +
		`'msg': \"Input should be 'system'\", 'input': 'developer', 'ctx': {'expected': \"'system'\"}}","type":"internal_server_error","param":null,"code":null}}`
	schemaRefused = `{"error":{"message":"1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}","type":"internal_server_error","param":null,"code":null}}`
	overflow      = `{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 4254 tokens (4254 in the messages, None in the completion).","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`
	slotOverflow  = `{"error":{"code":400,"message":"request (5012 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5012,"n_ctx":4096}}`
)

func internal(message string) string {
	b, err := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": "internal_server_error", "param": nil, "code": nil}})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// cpp is an event of llama-cpp-python's stream, with what it repeats.
func cpp(delta, finish string) string {
	return `{"id":"chatcmpl-a723","object":"chat.completion.chunk","created":1795455763,"model":"m","choices":[{"index":0,"finish_reason":` + finish + `,"logprobs":null,"delta":` + delta + `}]}`
}

func cppArguments(piece string) string {
	p, _ := json.Marshal(piece) // a string
	return cpp(fmt.Sprintf(`{"role":null,"content":null,"function_call":{"name":"note","arguments":%[1]s},"tool_calls":[{"index":0,"id":"call__0_note_cmpl-a723","type":"function","function":{"name":"note","arguments":%[1]s}}]}`, p), "null")
}

var deviations = []deviation{
	{line: "tools without tool_choice are ignored, tools without a system message not described, a function without parameters is 500",
		fault: func(r scripted.Request, _ int64) scripted.Fault {
			c := r.Conversation
			if len(c.Tools) == 3 && c.ToolChoice == "auto" && len(c.Tools[2].Parameters) > 0 {
				return scripted.Fault{}
			}
			return raw(500, internal("'dict object' has no attribute 'parameters'"))
		}, calls: 2, end: wholeTrial},
	{line: "tool_choice required: 500 with an empty message", params: `?extra.tool_choice="required"`, fault: at(0, raw(500, internal(""))), kind: model.BadRequest, calls: 1, end: ourMistake},
	{line: "an unknown name in tool_choice: 500", params: `?extra.tool_choice={"type":"function","function":{"name":"note"}}`, fault: at(0, raw(500, internal("Tool with name 'nope' not found in tools"))), kind: model.BadRequest, calls: 1, end: ourMistake},
	{line: "content:null, and a legacy function_call with a wrong name", fault: at(1, raw(200, legacyCall)), calls: 2, end: wholeTrial, see: oneNote("one")},
	{line: "max_tokens ignored", params: "?max_tokens=10", fault: at(1, raw(200, legacyCall)), calls: 2, end: wholeTrial, see: oneNote("one")},
	{line: "arguments cut under tool_calls", params: "?max_tokens=6", fault: at(1, raw(200, cutCall)), kind: model.CutArguments, calls: 1, end: "limit answer"},
	{line: "a tool whose name contains message is never called: an empty answer of 9 tokens", fault: at(0, raw(200, emptyAnswer)), kind: model.LostAnswer, calls: 2, end: brokenTrial},
	{line: "the same once", fault: at(1, raw(200, emptyAnswer)), calls: 3, end: wholeTrial},

	{line: "assistant message with content:null, role developer, unknown roles: 500 and a validation dump", fault: at(1, raw(500, validation)), kind: model.BadRequest, calls: 1, end: ourMistake},
	{line: "content left out: 500 without a type that says so", fault: at(2, raw(500, internal("'dict object' has no attribute 'content'"))), kind: model.BadRequest, calls: 2, end: "error SPEC"},
	{line: "response_format json_schema: 500", params: `?extra.response_format={"type":"json_schema"}`, fault: at(0, raw(500, schemaRefused)), kind: model.BadRequest, calls: 1, end: ourMistake},

	{line: "stream with tools: 200, no event, no [DONE]", stream: true, fault: func(r scripted.Request, _ int64) scripted.Fault {
		if r.Stream {
			return scripted.EmptyStream()
		}
		return scripted.Fault{}
	}, calls: 4, end: wholeTrial},
	{line: "the next request after it ends in unexpected EOF; EOF on a reused connection", fault: at(2, scripted.Drop()), calls: 3, end: wholeTrial},
	{line: "the connection ends within the body", fault: at(2, scripted.CutBody(40)), calls: 3, end: wholeTrial},
	{line: "a stream without a finish reason", stream: true, fault: at(0, scripted.CutStream(2)), kind: model.CutStream, calls: 2, end: brokenTrial},
	{line: "include_usage ignored; id, type, name repeated, role:null, function_call beside", stream: true,
		fault: at(1, sse(cpp(`{"role":"assistant","content":null,"function_call":null,"tool_calls":null}`, "null"), cppArguments(`{`), cppArguments(` "text`), cppArguments(`": "one"`), cppArguments(` }`), cppArguments(``),
			cpp(`{"role":null,"content":null,"function_call":null,"tool_calls":null}`, `"tool_calls"`))), calls: 2, end: wholeTrial, see: oneNote("one")},
	{line: "llama-server: first delta content:null, timings, usage chunk with choices:[]", stream: true,
		fault: at(1, sse(`{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"id":"c","model":"m","object":"chat.completion.chunk"}`,
			`{"choices":[{"finish_reason":null,"index":0,"delta":{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"note","arguments":"{\"text\":"}}]}}],"id":"c"}`,
			`{"choices":[{"finish_reason":null,"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"one\"}"}}]}}],"id":"c"}`,
			`{"choices":[{"finish_reason":"tool_calls","index":0,"delta":{}}],"id":"c","timings":{"prompt_n":1,"predicted_ms":1.5}}`,
			`{"choices":[],"id":"c","usage":{"completion_tokens":11,"prompt_tokens":22,"total_tokens":33},"timings":{"prompt_n":1}}`)), calls: 2, end: wholeTrial,
		see: func(t *testing.T, r *transcript.Record) {
			oneNote("one")(t, r)
			if u := firstAnswer(t, r).Usage; u.PromptTokens != 22 || u.CompletionTokens != 11 {
				t.Errorf("usage %+v", u)
			}
		}},

	{line: "a wrong model is answered, under the wrong name or the real one", fault: at(1, raw(200, strings.Replace(legacyCall, `"model":"m"`, `"model":"another"`, 1))), calls: 2, end: wholeTrial,
		see: func(t *testing.T, r *transcript.Record) {
			if got := firstAnswer(t, r).Model; got != "another" {
				t.Errorf("the record says that %q answered", got)
			}
		}},
	{line: "error body {detail} with 401", fault: at(0, scripted.DetailBody(401, "Not authenticated")), kind: model.BadKey, calls: 1, end: ourMistake},
	{line: "error body {detail} with 404", fault: at(0, scripted.DetailBody(404, "Not Found")), kind: model.BadRequest, calls: 1, end: ourMistake},
	{line: "error body {detail} with 405", fault: at(0, scripted.DetailBody(405, "Method Not Allowed")), kind: model.BadRequest, calls: 1, end: ourMistake},
	{line: "plain text with 500", fault: at(0, raw(500, "Internal Server Error")), kind: model.ServerError, calls: 2, end: brokenTrial},
	{line: "plain text with 500, once", fault: at(1, raw(500, "Internal Server Error")), calls: 3, end: wholeTrial},
	{line: "error.code a number, of the server's fault", fault: at(0, raw(500, `{"error":{"code":500,"message":"slot unavailable","type":"server_error"}}`)), kind: model.ServerError, calls: 2, end: brokenTrial},
	{line: "error.code a number, of the request's fault", fault: at(0, raw(400, `{"error":{"code":400,"message":"Expected 'messages' to be an array","type":"invalid_request_error"}}`)), kind: model.BadRequest, calls: 1, end: ourMistake},
	{line: "an error in a 200 answer", fault: at(0, scripted.ErrorBody("out of memory")), kind: model.ErrorBody, calls: 2, end: brokenTrial},
	{line: "context overflow at the first turn", fault: at(0, raw(400, overflow)), kind: model.ContextLength, calls: 1, end: "error SPEC"},
	{line: "context overflow half-way", fault: at(2, raw(400, overflow)), kind: model.ContextLength, calls: 2, end: "limit context"},
	{line: "llama-server's context overflow half-way", fault: at(2, raw(400, slotOverflow)), kind: model.ContextLength, calls: 2, end: "limit context"},
	{line: "context overflow while streaming: an empty stream, then the proper error", stream: true, fault: func(r scripted.Request, n int64) scripted.Fault {
		switch {
		case n == 1:
			return scripted.Fault{}
		case r.Stream:
			return scripted.EmptyStream()
		}
		return raw(400, overflow)
	}, kind: model.ContextLength, calls: 3, end: "limit context"},
}

// oneNote demands that the tool was called once in all, with that text.
func oneNote(text string) func(*testing.T, *transcript.Record) {
	return func(t *testing.T, r *transcript.Record) {
		var notes []string
		for _, c := range r.ToolCalls {
			if c.Name != "submit" {
				notes = append(notes, c.Name+" "+c.Result)
			}
		}
		if len(notes) != 1 || notes[0] != "note noted "+text {
			t.Errorf("calls: %q", notes)
		}
	}
}

func firstAnswer(t *testing.T, r *transcript.Record) transcript.ModelCall {
	t.Helper()
	for _, e := range r.Events {
		if c, ok := e.Body.(transcript.ModelCall); ok && c.Error == "" {
			return c
		}
	}
	t.Fatal("no answer is on record")
	return transcript.ModelCall{}
}

// streaming asks for every answer as a stream.
type streaming struct{ *model.Client }

func (s streaming) Chat(ctx context.Context, r model.Request) (model.Response, error) {
	r.Stream = true
	return s.Client.Chat(ctx, r)
}

type noteIn struct {
	Text string `json:"text"`
}

func noteTools() []world.Tool {
	note := world.Func("note", "Writes a note down.", func(_ context.Context, in noteIn) (string, error) { return "noted " + in.Text, nil })
	bare := world.Tool{Name: "now", Doc: "The time.", Call: func(context.Context, json.RawMessage) (string, error) { return "noon", nil }}
	return []world.Tool{note, agent.Submit(), bare}
}

// notes writes one note and submits.
func notes(c *scripted.Conversation) scripted.Reply {
	if len(c.Called("note")) > 0 {
		return scripted.Do("submit", map[string]string{"answer": "done"})
	}
	return scripted.Do("note", map[string]string{"text": "first"})
}

func TestDeviationsOfServers(t *testing.T) {
	for _, d := range deviations {
		t.Run(d.line, func(t *testing.T) {
			t.Parallel()
			server, err := scripted.Start(context.Background(), scripted.Config{Faults: d.fault, Policies: []scripted.Policy{{Name: "m", Doc: "Notes and submits.", Reply: notes}}})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			endpoint, err := model.Parse(server.URL()+"#m"+d.params, nil)
			if err != nil {
				t.Fatal(err)
			}
			client, err := model.New(model.Config{Endpoint: endpoint, MaxAttempts: 2, Timeout: time.Minute, Transport: model.NewTransport(1)})
			if err != nil {
				t.Fatal(err)
			}
			var chatter agent.Chatter = client
			if d.stream {
				chatter = streaming{client}
			}
			s := stage(agent.Limits{Turns: 5}, noteTools()...)
			end, err := agent.Loop(t.Context(), chatter, s, nil)
			record := &transcript.Record{Events: s.Events(), End: end}
			if got := became(end, err); got != d.end {
				t.Errorf("the trial became %q, want %q (%v)", got, d.end, err)
			}
			if made := server.Stats().Requests; made != d.calls {
				t.Errorf("%d requests, want %d", made, d.calls)
			}
			d.checkKind(t, record, err)
			if d.see != nil {
				d.see(t, record)
			}
		})
	}
}

// became is what a trial came to, in a few words.
func became(end transcript.End, err error) string {
	var failure *agent.Failure
	switch {
	case errors.As(err, &failure) && failure.Final:
		return fmt.Sprintf("error %s final", failure.Whose)
	case errors.As(err, &failure):
		return fmt.Sprintf("error %s", failure.Whose)
	case err != nil:
		return err.Error()
	case end.Reason == transcript.EndLimit:
		return "limit " + end.Limit
	}
	return string(end.Reason) + " " + end.Answer
}

// checkKind demands that the error has its name, and that nothing that is no
// whole answer is on record as a turn: every answered call has a whole call of a
// tool.
func (d deviation) checkKind(t *testing.T, r *transcript.Record, err error) {
	t.Helper()
	named := d.kind == ""
	var fault *model.Error
	if errors.As(err, &fault) {
		named = fault.Kind == d.kind
	}
	for _, e := range r.Events {
		c, ok := e.Body.(transcript.ModelCall)
		switch {
		case ok && c.Error != "":
			named = d.kind != "" && strings.Contains(c.Error, string(d.kind))
		case ok && len(c.Calls) == 0:
			t.Errorf("a turn without a call is on record: %s", c.Raw)
		}
	}
	if !named {
		t.Errorf("got %v, want an error of the kind %q", err, d.kind)
	}
	for _, c := range r.ToolCalls {
		if c.Error != "" {
			t.Errorf("the model was told of %q, which is not its doing", c.Error)
		}
	}
}
