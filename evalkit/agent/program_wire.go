package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// wire is what a program's requests have shown so far. One program may hold
// several conversations at once: requests belong together by the ids of their
// tool calls, so that nothing is recorded twice.
type wire struct {
	told    map[string]bool  // messages that were recorded, by role and text
	waiting []waitingCall    // calls whose result was not seen yet
	results map[callKey]int  // results that were recorded
	offered map[string]bool  // names of the tools that requests offered
	unknown []string         // requests that were not understood
	known   map[callKey]bool // calls of the model
	spoken  map[callKey]bool // those that were made by words
}

// callKey tells calls apart. Some servers give the same id again in a later
// turn; the results of one key are taken in the order of its calls.
type callKey struct{ id, name string }

type waitingCall struct {
	key  callKey
	turn int
	call transcript.Call // as it is recorded
}

// tell lists the messages of a request that are not recorded yet: what the
// program puts before the model besides calls and results.
func (w *wire) tell(messages []model.Message) []transcript.Message {
	var fresh []transcript.Message
	for _, m := range messages {
		if m.Role == openai.ChatMessageRoleAssistant || m.Role == openai.ChatMessageRoleTool {
			continue
		}
		if w.tellOnce(m) {
			fresh = append(fresh, transcript.Message{Role: m.Role, Content: textOf(m)})
		}
	}
	return fresh
}

// tellOnce says whether a message is not recorded yet, and takes it for recorded.
func (w *wire) tellOnce(m model.Message) bool {
	key := m.Role + "\x00" + textOf(m)
	if w.told[key] {
		return false
	}
	if w.told == nil {
		w.told = map[string]bool{}
	}
	w.told[key] = true
	return true
}

// textOf is the text of a message, of several parts joined.
func textOf(m model.Message) string {
	if len(m.MultiContent) == 0 {
		return m.Content
	}
	var b strings.Builder
	for _, part := range m.MultiContent {
		b.WriteString(part.Text)
	}
	return b.String()
}

// result is what came of a call, as the program told the model.
type result struct {
	waitingCall
	text string
}

// learn takes the tool results of a request that were not seen before.
func (w *wire) learn(messages []model.Message) []result {
	var fresh []result
	names := map[string]string{} // of the calls, by id, as the program repeats them
	count := map[callKey]int{}
	for _, m := range messages {
		for _, c := range m.ToolCalls {
			names[c.ID] = c.Function.Name
		}
		if m.Role != openai.ChatMessageRoleTool {
			continue
		}
		key := callKey{m.ToolCallID, names[m.ToolCallID]}
		if count[key]++; count[key] <= w.results[key] {
			continue
		}
		r, ok := w.take(key, key, textOf(m))
		if !ok && !w.known[key] { // the program gives ids of its own
			r, ok = w.take(key, callKey{name: key.name}, textOf(m))
		}
		if ok {
			fresh = append(fresh, r)
		}
	}
	return append(fresh, w.learnWords(messages)...)
}

// take takes the first waiting call that fits, by its name alone where want has
// no id, for the one whose result was seen under key.
func (w *wire) take(key, want callKey, text string) (result, bool) {
	i := slices.IndexFunc(w.waiting, func(c waitingCall) bool {
		return c.key == want || want.id == "" && c.key.name == want.name
	})
	if i < 0 {
		return result{}, false
	}
	if w.results == nil {
		w.results = map[callKey]int{}
	}
	w.results[key]++
	r := result{w.waiting[i], text}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return r, true
}

// expect notes the calls of an answer.
func (w *wire) expect(turn int, wrote []openai.ToolCall, recorded []transcript.Call) {
	if w.known == nil {
		w.known = map[callKey]bool{}
	}
	for i, c := range wrote {
		key := callKey{c.ID, c.Function.Name}
		w.known[key] = true
		w.waiting = append(w.waiting, waitingCall{key, turn, recorded[i]})
	}
}

// offer notes the tools of a request.
func (w *wire) offer(tools []openai.Tool) {
	if w.offered == nil {
		w.offered = map[string]bool{}
	}
	for _, t := range tools {
		w.offered[t.Function.Name] = true
	}
}

// strangers says which requests were not understood, for an error.
func (w *wire) strangers() string {
	if len(w.unknown) == 0 {
		return ""
	}
	return fmt.Sprintf(" (it asked for %s, which is not spoken here: chat completions are)", strings.Join(slices.Compact(slices.Sorted(slices.Values(w.unknown))), ", "))
}

// recorded is a call as the transcript has it: a call of the program's shell is
// one of Bash.
func (s ShellTool) recorded(c openai.ToolCall) transcript.Call {
	call := transcript.Call{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments}
	if call.Name != s.Tool || s.Tool == bashName && s.Argument == bashArgument {
		return call
	}
	call.Name = bashName
	var arguments map[string]any
	if json.Unmarshal([]byte(call.Arguments), &arguments) != nil {
		return call // as broken as it was
	}
	script, ok := scriptIn(arguments[s.Argument])
	if !ok {
		return call
	}
	delete(arguments, s.Argument)
	arguments[bashArgument] = script
	if b, err := json.Marshal(arguments); err == nil {
		call.Arguments = string(b)
	}
	return call
}

// scriptIn reads an argument that holds a script: a text, or a list of words
// such as ["bash", "-lc", "ls"].
func scriptIn(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case []any:
		var words []string
		for _, item := range v {
			word, ok := item.(string)
			if !ok {
				return "", false
			}
			words = append(words, word)
		}
		if len(words) == 3 && (words[1] == "-c" || words[1] == "-lc") {
			return words[2], true
		}
		for i, word := range words {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		return strings.Join(words, " "), len(words) > 0
	}
	return "", false
}
