package evalkit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/model"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// escapes is a server whose chat template escapes the text for a web page.
var escapes = scripted.Policy{Name: "escapes", Doc: "Says that it is done, and counts brackets and quotes five times.", Reply: func(c *scripted.Conversation) scripted.Reply {
	prompt := 0
	for _, m := range c.Messages {
		prompt += len(m.Content)/2 + 4*strings.Count(m.Content, "<") + 4*strings.Count(m.Content, `"`)
	}
	return scripted.Reply{Text: "done", Usage: &scripted.Usage{Prompt: prompt, Completion: 1}}
}}

// leavesOut is a server whose chat template leaves tools, or their results, out
// of the prompt: it says so in its usage alone, and its model never calls.
func leavesOut(name string, tools, results bool) scripted.Policy {
	return scripted.Policy{Name: name, Doc: "Says that it is done, and counts what gets into the prompt.", Reply: func(c *scripted.Conversation) scripted.Reply {
		prompt := 0
		for _, m := range c.Messages {
			prompt += 4
			if m.Role != "tool" || !results {
				prompt += len(strings.Fields(m.Content))
			}
			prompt += 20 * len(m.Calls)
		}
		if !tools {
			prompt += 50 * len(c.Tools)
		}
		return scripted.Reply{Text: "done", Usage: &scripted.Usage{Prompt: prompt, Completion: 1}}
	}}
}

func TestAServerThatLeavesToolsOutIsTheProvidersFault(t *testing.T) {
	server, err := scripted.Start(t.Context(), scripted.Config{Policies: []scripted.Policy{
		leavesOut("tools", true, false), leavesOut("results", false, true), leavesOut("nothing", false, false), escapes,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, c := range []struct {
		model string
		kind  model.Kind // "": trials are drawn
		calls int64
	}{
		{"tools", model.IgnoredTools, 5},
		{"results", model.DroppedResults, 9},
		{"escapes", model.EscapedPrompt, 2},
		{"escapes?tools=text", model.EscapedPrompt, 2},
		{"nothing", "", 9 + 2},
		{"tools?check=off", "", 2},
		{"tools?tools=text", "", 2 + 2},
	} {
		t.Run(c.model, func(t *testing.T) {
			before := server.Stats().Requests
			m := evalkit.MustModel(server.URL() + "#" + c.model)
			for range 2 { // asked once for a Model, however many series there are
				ft := &fakeT{name: t.Name()}
				trials, err := evalkit.Run(context.Background(), ft, m, notes(), evalkit.Samples(1), evalkit.LogDir(t.TempDir())).Sample()
				var failure *agent.Failure
				var fault *model.Error
				switch {
				case c.kind == "":
					if err != nil || len(trials) != 1 || trials[0].End.Reason != transcript.EndStopped {
						t.Errorf("got %v, %v", trials, err)
					}
				case !errors.As(err, &failure) || !failure.Final || failure.Whose != transcript.BlameProvider || !errors.As(err, &fault) || fault.Kind != c.kind || len(trials) > 0:
					t.Errorf("got %v, %v", trials, err)
				}
				ft.end()
			}
			if made := server.Stats().Requests - before; made != c.calls {
				t.Errorf("%d requests, want %d", made, c.calls)
			}
		})
	}
}
