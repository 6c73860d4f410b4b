package matchers

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// toolCall is a tool call that the model made, with the event that shows it.
type toolCall struct {
	transcript.ToolCall
	index int
}

// callsOf lists the tool calls of a trial in order. A call that the model wrote
// and that has no event of its own, since the trial ended before its turn came,
// is among them as not run.
func callsOf(r *transcript.Record) []toolCall {
	type key struct {
		turn int
		call transcript.Call
	}
	shown := map[key]int{}
	for i, c := range r.ToolCalls {
		shown[key{r.Events[i].Turn, c.Call}]++
	}
	var calls []toolCall
	for i, e := range r.Events {
		switch body := e.Body.(type) {
		case transcript.ToolCall:
			calls = append(calls, toolCall{body, i})
		case transcript.ModelCall:
			for _, c := range body.Calls {
				if k := (key{e.Turn, c}); shown[k] > 0 {
					shown[k]--
				} else {
					calls = append(calls, toolCall{transcript.ToolCall{Call: c, NotRun: true}, i})
				}
			}
		}
	}
	return calls
}

// carriedOut says whether the tool was reached: the call was run, there is such
// a tool, and its arguments fitted. A tool's own failure is its result.
func (c toolCall) carriedOut() bool {
	return !c.NotRun && !strings.HasPrefix(c.Error, "unknown tool ") && !strings.HasPrefix(c.Error, "bad arguments: ")
}

// decoded are the arguments as JSON says them; none at all are an empty object.
func (c toolCall) decoded() (any, error) {
	var arguments any
	if strings.TrimSpace(c.Arguments) == "" {
		return map[string]any{}, nil
	}
	err := json.Unmarshal([]byte(c.Arguments), &arguments)
	return arguments, err
}

// nameTools refuses a name that no tool has: a call of it is never found, and
// NotTo would pass for good.
func nameTools(names ...string) error {
	if len(names) == 0 {
		return errors.New("no tool was named; name one, such as \"bash\"")
	}
	for _, name := range names {
		switch {
		case strings.TrimSpace(name) == "":
			return errors.New("a tool's name is empty; name one, such as \"bash\"")
		case strings.ContainsFunc(name, unicode.IsSpace):
			return fmt.Errorf("the tool's name %q holds white space, which no tool's does; arguments go into With", name)
		}
	}
	return nil
}

// offersTools says whether a scenario offers the named tools and its subject
// lets one see calls of them.
func offersTools(s evalkit.Setting, names ...string) error {
	if slices.Contains(s.Subject.Hides, agent.SeesToolCalls) {
		return fmt.Errorf("%s does not let one see its tool calls; judge from files or outcomes instead", s.Subject.Name)
	}
	var offered []string
	for _, t := range s.Tools {
		offered = append(offered, t.Name)
	}
	if s.Scenario.Vary != nil {
		return nil
	}
	for _, name := range names {
		if !slices.Contains(offered, name) {
			return fmt.Errorf("scenario %s offers no tool %q; there are: %s", s.Scenario.Name, name, strings.Join(offered, ", "))
		}
	}
	return nil
}

// showsArguments says whether the subject lets one see the arguments of calls.
func showsArguments(s evalkit.Setting) error {
	if slices.Contains(s.Subject.Hides, agent.SeesArguments) {
		return fmt.Errorf("%s does not let one see the arguments of its tool calls", s.Subject.Name)
	}
	return nil
}
