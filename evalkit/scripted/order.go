package scripted

import (
	"fmt"
	"slices"
	"strings"
)

// checkOrder holds the rules on how messages follow each other: every call is
// answered, once, at once, and nothing else is; the user speaks first; the
// model speaks next.
func checkOrder(messages []Message) *apiError {
	var open []string // ids of the calls that still want an answer
	var asked []Call  // calls of the assistant message that may be answered now
	user := false
	for i := range messages {
		m := &messages[i]
		if m.Role == "tool" {
			if err := settle(&open, asked, m, i); err != nil {
				return err
			}
			continue
		}
		if len(open) > 0 {
			return unanswered(open, i)
		}
		asked = nil
		switch m.Role {
		case "user":
			user = true
		case "assistant":
			if !user {
				return badRequest(fmt.Sprintf("messages[%d].role", i), "Invalid 'messages': messages[%d] is an assistant message, and no user message stands before it.", i)
			}
			asked = m.Calls
			for _, c := range m.Calls {
				if slices.Contains(open, c.ID) {
					return badRequest(fmt.Sprintf("messages[%d].tool_calls", i), "Invalid 'messages[%d].tool_calls': the id %q is given twice.", i, c.ID)
				}
				open = append(open, c.ID)
			}
		}
	}
	last := len(messages) - 1
	switch {
	case len(open) > 0:
		return unanswered(open, last+1)
	case messages[last].Role == "assistant":
		return badRequest(fmt.Sprintf("messages[%d].role", last), "Invalid 'messages': the conversation ends with an assistant message, so there is nothing to answer.")
	case !user:
		return badRequest("messages", "Invalid 'messages': there is no user message.")
	}
	return nil
}

// settle takes the call that the tool message m answers off the open ones.
func settle(open *[]string, asked []Call, m *Message, i int) *apiError {
	param := fmt.Sprintf("messages[%d].tool_call_id", i)
	if m.ToolCallID == "" {
		return badRequest(param, "Missing required parameter: '%s'.", param)
	}
	for n, id := range *open {
		if id == m.ToolCallID {
			*open = append((*open)[:n], (*open)[n+1:]...)
			return nil
		}
	}
	for _, c := range asked {
		if c.ID == m.ToolCallID {
			return badRequest(param, "Invalid parameter: messages[%d] answers the tool call %q a second time.", i, m.ToolCallID)
		}
	}
	return badRequest(param, "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls' (messages[%d], tool_call_id %q).", i, m.ToolCallID)
}

func unanswered(open []string, i int) *apiError {
	return badRequest(fmt.Sprintf("messages[%d].role", i), "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: %s", strings.Join(open, ", "))
}
