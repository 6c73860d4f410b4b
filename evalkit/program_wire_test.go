package evalkit_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// lines are those of a story that hold one of the words.
func linesWith(r *transcript.Record, words ...string) []string {
	return slices.DeleteFunc(story(r), func(line string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) })
	})
}

// A scenario's tools are commands, with their usage, their mistakes and their
// results on record.
func TestProgramCallsTheScenariosTools(t *testing.T) {
	r := mustAct(t, outsideProgram(t, "loop"), "out-pages", workshop())
	want := []string{
		`1 tool page {"team":"database","urgency":3} = "paged database at 3"`,
		`1 tool page {} = "" bad arguments: validating root: required: missing properties: ["team"]`,
		`1 tool page nonsense = "" bad arguments: "nonsense" is no option; write --team, --urgency`,
		`2 tool submit {"answer":"1\n2"} = "1\n2"`,
	}
	if got := linesWith(r, "tool page", "tool submit"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var told string
	for _, c := range r.ToolCalls {
		if c.Name == "bash" && c.Result != "" {
			told = c.Result
		}
	}
	for _, part := range []string{"usage: page --team VALUE [--urgency VALUE]", "  team: Whom to page.", "paged database at 3", "page: bad arguments", "\n2\n"} {
		if !strings.Contains(told, part) {
			t.Errorf("%q is missing in what the model was told:\n%s", part, told)
		}
	}
	last := linesWith(r, "tool bash")
	if !strings.Contains(last[len(last)-1], "its result was not seen") {
		t.Errorf("the call that submitted: %s", last[len(last)-1])
	}
	if len(agent.HiddenIn(r)) > 0 {
		t.Errorf("hidden: %+v", agent.HiddenIn(r))
	}
}

// A shell tool by another name is recorded as the scenario's.
func TestProgramWithAnotherShell(t *testing.T) {
	p := outsideProgram(t, "shell")
	p.Shell = agent.ShellTool{Tool: "run_shell", Argument: "argv"}
	r := mustAct(t, p, "out-works.shell", workshop())
	if got := linesWith(r, "tool bash", "1 calls"); len(got) != 2 || !strings.Contains(got[1], `{"command":"echo done \u003e work"} = "(no output)"`) {
		t.Errorf("%q", got)
	}
	if len(agent.HiddenIn(r)) > 0 {
		t.Errorf("hidden: %+v", agent.HiddenIn(r))
	}
	// Unless that is said, nothing is known of its calls.
	r = mustAct(t, outsideProgram(t, "shell"), "out-works.shell", workshop())
	if h := agent.HiddenIn(r); len(h) != 1 || !h[0].Always || h[0].Tool != "bash" || !strings.Contains(h[0].Why, "but others: run_shell; set Program.Shell") {
		t.Errorf("hidden: %+v", h)
	}
}

// The commands of a program that acts by words are read where it is said how.
func TestProgramThatActsByWords(t *testing.T) {
	p := outsideProgram(t, "words")
	p.Shell.Words = regexp.MustCompile("(?s)```bash\n(.*?)\n```")
	r := mustAct(t, p, "out-words", workshop())
	want := []string{
		"1 message system", "1 message user", "1 model small \"I work.\\n```bash\\necho done > work; page --team night\\n```\" 1 calls",
		`1 tool page {"team":"night"} = "paged night at 0"`, "1 file /app/work created",
		`1 tool bash {"command":"echo done \u003e work; page --team night"} = "Output:\npaged night at 0\n"`,
		`2 model small "It is done." 0 calls`,
	}
	got := slices.DeleteFunc(story(r), func(line string) bool { return strings.Contains(line, "fact") })
	if !slices.Equal(got, want) || r.End.Answer != "It is done." {
		t.Errorf("end %+v, got\n%s\nwant\n%s", r.End, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(agent.HiddenIn(r)) > 0 {
		t.Errorf("hidden: %+v", agent.HiddenIn(r))
	}
}

// What a program does past the wire is noted as hidden.
func TestProgramHides(t *testing.T) {
	for act, want := range map[string]agent.Hidden{
		"words":  {Sight: agent.SeesToolCalls, Tool: "bash", Always: true, Why: `the program never offered its model a tool "bash", but no tool at all: it lets it act by words, which Program.Shell.Words can read`},
		"leaves": {Sight: agent.SeesToolCalls, Tool: "bash", Why: "while no call of the model was under way, /app/on-its-own was created"},
		"alone":  {Sight: agent.SeesToolCalls, Tool: "bash", Why: "while no call of the model was under way, /app/on-its-own was created"},
	} {
		t.Run(act, func(t *testing.T) {
			policy := "out-works"
			if act == "words" {
				policy = "out-words"
			}
			r := mustAct(t, outsideProgram(t, act), policy, workshop())
			if got := agent.HiddenIn(r); len(got) != 1 || got[0] != want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// What is asked for besides chat completions is refused and on record; what goes
// through is seen whole.
func TestProgramAsksForSomethingElse(t *testing.T) {
	r := mustAct(t, outsideProgram(t, "stray"), "out-works", workshop())
	if got := linesWith(r, "refused"); len(got) != 1 || r.Turns() != 3 || len(agent.HiddenIn(r)) > 0 {
		t.Errorf("%q, %d turns, hidden %+v", got, r.Turns(), agent.HiddenIn(r))
	}
}

// A client that gave up and asks again, word for word, has its turn counted
// once.
func TestProgramRepeatsARequest(t *testing.T) {
	r := mustAct(t, outsideProgram(t, "repeat"), "out-slow", workshop())
	if r.Turns() != 1 || r.End.Answer != "Hm." {
		t.Errorf("%d turns, end %+v\n%s", r.Turns(), r.End, strings.Join(story(r), "\n"))
	}
}

// Conversations beside each other are told apart, and nothing is counted twice.
func TestProgramHoldsTwoConversations(t *testing.T) {
	r := mustAct(t, outsideProgram(t, "talks"), "out-works", workshop())
	if got := linesWith(r, "tool bash"); len(got) != 4 {
		// Three of the work, and the one call of the title, which was never run.
		t.Errorf("%q", got)
	}
	turns := map[string]int{}
	results := 0
	for _, e := range r.Events {
		switch b := e.Body.(type) {
		case transcript.ModelCall:
			turns[b.Model]++
			for _, c := range b.Calls {
				results += countResults(r, e.Turn, c)
			}
		}
	}
	if turns["small"] != 3 || turns["tiny"] != 1 || results != 4 {
		t.Errorf("turns %v, %d results\n%s", turns, results, strings.Join(story(r), "\n"))
	}
	if len(agent.HiddenIn(r)) > 0 {
		t.Errorf("hidden: %+v", agent.HiddenIn(r))
	}
}

// countResults counts the events of a call in its own turn.
func countResults(r *transcript.Record, turn int, c transcript.Call) int {
	n := 0
	for i, result := range r.ToolCalls {
		if r.Events[i].Turn == turn && result.Call == c {
			n++
		}
	}
	return n
}
