package scripted_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

const (
	plain    = `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"bash"}}]}`
	streamIt = `{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"bash"}}]}`
)

func faulty(t *testing.T, f scripted.Fault) *scripted.Server {
	reply := scripted.Bash("echo one two three four five six seven eight")
	reply.Text = "some words before the call is made"
	reply.Fault = f
	return start(t, scripted.Config{Policies: []scripted.Policy{policy("m", scripted.Always(reply))}})
}

func TestFaultsThatReplaceTheAnswer(t *testing.T) {
	for _, c := range []struct {
		fault       scripted.Fault
		status      int
		contentType string
		body        string // what it holds; "" for nothing at all
	}{
		{scripted.Throttle(0), 429, "application/json", `"code":"rate_limit_exceeded"`},
		{scripted.Status(500, ""), 500, "application/json", `"type":"server_error"`},
		{scripted.Status(503, "overloaded"), 503, "text/plain; charset=utf-8", "overloaded"},
		{scripted.Status(400, `{"error":"context length"}`), 400, "application/json", `{"error":"context length"}`},
		{scripted.DetailBody(422, "no \"x\""), 422, "application/json", `{"detail":"no \"x\""}`},
		{scripted.Raw(500, "text/plain; charset=utf-8", "Internal Server Error"), 500, "text/plain; charset=utf-8", "Internal Server Error"},
		{scripted.Raw(200, "", `{"choices":`), 200, "application/json", `{"choices":`},
		{scripted.HTMLBody(502), 502, "text/html", "<h1>502 Bad Gateway</h1>"},
		{scripted.ErrorBody("out of memory"), 200, "application/json", `{"error":{"message":"out of memory"`},
		{scripted.EmptyStream(), 200, "application/json", ""},
	} {
		s := faulty(t, c.fault)
		resp, body, err := post(t, s, plain)
		if err != nil || resp.StatusCode != c.status || resp.Header.Get("Content-Type") != c.contentType || !strings.Contains(body, c.body) || (c.body == "" && body != "") {
			t.Errorf("%v: %v %+v %q", c.fault, err, resp, body)
		}
		resp, body, err = post(t, s, streamIt)
		if err != nil || resp.StatusCode != c.status || !strings.Contains(body, c.body) || (c.body == "" && body != "") {
			t.Errorf("%v in a stream: %v %+v %q", c.fault, err, resp, body)
		}
		if c.status == 200 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
			t.Errorf("%v in a stream: content type %s", c.fault, resp.Header.Get("Content-Type"))
		}
	}
}

func TestThrottleSaysWhenToComeBack(t *testing.T) {
	resp, _, err := post(t, faulty(t, scripted.Throttle(1500*time.Millisecond)), plain)
	if err != nil || resp.Header.Get("Retry-After") != "2" || resp.Header.Get("Retry-After-Ms") != "1500" {
		t.Errorf("%v %v", err, resp.Header)
	}
	resp, _, err = post(t, faulty(t, scripted.Throttle(0)), plain)
	if err != nil || len(resp.Header.Values("Retry-After"))+len(resp.Header.Values("Retry-After-Ms")) != 0 {
		t.Errorf("%v %v", err, resp.Header)
	}
}

func TestDropClosesTheConnection(t *testing.T) {
	s := faulty(t, scripted.Drop())
	for _, body := range []string{plain, streamIt} {
		if resp, _, err := post(t, s, body); !errors.Is(err, io.EOF) {
			t.Errorf("%v %v", resp, err)
		}
	}
	waitFor(t, func() bool { return s.Stats().ByStatus[0] == 2 })
}

func TestCutBodyBreaksTheConnection(t *testing.T) {
	for _, n := range []int{0, 1, 100, 1 << 20} {
		s := faulty(t, scripted.CutBody(n))
		for _, ask := range []string{plain, streamIt} {
			resp, body, err := post(t, s, ask)
			if !errors.Is(err, io.ErrUnexpectedEOF) || resp.StatusCode != 200 || len(body) > n || (n <= 100 && len(body) != n) || strings.Contains(body, "[DONE]") || json.Valid([]byte(body)) {
				t.Errorf("%d: %v %q", n, err, body)
			}
		}
	}
}

func TestCutStreamEndsInGoodOrderWithoutFinish(t *testing.T) {
	for _, n := range []int{0, 1, 3, 1000} {
		s := faulty(t, scripted.CutStream(n))
		_, body, err := post(t, s, streamIt)
		if got := strings.Count(body, "data: "); err != nil || (n < 1000 && got != n) || strings.Contains(body, "[DONE]") || strings.Contains(body, `"finish_reason":"`) {
			t.Errorf("%d: %v %d events %q", n, err, got, body)
		}
		if _, body, err = post(t, s, plain); err != nil || json.Valid([]byte(body)) || !strings.HasPrefix(body, `{"id"`) {
			t.Errorf("without a stream: %v %q", err, body)
		}
	}
	// What go-openai makes of it: a good end. That is the trap.
	got, err := readStream(t, faulty(t, scripted.CutStream(3)), openai.ChatCompletionRequest{Model: "m", Messages: user("x")})
	if err != nil || got.finish != "" || got.text == "" {
		t.Errorf("through go-openai: %+v, %v", got, err)
	}
}

func TestNoChoices(t *testing.T) {
	s := faulty(t, scripted.NoChoices())
	if resp, err := client(s).CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{Model: "m", Messages: user("x")}); err != nil || len(resp.Choices) != 0 || resp.Usage.TotalTokens == 0 {
		t.Errorf("%+v, %v", resp, err)
	}
	if got, err := readStream(t, s, openai.ChatCompletionRequest{Model: "m", Messages: user("x")}); err != nil || got.events == 0 || got.text != "" || got.finish != "" {
		t.Errorf("in a stream: %+v, %v", got, err)
	}
}

func TestSpoiledArguments(t *testing.T) {
	for _, f := range []scripted.Fault{scripted.MalformedArguments(), scripted.CutArguments()} {
		says := scripted.Say("no call")
		says.Fault = f
		bare := scripted.Do("submit", nil)
		bare.Fault = f
		full := scripted.Bash("ls -l")
		full.Fault = f
		s := start(t, scripted.Config{Policies: []scripted.Policy{policy("says", scripted.Always(says)), policy("bare", scripted.Always(bare)), policy("full", scripted.Always(full))}})
		for _, model := range []string{"says", "bare", "full"} {
			req := openai.ChatCompletionRequest{Model: model, Messages: user("x"), Tools: []openai.Tool{bashTool}}
			whole, err := client(s).CreateChatCompletion(t.Context(), req)
			if err != nil {
				t.Fatalf("%v %s: %v", f, model, err)
			}
			got, err := readStream(t, s, req)
			if err != nil {
				t.Fatalf("%v %s: %v", f, model, err)
			}
			call := whole.Choices[0].Message.ToolCalls[0]
			if json.Valid([]byte(call.Function.Arguments)) || call.Function.Arguments == "" || whole.Choices[0].FinishReason != "tool_calls" || got.finish != "tool_calls" || got.calls[0].Function != call.Function {
				t.Errorf("%v %s: %+v, in a stream %+v", f, model, call, got)
			}
		}
		if resp, body, err := post(t, s, `{"model":"says","messages":[{"role":"user","content":"x"}]}`); err != nil || resp.StatusCode != 500 || !strings.Contains(body, "offers no tool") {
			t.Errorf("%v without tools: %v %s", f, err, body)
		}
	}
}

func TestComments(t *testing.T) {
	s := faulty(t, scripted.Comments(5))
	if _, body, err := post(t, s, streamIt); err != nil || strings.Count(body, ": PROCESSING\n\n") != 5 || !strings.HasSuffix(body, "data: [DONE]\n\n") {
		t.Errorf("%v %q", err, body)
	}
	if _, body, err := post(t, s, plain); err != nil || !strings.HasPrefix(body, "\n\n\n\n\n{") || !json.Valid([]byte(body)) {
		t.Errorf("without a stream: %v %q", err, body)
	}
}

func TestHangEndsWhenTheClientGoes(t *testing.T) {
	for _, f := range []scripted.Fault{scripted.Hang(), scripted.Stall(2)} {
		s := faulty(t, f)
		for _, body := range []string{plain, streamIt} {
			ctx, cancel := context.WithCancel(t.Context())
			req, _ := http.NewRequestWithContext(ctx, "POST", s.URL()+"/chat/completions", strings.NewReader(body))
			done := make(chan error, 1)
			go func() {
				resp, err := http.DefaultClient.Do(req)
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				done <- err
			}()
			waitFor(t, func() bool { return s.Stats().InFlight == 1 })
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("%v: %v", f, err)
			}
			waitFor(t, func() bool { return s.Stats().InFlight == 0 })
		}
		if n := s.Stats().ByStatus[0]; n != 2 {
			t.Errorf("%v: %d requests without a whole answer", f, n)
		}
	}
}

func TestStallSendsItsEventsFirst(t *testing.T) {
	s := faulty(t, scripted.Stall(2))
	stream, err := client(s).CreateChatCompletionStream(t.Context(), openai.ChatCompletionRequest{Model: "m", Messages: user("x")})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for range 2 {
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.Stats(); st.InFlight != 1 {
		t.Errorf("stats: %+v", st)
	}
}

func TestFaultsOfTheServerGoFirstAndAreCounted(t *testing.T) {
	silent, _ := scripted.Lookup("silent")
	own := policy("own", scripted.Always(scripted.Reply{Fault: scripted.Status(500, "")}))
	every := scripted.Every(3, scripted.Throttle(time.Second))
	s := start(t, scripted.Config{Policies: []scripted.Policy{silent, own}, Faults: func(r scripted.Request, n int64) scripted.Fault {
		if r.Conversation.Task() == "panic" {
			panic("in faults")
		}
		return every(r, n)
	}})
	var got []int
	for _, ask := range []string{"silent", "own", "own", "silent"} {
		resp, _, err := post(t, s, `{"model":"`+ask+`","messages":[{"role":"user","content":"x"}]}`)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	if got[0] != 200 || got[1] != 500 || got[2] != 429 || got[3] != 200 {
		t.Errorf("statuses: %v", got)
	}
	if resp, body, err := post(t, s, `{"model":"silent","messages":[{"role":"user","content":"panic"}]}`); err != nil || resp.StatusCode != 500 || !strings.Contains(body, "in faults") {
		t.Errorf("a panic in Faults: %v %s", err, body)
	}
}

// waitFor polls until the condition holds or ten seconds have passed.
func waitFor(t *testing.T, cond func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline:
			t.Fatal("waited ten seconds in vain")
		case <-tick.C:
		}
	}
}
