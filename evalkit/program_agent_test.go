package evalkit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit"
)

// The test binary is the outside agent too: started with OUTSIDE_AGENT it acts
// as that one, in the sandbox, and knows nothing of evalkit.
func init() {
	act, ok := outsideAgents[os.Getenv("OUTSIDE_AGENT")]
	if !ok {
		return
	}
	if err := act(newOutside()); err != nil {
		fmt.Fprintln(os.Stderr, "outside:", err)
		os.Exit(3)
	}
	os.Exit(0)
}

// outsideProgram is the binary as a Program.
func outsideProgram(t testing.TB, act string) evalkit.OutsideProgram {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := evalkit.Program("/opt/outside/"+filepath.Base(binary), "{prompt}")
	p.Folders = []evalkit.Folder{{Host: filepath.Dir(binary), Path: "/opt/outside"}}
	p.Env = map[string]string{"OUTSIDE_AGENT": act}
	return p
}

var outsideAgents = map[string]func(*outside) error{
	"loop":  func(o *outside) error { return o.loop(o.stream, os.Args[1]) },
	"whole": func(o *outside) error { return o.loop(o.whole, os.Args[1]) },
	"shell": func(o *outside) error { o.tool = shellNamed("run_shell", "argv"); return o.loop(o.stream, os.Args[1]) },
	"words": (*outside).words,
	"crash": func(*outside) error { return errors.New("cannot find my settings") },
	"mute":  func(*outside) error { fmt.Println("nothing to do"); return nil },
	"late": func(o *outside) error {
		_, err := o.stream(o.ask(os.Args[1]))
		return errors.Join(err, errors.New("out of luck"))
	},
	"forget": func(o *outside) error { o.stream(o.ask(os.Args[1])); return nil },
	"alone":  (*outside).alone,
	"leaves": func(o *outside) error { // its model's call undone, and acts
		if _, err := o.stream(o.ask(os.Args[1])); err != nil {
			return err
		}
		return os.WriteFile("/app/on-its-own", []byte("unseen"), 0o644)
	},
	"stray":  (*outside).stray,
	"repeat": (*outside).repeat,
	"talks":  (*outside).talks,
	"daemon": (*outside).daemon,
	"stdin": func(o *outside) error {
		b, err := io.ReadAll(os.Stdin)
		settings, err2 := os.ReadFile("/root/.outside.json")
		return errors.Join(err, err2, o.loop(o.stream, string(b)+string(settings)))
	},
}

// outside is a small agent: go-openai, a shell tool, a loop.
type outside struct {
	client *openai.Client
	model  string
	tool   openai.Tool
}

func newOutside() *outside {
	cfg := openai.DefaultConfig(os.Getenv("OPENAI_API_KEY"))
	cfg.BaseURL = os.Getenv("OPENAI_BASE_URL")
	return &outside{client: openai.NewClientWithConfig(cfg), model: "small", tool: shellNamed("bash", "command")}
}

func shellNamed(name, argument string) openai.Tool {
	schema := fmt.Sprintf(`{"type":"object","properties":{%q:{"type":"string"}}}`, argument)
	return openai.Tool{Type: "function", Function: &openai.FunctionDefinition{Name: name, Parameters: json.RawMessage(schema)}}
}

func (o *outside) ask(prompt string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{
		Model: o.model, Tools: []openai.Tool{o.tool}, StreamOptions: &openai.StreamOptions{IncludeUsage: true},
		Messages: []openai.ChatCompletionMessage{{Role: "system", Content: "You are an outside agent."}, {Role: "user", Content: prompt}},
	}
}

type answerer func(openai.ChatCompletionRequest) (openai.ChatCompletionMessage, error)

func (o *outside) whole(r openai.ChatCompletionRequest) (openai.ChatCompletionMessage, error) {
	r.StreamOptions = nil
	answer, err := o.client.CreateChatCompletion(context.Background(), r)
	if err != nil {
		return openai.ChatCompletionMessage{}, err
	}
	if answer.Usage.TotalTokens == 0 || answer.Model != r.Model {
		return openai.ChatCompletionMessage{}, fmt.Errorf("the answer is %+v", answer)
	}
	return answer.Choices[0].Message, nil
}

// stream joins a streamed answer, and is strict about its form.
func (o *outside) stream(r openai.ChatCompletionRequest) (openai.ChatCompletionMessage, error) {
	m := openai.ChatCompletionMessage{Role: "assistant"}
	s, err := o.client.CreateChatCompletionStream(context.Background(), r)
	if err != nil {
		return m, err
	}
	defer s.Close()
	finish, counted := "", false
	for {
		chunk, err := s.Recv()
		switch {
		case errors.Is(err, io.EOF) && finish != "" && counted:
			return m, nil
		case err != nil:
			return m, fmt.Errorf("stream, finish %q, counted %v: %w", finish, counted, err)
		}
		counted = counted || chunk.Usage != nil && chunk.Usage.TotalTokens > 0
		for _, c := range chunk.Choices {
			finish += string(c.FinishReason)
			m.Content += c.Delta.Content
			for _, d := range c.Delta.ToolCalls {
				if *d.Index == len(m.ToolCalls) {
					m.ToolCalls = append(m.ToolCalls, openai.ToolCall{ID: d.ID, Type: d.Type})
				}
				call := &m.ToolCalls[*d.Index]
				call.Function.Name += d.Function.Name
				call.Function.Arguments += d.Function.Arguments
			}
		}
	}
}

// loop is what an agent does: until an answer calls nothing.
func (o *outside) loop(answer answerer, prompt string) error {
	r := o.ask(prompt)
	for {
		m, err := answer(r)
		if err != nil {
			return err
		}
		r.Messages = append(r.Messages, m)
		if len(m.ToolCalls) == 0 {
			fmt.Println(m.Content)
			return nil
		}
		for _, c := range m.ToolCalls {
			r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: "tool", ToolCallID: c.ID, Content: o.run(c)})
		}
	}
}

func (o *outside) run(c openai.ToolCall) string {
	var arguments map[string]string
	if err := json.Unmarshal([]byte(c.Function.Arguments), &arguments); err != nil {
		return "bad arguments: " + err.Error()
	}
	return shellOut(arguments["command"] + arguments["argv"])
}

func shellOut(command string) string {
	out, err := exec.Command("bash", "-c", command).CombinedOutput()
	if err != nil {
		return string(out) + "\n[" + err.Error() + "]"
	}
	if len(out) == 0 {
		return "(no output)"
	}
	return string(out)
}

// words is an agent that lets its model act by a block of text.
func (o *outside) words() error {
	r := o.ask(os.Args[1])
	r.Tools = nil
	for {
		m, err := o.stream(r)
		if err != nil {
			return err
		}
		_, command, ok := strings.Cut(m.Content, "```bash\n")
		if !ok {
			return nil
		}
		command, _, _ = strings.Cut(command, "\n```")
		r.Messages = append(r.Messages, m, openai.ChatCompletionMessage{Role: "user", Content: "Output:\n" + shellOut(command)})
	}
}

// alone offers a tool and acts without it as well.
func (o *outside) alone() error {
	if err := o.loop(o.stream, os.Args[1]); err != nil {
		return err
	}
	return os.WriteFile("/app/on-its-own", []byte("unseen"), 0o644)
}

// stray asks for something else than chat completions, too.
func (o *outside) stray() error {
	resp, err := http.Post(os.Getenv("OPENAI_BASE_URL")+"/responses", "application/json", strings.NewReader(`{"input":"hi"}`))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 404 || !bytes.Contains(body, []byte(`"error"`)) {
		return fmt.Errorf("%d %s %v", resp.StatusCode, body, err)
	}
	if len(os.Args) > 2 {
		return nil
	}
	return o.loop(o.stream, os.Args[1])
}

// repeat gives up on its first request and makes it again, word for word.
func (o *outside) repeat() error {
	ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer stop()
	r := o.ask(os.Args[1])
	if _, err := o.client.CreateChatCompletionStream(ctx, r); err == nil {
		return errors.New("the first request was answered at once")
	}
	return o.loop(o.stream, os.Args[1])
}

// talks holds two conversations: a title is made beside the work.
func (o *outside) talks() error {
	title := make(chan error, 1)
	go func() {
		r := openai.ChatCompletionRequest{Model: "tiny", Messages: []openai.ChatCompletionMessage{{Role: "user", Content: "Make a title of: " + os.Args[1]}}}
		_, err := o.whole(r)
		title <- err
	}()
	return errors.Join(o.loop(o.stream, os.Args[1]), <-title)
}

// daemon leaves something running that undoes whatever happens to a file.
func (o *outside) daemon() error {
	c := exec.Command("bash", "-c", "trap '' TERM HUP INT; while :; do echo again > /app/left; done")
	if err := c.Start(); err != nil {
		return err
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat("/app/left"); err == nil {
			return o.loop(o.stream, os.Args[1])
		}
		<-tick.C
	}
}
