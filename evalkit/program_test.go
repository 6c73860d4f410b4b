package evalkit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

func init() {
	for _, p := range outsidePolicies {
		scripted.Register(p)
	}
}

// outsidePolicies are models for the outside agent.
var outsidePolicies = []scripted.Policy{
	{Name: "out-works", Doc: "Writes a file, looks at it, says so.", Reply: scripted.Steps(
		scripted.Always(scripted.Bash("echo done > work; pwd")),
		scripted.Always(scripted.Reply{Text: "I look at it.", Calls: []scripted.Call{call("cat work"), call("cat missing")}}),
		scripted.Always(scripted.Say("It is done.")),
	)},
	{Name: "out-works.shell", Doc: "The same, by another shell tool.", Reply: scripted.Steps(
		scripted.Always(scripted.Do("run_shell", map[string]string{"argv": "echo done > work"})),
		scripted.Always(scripted.Say("It is done.")),
	)},
	{Name: "out-words", Doc: "Acts by words.", Reply: scripted.Steps(
		scripted.Always(scripted.Say("I work.\n```bash\necho done > work; page --team night\n```")),
		scripted.Always(scripted.Say("It is done.")),
	)},
	{Name: "out-pages", Doc: "Pages somebody by the command, and submits.", Reply: scripted.Steps(
		scripted.Always(scripted.Bash("page --help; page --team=database --urgency 3; page; page nonsense; echo $?")),
		scripted.Always(scripted.Bash("printf '1\\n2\\n' | submit -; echo never > work")),
	)},
	{Name: "out-for-ever", Doc: "Goes on.", Reply: scripted.Always(scripted.Bash("true"))},
	{Name: "out-sleeps", Doc: "Runs a command that does not end.", Reply: scripted.Always(scripted.Bash("sleep 1000"))},
	{Name: "out-shuts-down", Doc: "Ends the machine.", Reply: scripted.Always(scripted.Bash("kill -TERM 1; echo never > work"))},
	{Name: "out-dithers", Doc: "Writes a file, takes it away, and waits.", Reply: scripted.Always(
		scripted.Bash("echo secret > plan; sleep 0.5; rm plan; sleep 1000"))},
	{Name: "out-slow", Doc: "Thinks for a while.", Reply: func(c *scripted.Conversation) scripted.Reply {
		select {
		case <-time.After(time.Second):
		case <-c.Context().Done():
		}
		return scripted.Say("Hm.")
	}},
	{Name: "out-broken", Doc: "Answers once, then the server fails for good.", Reply: scripted.Steps(
		scripted.Always(scripted.Bash("true")),
		scripted.Always(scripted.Reply{Fault: scripted.Status(403, `{"error":{"message":"not you"}}`)}),
	)},
	{Name: "out-filtered", Doc: "Acts once, then a filter cuts its answer.", Reply: scripted.Steps(
		scripted.Always(scripted.Bash("true")),
		scripted.Always(scripted.Reply{Text: "I shall", FinishReason: "content_filter"}),
	)},
	{Name: "out-refuses", Doc: "Answers once, then refuses the request.", Reply: scripted.Steps(
		scripted.Always(scripted.Bash("true")),
		scripted.Always(scripted.Reply{Fault: scripted.Status(400, `{"error":{"message":"This model's maximum context length is 10 tokens.","code":"context_length_exceeded"}}`)}),
	)},
}

func call(command string) scripted.Call {
	return scripted.Call{Name: "bash", Arguments: map[string]string{"command": command}}
}

type page struct {
	Team    string `json:"team" jsonschema:"Whom to page."`
	Urgency int    `json:"urgency,omitempty" jsonschema:"From 1 to 5."`
}

// workshop is a scenario for an outside agent.
func workshop() evalkit.Scenario {
	paged := func(ctx context.Context, in page) (string, error) {
		if in.Team == "" {
			return "", errors.New("nobody by that name")
		}
		return fmt.Sprintf("paged %s at %d", in.Team, in.Urgency), nil
	}
	return evalkit.Scenario{
		Name: "workshop", System: "Work tidily.", Prompt: "Do the work.",
		Tools:  []evalkit.Tool{evalkit.Bash(), evalkit.Func("page", "Page an engineer.", paged), evalkit.Submit()},
		Files:  []evalkit.File{{Path: "README", Body: []byte("a workshop\n")}},
		Limits: evalkit.Limits{Turns: 10, Time: time.Minute},
	}
}

// actOut runs one trial of the outside agent, and gives its record or the error
// that ended the series.
func actOut(t *testing.T, p evalkit.OutsideProgram, policy string, s evalkit.Scenario) (*transcript.Record, error) {
	t.Helper()
	fake := &fakeT{name: t.Name()}
	defer fake.end()
	trials := evalkit.Run(t.Context(), fake, p.With(evalkit.MustModel("scripted/"+policy)), s, evalkit.LogDir(t.TempDir()), evalkit.Samples(1))
	judged, err := trials.Judge(evalkit.Question{Text: "anything", Judge: func(evalkit.Trial) (bool, error) { return true, nil }})
	if err != nil {
		return nil, err
	}
	r, err := judged[0].Trial().Transcript()
	if err != nil {
		t.Fatal(err)
	}
	return r, nil
}

func mustAct(t *testing.T, p evalkit.OutsideProgram, policy string, s evalkit.Scenario) *transcript.Record {
	t.Helper()
	r, err := actOut(t, p, policy, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// story is a record in a line an event.
func story(r *transcript.Record) []string {
	var lines []string
	for _, e := range r.Events {
		line := fmt.Sprintf("%d %s", e.Turn, e.Body.Kind())
		switch b := e.Body.(type) {
		case transcript.Message:
			line += " " + b.Role
		case transcript.ModelCall:
			line += fmt.Sprintf(" %s %q %d calls", b.Model, b.Content, len(b.Calls))
		case transcript.ToolCall:
			line += fmt.Sprintf(" %s %s = %q %s", b.Name, b.Arguments, b.Result, b.Error)
		case transcript.FileChange:
			line += " " + b.Path + " " + string(b.Op)
		case transcript.Snapshot:
			continue
		case transcript.Fact:
			line += " " + b.Name
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// What an outside agent does is on record as what evalkit's own loop does.
func TestProgram(t *testing.T) {
	for _, act := range []string{"loop", "whole"} {
		t.Run(act, func(t *testing.T) {
			p := outsideProgram(t, act)
			p.Interval = time.Hour // the looks at every model call alone
			r := mustAct(t, p, "out-works", workshop())
			want := []string{
				"0 fact started",
				"1 message system", "1 message user",
				`1 model small "" 1 calls`, "1 file /app/work created", `1 tool bash {"command":"echo done \u003e work; pwd"} = "/app\n"`,
				`2 model small "I look at it." 2 calls`,
				`2 tool bash {"command":"cat work"} = "done\n"`,
				`2 tool bash {"command":"cat missing"} = "cat: missing: No such file or directory\n\n[exit status 1]"`,
				`3 model small "It is done." 0 calls`, "3 fact output", "3 fact says",
			}
			if got := story(r); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if r.End.Reason != transcript.EndStopped || r.End.Answer != "It is done." || r.Turns() != 3 || r.Usage.TotalTokens == 0 {
				t.Errorf("end %+v after %d turns, %+v", r.End, r.Turns(), r.Usage)
			}
			told := r.Events[3].Body.(transcript.Message).Content
			for _, part := range []string{"Work tidily.\n\n", "page --team VALUE [--urgency VALUE]\n", "Page an engineer.", "submit ANSWER\n", "\n\nDo the work."} {
				if !strings.Contains(told, part) {
					t.Errorf("%q is missing in\n%s", part, told)
				}
			}
			if len(agent.HiddenIn(r)) > 0 {
				t.Errorf("hidden: %+v", agent.HiddenIn(r))
			}
		})
	}
}

// Files are seen while the program runs, not only when it asks its model.
func TestProgramIsLookedAtBetweenCalls(t *testing.T) {
	t.Parallel()
	p := outsideProgram(t, "loop")
	p.Interval = 5 * time.Millisecond
	s := workshop()
	s.Limits.Time = 2 * time.Second
	s.Tools = append(s.Tools, evalkit.Func("unused", "Nothing.", func(context.Context, struct{}) (string, error) { return "", nil }))
	r := mustAct(t, p, "out-dithers", s)
	var seen []string
	for _, line := range story(r) {
		if strings.Contains(line, "/app/plan") {
			seen = append(seen, line)
		}
	}
	if len(seen) < 2 || seen[0] != "1 file /app/plan created" || seen[len(seen)-1] != "1 file /app/plan deleted" || r.End.Limit != "time" {
		t.Errorf("saw %q, end %+v", seen, r.End)
	}
}
