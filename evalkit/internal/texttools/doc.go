// Package texttools is the protocol in which tools are described to a model,
// called and answered in plain text, for endpoints without tool calls
// (tools=text). It is pure text in and out, shared by the client that speaks it
// (evalkit/model) and the server whose policies do (evalkit/scripted).
//
// A call stands on lines of its own, outside of code fences and of thinking:
//
//	<tool_call>
//	{"name": "bash", "arguments": {"command": "ls"}}
//	</tool_call>
//
// and a result comes back in a user message as
//
//	<tool_response>
//	README.md
//	</tool_response>
//
// These are the tags of the Hermes and Qwen chat templates, so that many open
// models know them already.
//
// The rule of [Read]: only a whole and unambiguous call is a call. What looks
// like one and is not (malformed, cut, quoted, in another protocol's form) is a
// call with a mistake: it is not carried out, and the model is told what was
// wrong. Nothing that looks like a call is dropped, and nothing that the model
// writes is ever a result.
package texttools
