// Package model talks to language models over the OpenAI chat API.
//
// An [Endpoint] is a name at an address ("openai/o3",
// "http://127.0.0.1:8080/v1#qwen"); [New] makes a [Client] for it; [Client.Chat]
// puts one question and gives one whole answer or an [*Error] that says whose
// fault it is. The vocabulary is that of github.com/sashabaranov/go-openai, and
// its client makes the requests and decodes the answers. What it drops is put
// back where the bytes go out and come in: a temperature of 0, empty contents,
// parameters that it does not know, and everything in an answer that its types
// have no field for, so that an assistant message goes back to the model as it
// came.
//
// The rule for answers: what is not a whole turn of the model is an error with
// a name. A 200 with an error in it, a stream that ends early or never begins,
// an answer without a choice, a server that forgot the finish reason: none of
// them is ever handed on as silence of the model. Faults that pass are retried,
// within a number of attempts and a total time; faults of the request itself
// are not, whatever their status.
//
// A server may do its part and still show the model other than what it was sent:
// no tools, no results, escaped text. [Client.CheckTools] asks it before the
// first trial. Where there are no tool calls to be had, tools=text puts tools
// into the system prompt and reads calls out of the text.
//
// A conversation is a []Message. Each message carries its JSON form, made once,
// so that a turn costs what is new in it:
//
//	talk := []model.Message{model.User("What is the weather in Lagos?")}
//	answer, err := client.Chat(ctx, model.Request{Messages: talk, Tools: tools})
//	...
//	talk = append(talk, answer.Message, model.ToolResult(call.ID, "27 °C"))
//
// Keys are named by environment variable, read when the first call is made, and
// appear in no error, no log line and no field of an answer.
package model
