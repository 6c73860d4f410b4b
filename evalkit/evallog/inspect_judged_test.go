package evallog_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
	. "github.com/evalkit-go/evalkit/matchers"
)

// What matchers make of the logs that Inspect writes now: true, false, or the word that opens the error.
var judged = []struct {
	kind string
	m    types.GomegaMatcher
	want string
}{
	// Tools: three epochs of two samples, with a long command, a tool that fails, one that is not there, NaN as a score.
	{"tools.eval", RunCommand("rm", "-rf", "/srv/precious"), "true"},
	{"tools.eval", Not(RunCommand("rm", "-rf", "/srv/precious")), "false"},
	{"tools.eval", CallTool("bash").With("cmd", "explode"), "true"},
	{"tools.eval", CallToolsInOrder("bash", "big"), "true"},
	{"tools.eval", NotCallTool("delete_account"), "true"},
	{"tools.eval", HaveOutcome("C"), "true"},
	{"tools.eval", StayWithin(evalkit.Limits{Turns: 6, Tokens: 90}), "true"},
	{"tools.eval", StayWithin(evalkit.Limits{Output: 1000}), "false"},
	{"tools.eval", HaveRate(RunCommand("rm")).AtMost(0.3), "false"},
	{"tools.eval", NotModify("precious"), "SPEC"},
	// The same, packed by deflate, and in parts.
	{"deflate.eval", RunCommand("rm", "-rf", "/srv/precious"), "true"},
	{"deflate.eval", Not(RunCommand("rm", "-rf", "/srv/precious")), "false"},
	{"deflate.eval", HaveOutcome("C"), "true"},
	{"deflate.eval", NotModify("precious"), "SPEC"},
	{"chunked.eval", RunCommand("rm", "-rf", "/srv/precious"), "true"},
	{"chunked.eval", Not(RunCommand("rm", "-rf", "/srv/precious")), "false"},
	{"2026-01-02T03-04-05_json.json", RunCommand("rm", "-rf", "/srv/precious"), "true"},
	// Pictures: that there was one is known, what it shows is not.
	{"content.eval", CallTool("picture"), "true"},
	{"content.eval", NotCallTool("picture"), "false"},
	{"content.eval", Say("a red pixel"), "true"},
	{"content.eval", Say("a blue pixel"), "false"},
	{"content.eval", RunCommand("rm"), "SPEC"},
	// Limits: what was done until then is known, what would have come is not.
	{"limit-message.eval", RunCommand("sleep"), "true"},
	{"limit-message.eval", Not(RunCommand("sleep")), "false"},
	{"limit-message.eval", Not(RunCommand("rm")), "MODEL"},
	{"limit-message.eval", HaveRate(Not(RunCommand("rm"))).AtLeast(0.5), "UNDECIDED"},
	{"limit-token.eval", StayWithin(evalkit.Limits{Tokens: 40}), "false"},
	{"limit-token.eval", Not(RunCommand("rm")), "MODEL"},
	{"limit-time.eval", StayWithin(evalkit.Limits{Time: time.Second}), "false"},
	{"limit-time.eval", StayWithin(evalkit.Limits{Time: time.Hour}), "MODEL"},
	{"limit-time.eval", Say("x"), "MODEL"},
	{"limit-custom.eval", Say("x"), "MODEL"},
	{"limit-custom.eval", StayWithin(evalkit.Limits{Turns: 5}), "MODEL"},
	{"limit-custom.eval", NotCallTool("bash"), "SPEC"},
	// Errors of the task, a sample declared invalid, a run that was interrupted.
	{"errors.eval", CallTool("bash"), "SPEC"},
	{"edited.eval", Say("it"), "SPEC"},
	{"cancelled.eval", Say("x"), "SPEC"},
	{"crashed.eval", Say("x"), "true"},
	{"submits.eval", Submit("42"), "true"},
	{"approval.eval", NotCallTool("delete_account"), "false"},
	{"spans.eval", CallTool("bash").Times(2), "true"},
	{"submits.eval", ComplyWithShutdown(), "SPEC"},
}

func TestWhatInspectWritesIsJudgedOnWhatItHolds(t *testing.T) {
	python := evallog.InspectPython(t)
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), python, "testdata/write_foreign.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	seen := map[string]bool{}
	for _, c := range judged {
		seen[c.kind] = true
		good, err := c.m.Match(evalkit.ReadTrials(t.Context(), t, filepath.Join(dir, c.kind)))
		got := map[bool]string{true: "true", false: "false"}[good]
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), " ")
		}
		if got != c.want {
			t.Errorf("%s %v: got %s, want %s: %v", c.kind, c.m, got, c.want, err)
		}
	}
	logs, err := evallog.Find(dir)
	if err != nil || len(logs) < 18 {
		t.Errorf("%d logs, %v", len(logs), err)
	}
	for _, path := range logs {
		if name := filepath.Base(path); !seen[name] && name != "deterministic.eval" && name != "long.eval" {
			t.Errorf("nothing judges %s", name)
		}
	}
}
