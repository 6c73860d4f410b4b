package model

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Every way in which an answer is no turn of the model has a name.
func TestFaults(t *testing.T) {
	pydantic := `{"error":{"message":"[{'type': 'literal_error', 'msg': \"Input should be 'system'\", 'url': 'https://errors.pydantic.dev/2.11/v/literal_error'}]","type":"internal_server_error","param":null,"code":null}}`
	chunk := func(delta, finish string) string {
		return `data: {"id":"s","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}` + "\n\n"
	}
	for _, tt := range []struct {
		name   string
		status int
		body   string
		stream bool
		kind   Kind
		whose  string
		again  bool
		says   string
	}{
		{name: "throttled", status: 429, body: `{"error":{"message":"slow down","type":"rate_limit"}}`, kind: Throttled, whose: WhoseProvider, again: true, says: "slow down"},
		{name: "no quota", status: 429, body: `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`, kind: NoCredit, whose: WhoseSpec, says: "quota"},
		{name: "server error", status: 503, body: `{"error":{"message":"overloaded"}}`, kind: ServerError, whose: WhoseProvider, again: true, says: "overloaded"},
		{name: "error body: array", status: 503, body: `[{"error":{"code":503,"message":"array says"}}]`, kind: ServerError, whose: WhoseProvider, again: true, says: "array says"},
		{name: "error body: detail", status: 401, body: `{"detail":"Invalid API key"}`, kind: BadKey, whose: WhoseSpec, says: "Invalid API key; check the environment variable TEST_KEY"},
		{name: "error body: FastAPI list", status: 422, body: `{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]}`, kind: BadRequest, whose: WhoseSpec, says: "Field required"},
		{name: "error body: HTML", status: 502, body: "<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>", kind: ServerError, whose: WhoseProvider, again: true, says: ": 502 Bad Gateway"},
		{name: "error body: HTML without a title", status: 502, body: "<html><style>x{}</style><body>bad <b>gate</b></body></html>", kind: ServerError, whose: WhoseProvider, again: true, says: ": bad gate"},
		{name: "error body: string", status: 500, body: `{"error":"plain words"}`, kind: ServerError, whose: WhoseProvider, again: true, says: "plain words"},
		{name: "error body: text", status: 500, body: "Internal Server Error", kind: ServerError, whose: WhoseProvider, again: true, says: "Internal Server Error"},
		{name: "error body: empty", status: 500, kind: ServerError, whose: WhoseProvider, again: true},
		{name: "own fault as 500: validation dump", status: 500, body: pydantic, kind: BadRequest, whose: WhoseSpec, says: "Input should be"},
		{name: "own fault as 500: template", status: 500, body: `{"error":{"message":"'dict object' has no attribute 'content'","type":"internal_server_error"}}`, kind: BadRequest, whose: WhoseSpec},
		{name: "own fault as 500: type", status: 500, body: `{"error":{"message":"no","type":"invalid_request_error"}}`, kind: BadRequest, whose: WhoseSpec},
		{name: "own fault as 500: context", status: 500, body: `{"error":{"message":"no","code":"context_length_exceeded"}}`, kind: ContextLength, whose: WhoseSpec},
		{name: "context", status: 400, body: `{"error":{"message":"This model's maximum context length is 8192 tokens"}}`, kind: ContextLength, whose: WhoseSpec},
		{name: "context of llama-server", status: 400, body: `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, kind: ContextLength, whose: WhoseSpec},
		{name: "unknown model", status: 404, body: `{"error":{"message":"The model 'x' does not exist","code":"model_not_found"}}`, kind: UnknownModel, whose: WhoseSpec, says: `check the name "fake"`},
		{name: "unknown model of OpenRouter", status: 400, body: `{"error":{"message":"foo/bar is not a valid model ID","code":400}}`, kind: UnknownModel, whose: WhoseSpec},
		{name: "wrong address", status: 404, body: "404 page not found", kind: BadRequest, whose: WhoseSpec, says: "/v1"},
		{name: "redirect", status: 301, body: "", kind: BadRequest, whose: WhoseSpec, says: "redirects"},
		{name: "bad request", status: 400, body: `{"error":{"message":"Unsupported parameter: 'temperature' is not supported with this model."}}`, kind: BadRequest, whose: WhoseSpec},
		{name: "forbidden", status: 403, body: `{"error":{"message":"region"}}`, kind: Forbidden, whose: WhoseSpec},
		{name: "no credit", status: 402, body: `{"error":{"message":"Insufficient Balance"}}`, kind: NoCredit, whose: WhoseSpec},
		{name: "200 with an error", status: 200, body: `{"error":{"message":"upstream died"}}`, kind: ErrorBody, whose: WhoseProvider, again: true, says: "upstream died"},
		{name: "200 with an error and choices", status: 200, body: strings.Replace(say(plainAnswer, "stop"), `{"id"`, `{"error":{"message":"x"},"id"`, 1), kind: ErrorBody, whose: WhoseProvider, again: true},
		{name: "200 with a 429 inside", status: 200, body: `{"error":{"message":"rate","code":429}}`, kind: Throttled, whose: WhoseProvider, again: true},
		{name: "200 with a detail", status: 200, body: `{"detail":"what"}`, kind: ErrorBody, whose: WhoseProvider, again: true, says: "what"},
		{name: "200 with an array", status: 200, body: `[{"error":{"message":"arr"}}]`, kind: ErrorBody, whose: WhoseProvider, again: true, says: "arr"},
		{name: "200 with an error in the choice", status: 200, body: `{"choices":[{"error":{"message":"cut off","code":502},"message":{"role":"assistant","content":"he"},"finish_reason":"error"}]}`, kind: ServerError, whose: WhoseProvider, again: true, says: "cut off"},
		{name: "200 with finish reason error", status: 200, body: say(plainAnswer, "error"), kind: ErrorBody, whose: WhoseProvider, again: true},
		{name: "no choices", status: 200, body: `{"id":"x","choices":[]}`, kind: NoChoices, whose: WhoseProvider, again: true},
		{name: "choices null", status: 200, body: `{"id":"x","choices":null}`, kind: NoChoices, whose: WhoseProvider, again: true},
		{name: "no finish reason", status: 200, body: `{"choices":[{"message":{"role":"assistant","content":"he"},"finish_reason":null}]}`, kind: NoFinish, whose: WhoseProvider, again: true},
		{name: "no message", status: 200, body: `{"choices":[{"finish_reason":"stop"}]}`, kind: Malformed, whose: WhoseProvider, again: true},
		{name: "message of another form", status: 200, body: say(`{"content":{"a":1}}`, "stop"), kind: Malformed, whose: WhoseProvider, again: true},
		{name: "message is text", status: 200, body: say(`"hello"`, "stop"), kind: Malformed, whose: WhoseProvider, again: true},
		{name: "not JSON", status: 200, body: "<html><title>Sign in</title></html>", kind: NotJSON, whose: WhoseProvider, again: true, says: "Sign in"},
		{name: "cut JSON", status: 200, body: say(plainAnswer, "stop")[:60], kind: NotJSON, whose: WhoseProvider, again: true},
		{name: "empty body", status: 200, kind: NotJSON, whose: WhoseProvider, again: true, says: "empty"},
		{name: "stream without events", stream: true, status: 200, body: "data: [DONE]\n\n", kind: EmptyStream, whose: WhoseProvider, again: true, says: "leave Stream off"},
		{name: "stream of nothing", stream: true, status: 200, body: ": \n\n", kind: EmptyStream, whose: WhoseProvider, again: true},
		{name: "stream cut", stream: true, status: 200, body: chunk(`{"role":"assistant","content":"he"}`, "null"), kind: CutStream, whose: WhoseProvider, again: true},
		{name: "stream cut, with DONE", stream: true, status: 200, body: chunk(`{"content":"he"}`, "null") + "data: [DONE]\n\n", kind: CutStream, whose: WhoseProvider, again: true},
		{name: "stream cut in an event", stream: true, status: 200, body: chunk(`{"content":"he"}`, "null") + `data: {"id":"s","cho`, kind: CutStream, whose: WhoseProvider, again: true},
		{name: "stream of usage alone", stream: true, status: 200, body: `data: {"choices":[],"usage":{"total_tokens":1}}` + "\n\n", kind: NoChoices, whose: WhoseProvider, again: true},
		{name: "error in a stream after keep-alives", stream: true, status: 200,
			body: strings.Repeat(": PROCESSING\n\n", 10) + `data: {"error":{"message":"real error","code":502}}` + "\n\n", kind: ServerError, whose: WhoseProvider, again: true, says: "real error"},
		{name: "error event", stream: true, status: 200, body: "event: error\n" + `data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}` + "\n\n", kind: ErrorBody, whose: WhoseProvider, again: true, says: "Overloaded"},
		{name: "bare error between events", stream: true, status: 200, body: chunk(`{"content":"a"}`, "null") + `{"error":{"message":"bare"}}` + "\n", kind: ErrorBody, whose: WhoseProvider, again: true, says: "bare"},
		{name: "failed stream", stream: true, status: 429, body: `{"error":{"message":"later"}}`, kind: Throttled, whose: WhoseProvider, again: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := serve(t, fixed(tt.status, tt.body))
			got, err := ask(c, func(r *Request) { r.Stream = tt.stream })
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %+v, error %v", got, err)
			}
			if e.Kind != tt.kind || e.Whose != tt.whose || e.Retryable != tt.again || e.Status != tt.status || e.Attempts != 1 {
				t.Errorf("got %+v", e)
			}
			if !strings.Contains(e.Error(), tt.says) || !strings.HasPrefix(e.Error(), "test/fake: ") || strings.Contains(e.Error(), "\n") {
				t.Errorf("message: %s", e)
			}
		})
	}
}

// Arguments that max_tokens cut are an error whatever the finish reason says;
// with an honest one the caller is told.
func TestCutArguments(t *testing.T) {
	message := `{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{ \"path\" : \"/"}}]}`
	limited := func(n int) func(*Config) { return func(cfg *Config) { cfg.Endpoint.Params.MaxTokens = n } }
	c, _ := serve(t, fixed(200, say(message, "tool_calls")), limited(3))
	_, err := ask(c)
	var e *Error
	if !errors.As(err, &e) || e.Kind != CutArguments || e.Retryable || !strings.Contains(err.Error(), "raise max_tokens") {
		t.Errorf("got %v", err)
	}
	for name, n := range map[string]int{"below the limit": 4, "without a limit": 0} {
		c, _ := serve(t, fixed(200, say(message, "tool_calls")), limited(n))
		if _, err := ask(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, _ = serve(t, fixed(200, say(message, "length")), limited(3))
	if got, err := ask(c); err != nil || got.FinishReason != "length" {
		t.Errorf("got %v, %v", got.FinishReason, err)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "3", 3 * time.Second},
		{"Retry-After", "0.5", 500 * time.Millisecond},
		{"Retry-After-Ms", "250", 250 * time.Millisecond},
		{"Retry-After", "-1", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "1e30", longestRetryAfter},
		{"Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT", 0},
	} {
		h := http.Header{}
		h.Set(tt.name, tt.value)
		if got := retryAfter(h); got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.name, tt.value, got, tt.want)
		}
	}
	h := http.Header{"Retry-After": {time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}}
	if got := retryAfter(h); got < 59*time.Minute || got > time.Hour {
		t.Errorf("a date in an hour: %s", got)
	}
}
