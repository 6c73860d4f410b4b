// Package scripted is an OpenAI-compatible chat-completions server over real
// HTTP whose models are policies written in Go. Specs are tested against it,
// and it answers the default run, where there is no key and no network.
//
// A policy is a pure function of the conversation so far. It keeps no state:
// where it is follows from what was said, called and answered, so one policy
// serves any number of trials at once and a repeated call gets the same answer.
//
//	scripted.Register(scripted.Policy{
//		Name: "reads-then-submits",
//		Doc:  "Reads the task file once and submits what it holds.",
//		Reply: func(c *scripted.Conversation) scripted.Reply {
//			if read := c.Called("bash"); len(read) > 0 {
//				return scripted.Do("submit", map[string]string{"answer": read[0].Result})
//			}
//			return scripted.Bash("cat task.txt")
//		},
//	})
//
//	server, err := scripted.Start(ctx, scripted.Config{})
//	// any OpenAI client: base URL server.URL(), model "reads-then-submits"
//
// [Steps], [Rules] and [Mix] put policies together. A policy that differs from
// trial to trial draws from [Conversation.Rand], which is the same in every
// turn of one conversation and follows from the request's seed: a harness that
// sends no seed and always the same prompts always meets the same character.
//
// # What the server checks
//
// A lenient server hides the faults of a harness. This one refuses with 400
// and OpenAI's error body:
//
//   - a body that is no JSON, a field of the wrong type, a missing model, no
//     messages, an unknown role, n other than 1;
//   - a message without content (an assistant message with tool calls may do
//     without; an empty string is content), content that is not text;
//   - a tool message that answers no call of the assistant message before it,
//     a second answer to one call, a call left without an answer, two calls of
//     one id, an empty list of calls;
//   - an assistant message before the first user message, a conversation that
//     ends with an assistant message (stricter than OpenAI, as Mistral's API);
//   - a tool without a valid name, two tools of one name, parameters that are
//     no object, a tool_choice without tools or of a tool that is not offered,
//     stream_options without stream.
//
// An unknown model is 404 with the known ones named, a wrong key 401, a body
// over Config.MaxBody 413. Calls that a policy makes are sent as they are, to
// tools that do not exist too: what a model may do wrong, a policy may.
//
// A request without tools whose system prompt describes some in the words of
// evalkit's tools=text is read as one with tools, and answered in the text.
//
// # Faults
//
// A [Fault] is a deviation on the wire: too many requests, a cut stream, an
// error body under status 200. Policies give one in [Reply], whole servers in
// [Config].Faults.
package scripted
