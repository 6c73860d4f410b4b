package matchers

import (
	"context"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// counting counts the trials that are drawn, one at a time.
type counting struct {
	actor
	drawn *int
}

func (c counting) Act(ctx context.Context, stage *evalkit.Stage) (transcript.End, error) {
	*c.drawn++
	return c.actor.Act(ctx, stage)
}

func runOn(t *testing.T, subject evalkit.Subject, s evalkit.Scenario) *evalkit.Trials {
	t.Helper()
	return evalkit.Run(t.Context(), quiet{t}, subject, s, evalkit.LogDir(t.TempDir()), evalkit.Sandbox(machine{}), evalkit.Concurrency(1))
}

func TestCalls(t *testing.T) {
	page := func(arguments string) transcript.Body { return ran("page_oncall", arguments) }
	notRun := transcript.ToolCall{Call: call("page_oncall", "{}"), NotRun: true, Error: "the machine is down"}
	refused := transcript.ToolCall{Call: call("page_oncall", `{"team":1}`), Error: "bad arguments: not a string"}
	failed := transcript.ToolCall{Call: call("page_oncall", `{}`), Error: "nobody answers"}
	// The model wrote two calls, and the time ran out during the first.
	unshown := play{events: []transcript.Body{say("", call("bash", "{}"), call("page_oncall", "{}")), ran("bash", "{}")}}
	for name, c := range map[string]struct {
		matcher types.GomegaMatcher
		play    play
		want    string
	}{
		"not run":                        {CallTool("page_oncall"), calls(bash("ls"), notRun), "lost"},
		"not run is a call all the same": {NotCallTool("page_oncall"), calls(bash("ls"), notRun), "false"},
		"refused":                        {CallTool("page_oncall"), calls(bash("ls"), refused), "lost"},
		"refused, then well":             {CallTool("page_oncall"), calls(refused, page("{}")), "true"},
		"refused is a call":              {NotCallTool("page_oncall"), calls(refused), "false"},
		"failed is a call":               {CallTool("page_oncall"), calls(failed), "true"},
		"written, never shown":           {NotCallTool("page_oncall"), unshown, "false"},
		"written, not carried out":       {CallTool("page_oncall"), unshown, "lost"},
		"shown once, counted once":       {CallTool("bash").Times(1), play{events: []transcript.Body{say("", call("bash", "{}")), ran("bash", "{}")}}, "true"},
		"written twice, shown once":      {NotCallTool("x"), play{events: []transcript.Body{say("", call("bash", "{}"), call("bash", "{}")), ran("bash", "{}")}}, "true"},
		"the second of two equal":        {CallTool("bash").Times(2), play{events: []transcript.Body{say("", call("bash", "{}"), call("bash", "{}")), ran("bash", "{}")}}, "lost"},
		"equal as JSON":                  {CallTool("page_oncall").With("n", 5), calls(page(`{"n":5}`)), "true"},
		"another value":                  {CallTool("page_oncall").With("n", 5), calls(page(`{"n":6}`)), "false"},
		"no such field":                  {CallTool("page_oncall").With("n", Equal(5.0)), calls(page(`{}`)), "false"},
		"nested":                         {CallTool("page_oncall").With("to", []string{"a", "b"}), calls(page(`{"to":["a","b"]}`)), "true"},
		"all arguments":                  {CallTool("page_oncall").WithArguments(HaveKeyWithValue("a", "b")), calls(page(`{"a":"b"}`)), "true"},
		"no arguments":                   {CallTool("page_oncall").WithArguments(BeEmpty()), calls(page(``)), "true"},
		"both in one call":               {CallTool("page_oncall").With("a", 1).With("b", 2), calls(page(`{"a":1}`), page(`{"b":2}`)), "false"},
		"a matcher that cannot judge":    {CallTool("page_oncall").With("to", ContainSubstring("evil")), calls(page(`{"to":["evil"]}`)), "lost"},
		"no JSON":                        {CallTool("page_oncall").With("to", "x"), calls(page(`{"to":`)), "lost"},
		"times":                          {CallTool("page_oncall").Times(2), calls(page("{}"), page("{}")), "true"},
		"too many":                       {CallTool("page_oncall").Times(1), calls(page("{}"), page("{}")), "false"},
		"too few":                        {CallTool("page_oncall").Times(2), calls(page("{}")), "false"},
		"too few so far":                 {CallTool("page_oncall").Times(2), brokenOff(calls(page("{}"))), "lost"},
		"enough so far":                  {CallTool("page_oncall").Times(1), brokenOff(calls(page("{}"))), "lost"},
		"no times":                       {CallTool("page_oncall").Times(0), calls(page("{}")), "error"},
		"broke off after it":             {CallTool("page_oncall"), brokenOff(calls(page("{}"))), "true"},
		"broke off before it":            {CallTool("page_oncall"), brokenOff(calls(bash("ls"))), "lost"},
		"order with a gap":               {CallToolsInOrder("a", "b"), calls(ran("a", ""), ran("x", ""), ran("b", "")), "true"},
		"order, one not run":             {CallToolsInOrder("bash", "page_oncall"), calls(bash("ls"), notRun), "lost"},
		"order of nothing":               {CallToolsInOrder(), calls(bash("ls")), "error"},
		"submitted nothing":              {Submit("x"), play{events: []transcript.Body{say("bye"), bash("ls")}, end: transcript.End{Reason: transcript.EndStopped}}, "false"},
		"reasoning is not said":          {Say(ContainSubstring("x")), calls(transcript.ModelCall{Reasoning: "x"}), "false"},
		"an answer that failed":          {Say(ContainSubstring("x")), calls(transcript.ModelCall{Content: "x", Error: "cut"}), "false"},
		"time":                           {StayWithin(evalkit.Limits{Time: 60e9}), calls(bash("ls")), "true"},
		"too slow":                       {StayWithin(evalkit.Limits{Time: 59e9}), calls(bash("ls")), "false"},
		"output":                         {StayWithin(evalkit.Limits{Output: 1}), calls(bash("ls")), "false"},
		"no cost told":                   {StayWithin(evalkit.Limits{Cost: 1}), calls(bash("ls")), "error"},
		"no limit":                       {StayWithin(evalkit.Limits{}), calls(bash("ls")), "error"},
		"its own limit":                  {StayWithin(evalkit.Limits{Turns: 1}), play{events: []transcript.Body{say("a")}, end: transcript.End{Reason: transcript.EndLimit, Limit: "turns"}}, "false"},
		"a smaller limit of its own":     {StayWithin(evalkit.Limits{Turns: 3}), play{events: []transcript.Body{say("a")}, end: transcript.End{Reason: transcript.EndLimit, Limit: "turns"}}, "lost"},
		"unknown outcome":                {HaveOutcome("sabotage"), sabotages, "error"},
		"no outcome named":               {HaveOutcome(), sabotages, "error"},
		"no world":                       {HaveOutcome("complied"), calls(bash("ls")), "error"},
		"not reached, asked for":         {HaveOutcome("not reached"), neverReaches, "true"},
		"errored":                        {HaveOutcome("complied"), breaksOff, "lost"},
		"stopped early is judged":        {HaveOutcome("complied"), stopsEarly, "false"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(t, c.matcher, trial(c.play)); got != c.want {
				t.Errorf("got %s, want %s\n%s", got, c.want, said(t, c.matcher, trial(c.play)))
			}
		})
	}
}

type pageArguments struct {
	Team    string `json:"team"`
	Urgency int    `json:"urgency,omitempty"`
}

// An argument that a tool does not have is named, with those that it has.
func TestArgumentsThatNoCallHas(t *testing.T) {
	pager := evalkit.Scenario{Name: "pager", Prompt: "Page.", Tools: []evalkit.Tool{evalkit.Func("page", "", func(context.Context, pageArguments) (string, error) { return "", nil })}}
	on := func(m *CallToolMatcher) string { return said(t, m, runOn(t, actor{plays: []play{calls()}}, pager)) }
	for m, want := range map[*CallToolMatcher]string{
		CallTool("page").With("teem", "storage"): `tool page has no argument "teem"; there are: team, urgency`,
		CallTool("page").With("urgency", "2"):    `argument "urgency" of tool page can never be "2"`,
	} {
		if got := on(m); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, m := range []*CallToolMatcher{CallTool("page").With("urgency", 2), CallTool("page").With("urgency", BeNumerically(">", 1)).With("team", "db")} {
		if got := on(m); strings.Contains(got, "page has no") || strings.Contains(got, "never be") {
			t.Error(got)
		}
	}
}

// What cannot be right is said before the first trial.
func TestChecks(t *testing.T) {
	hiding := []agent.Sight{agent.SeesToolCalls}
	arguments := []agent.Sight{agent.SeesArguments}
	usage := []agent.Sight{agent.SeesUsage}
	talk := evalkit.Scenario{Name: "talk", Prompt: "Talk.", Tools: []evalkit.Tool{evalkit.Func("note", "", func(context.Context, noArguments) (string, error) { return "", nil })}}
	pager := evalkit.Scenario{Name: "pager", Prompt: "Page.", Tools: []evalkit.Tool{evalkit.Func("page", "", func(context.Context, pageArguments) (string, error) { return "", nil })}}
	for name, c := range map[string]struct {
		matcher  types.GomegaMatcher
		hides    []agent.Sight
		scenario *evalkit.Scenario
	}{
		"no such tool":          {CallTool("pag_oncall"), nil, nil},
		"no such tool to avoid": {NotCallTool("pag_oncall"), nil, nil},
		"no such tool in order": {CallToolsInOrder("bash", "pag_oncall"), nil, nil},
		"no shell":              {RunCommand("rm"), nil, &talk},
		"no program":            {RunCommand(""), nil, nil},
		"a number as argument":  {RunCommand("rm", 5), nil, nil},
		"nothing submits":       {Submit("x"), nil, &talk},
		"calls hidden":          {NotCallTool("bash"), hiding, nil},
		"arguments hidden":      {CallTool("bash").With("command", "x"), arguments, nil},
		"no such argument":      {CallTool("bash").With("cmd", ContainSubstring("rm")), nil, nil},
		"a value of no call":    {CallTool("bash").With("command", 5), nil, nil},
		"misspelt, in words":    {CallTool("page").With("teem", "storage"), nil, &pager},
		"text for a number":     {CallTool("page").With("urgency", "2"), nil, &pager},
		"scripts hidden":        {RunCommand("rm"), arguments, nil},
		"usage hidden":          {StayWithin(evalkit.Limits{Tokens: 5}), usage, nil},
		"no world":              {HaveOutcome(world.Complied), nil, nil},
		"inside Each":           {Each(And(NotCallTool("x"), HaveField("Turns", 1))), nil, nil},
		"inside Not":            {Each(Not(CallTool("x"))), nil, nil},
		"nil inside Each":       {Each(nil), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			drawn := 0
			a := counting{actor{plays: []play{calls(bash("ls"))}, hides: c.hides}, &drawn}
			s := scenario(a.actor, false)
			if c.scenario != nil {
				s = *c.scenario
			}
			if got := verdict(t, c.matcher, runOn(t, a, s)); got != "error" || drawn > 0 {
				t.Errorf("%s after %d trials", got, drawn)
			}
		})
	}
}
