//go:build unix

package model

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	openai "github.com/sashabaranov/go-openai"
)

// The work of a trial: five calls, four of them of the tool note, one
// conversation; 20 trials at a time. The server is this binary in a process of
// its own, so that its CPU is not counted.
//
//	go test -run '^$' -bench Trial -benchtime 3000x ./evalkit/model

const benchServer = "EVALKIT_MODEL_BENCH_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveBench()
		return
	}
	os.Exit(m.Run())
}

// serveBench serves until its standard input ends.
func serveBench() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var seq atomic.Int64
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n := seq.Add(1)
		turn := strings.Count(string(body), `"role":"assistant"`)
		message, finish := `{"role":"assistant","content":"done"}`, "stop"
		if turn < 4 {
			message = fmt.Sprintf(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_%d","type":"function","function":{"name":"note","arguments":"{\"text\":\"step %d\"}"}}]}`, n, turn)
			finish = "tool_calls"
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"chatcmpl-%d","object":"chat.completion","created":1700000000,"model":"fake","choices":[{"index":0,"message":%s,"finish_reason":%q}],"usage":{"prompt_tokens":%d,"completion_tokens":10,"total_tokens":%d}}`+"\n",
			n, message, finish, 20+len(body)/4, 30+len(body)/4)
	}))
	fmt.Println(l.Addr())
	io.Copy(io.Discard, os.Stdin)
}

func startBenchServer(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + strings.TrimSpace(addr) + "/v1"
}

const benchPrompt = "Write down each step with the tool, then say that you are done."

var benchTools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
	Name: "note", Description: "Write a note down.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string","description":"Text of the note."}},"required":["text"],"additionalProperties":false}`),
}}}

func benchTransport() *http.Transport {
	return &http.Transport{MaxIdleConns: 20, MaxIdleConnsPerHost: 20}
}

func bareTrial(base string) func() error {
	cfg := openai.DefaultConfig("none")
	cfg.BaseURL = base
	cfg.HTTPClient = &http.Client{Transport: benchTransport()}
	return bareWith(openai.NewClientWithConfig(cfg))
}

func bareWith(c *openai.Client) func() error {
	return func() error {
		msgs := []openai.ChatCompletionMessage{{Role: "user", Content: benchPrompt}}
		for range 50 {
			out, err := c.CreateChatCompletion(context.Background(), openai.ChatCompletionRequest{Model: "fake", Messages: msgs, Tools: benchTools})
			if err != nil {
				return err
			}
			m := out.Choices[0].Message
			msgs = append(msgs, m)
			if len(m.ToolCalls) == 0 {
				return nil
			}
			for _, call := range m.ToolCalls {
				msgs = append(msgs, openai.ChatCompletionMessage{Role: "tool", Content: "ok", ToolCallID: call.ID})
			}
		}
		return fmt.Errorf("no end")
	}
}

func ourTrial(base string) func() error {
	e, err := Parse(base+"#fake", func(string) string { return "" })
	if err != nil {
		panic(err)
	}
	c, err := New(Config{Endpoint: e, Transport: NewTransport(20)})
	if err != nil {
		panic(err)
	}
	return oursWith(c)
}

func oursWith(c *Client) func() error {
	return func() error {
		talk := []Message{User(benchPrompt)}
		for range 50 {
			out, err := c.Chat(context.Background(), Request{Messages: talk, Tools: benchTools})
			if err != nil {
				return err
			}
			talk = append(talk, out.Message)
			if len(out.Message.ToolCalls) == 0 {
				return nil
			}
			for _, call := range out.Message.ToolCalls {
				talk = append(talk, ToolResult(call.ID, "ok"))
			}
		}
		return fmt.Errorf("no end")
	}
}

func ownCPU() int64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return r.Utime.Nano() + r.Stime.Nano()
}

// BenchmarkTrial reports the client's CPU a trial for the bare client and for
// this package, and their ratio, in turns within one run.
func BenchmarkTrial(b *testing.B) {
	base := startBenchServer(b)
	bare, ours := bareTrial(base), ourTrial(base)
	run := func(trial func() error, n int) int64 {
		start := ownCPU()
		var next atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for next.Add(1) <= int64(n) {
					if err := trial(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		return ownCPU() - start
	}
	run(bare, 40)
	run(ours, 40)
	var bareCPU, ourCPU int64
	b.ResetTimer()
	const slice = 100
	for done := 0; done < b.N; done += slice {
		n := min(slice, b.N-done)
		bareCPU += run(bare, n)
		ourCPU += run(ours, n)
	}
	b.ReportMetric(float64(bareCPU)/float64(b.N)/1e3, "bare-µs-CPU/trial")
	b.ReportMetric(float64(ourCPU)/float64(b.N)/1e3, "ours-µs-CPU/trial")
	b.ReportMetric(float64(ourCPU)/float64(bareCPU), "ratio")
}

// BenchmarkCall measures one trial's five calls without a network: what the two
// clients spend and allocate around it.
func BenchmarkCall(b *testing.B) {
	answers := &cannedTransport{}
	run := func(b *testing.B, trial func() error) {
		b.ReportAllocs()
		for b.Loop() {
			if err := trial(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("bare", func(b *testing.B) {
		cfg := openai.DefaultConfig("none")
		cfg.BaseURL, cfg.HTTPClient = "http://127.0.0.1:1/v1", doFunc(answers.RoundTrip)
		run(b, bareWith(openai.NewClientWithConfig(cfg)))
	})
	b.Run("ours", func(b *testing.B) {
		c, err := New(Config{Endpoint: Endpoint{Spec: "x", Name: "fake", BaseURL: "http://127.0.0.1:1/v1", KeyOptional: true}, Transport: answers})
		if err != nil {
			b.Fatal(err)
		}
		run(b, oursWith(c))
	})
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// cannedTransport answers as the server does, by the number of messages so far.
type cannedTransport struct{}

func (*cannedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := `{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"fake","choices":[{"index":0,"message":{"role":"assistant","content":"done"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}}`
	if strings.Count(string(body), `"role":"assistant"`) < 4 {
		answer = `{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"fake","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"note","arguments":"{\"text\":\"step\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}}`
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: int64(len(answer)), Body: io.NopCloser(strings.NewReader(answer))}, nil
}
