package scripted_test

import (
	"context"
	"fmt"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// A policy that reads a file and submits what it holds, met through an
// ordinary OpenAI client.
func Example() {
	reader := scripted.Policy{
		Name: "reads-then-submits",
		Doc:  "Reads the task file once and submits what it holds.",
		Reply: func(c *scripted.Conversation) scripted.Reply {
			if read := c.Called("bash"); len(read) > 0 {
				return scripted.Do("submit", map[string]string{"answer": read[0].Result})
			}
			return scripted.Bash("cat task.txt")
		},
	}
	ctx := context.Background()
	server, err := scripted.Start(ctx, scripted.Config{Policies: []scripted.Policy{reader}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	config := openai.DefaultConfig("no key is needed")
	config.BaseURL = server.URL()
	client := openai.NewClientWithConfig(config)

	messages := []openai.ChatCompletionMessage{{Role: "user", Content: "Do what task.txt says."}}
	for range 2 {
		resp, err := client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: "reads-then-submits", Messages: messages})
		if err != nil {
			fmt.Println(err)
			return
		}
		answer := resp.Choices[0].Message
		call := answer.ToolCalls[0]
		fmt.Println(call.Function.Name, call.Function.Arguments)
		messages = append(messages, answer, openai.ChatCompletionMessage{Role: "tool", ToolCallID: call.ID, Content: "42"})
	}
	// Output:
	// bash {"command":"cat task.txt"}
	// submit {"answer":"42"}
}
