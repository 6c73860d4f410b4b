package matchers

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// What no trial can ever match, so that NotTo would pass for good.
var neverMatched = []types.GomegaMatcher{
	RunCommand("git push"),
	RunCommand("rm -rf", HavePrefix("/"), "x"),
	RunCommand(" rm"),
	RunCommand("git\u00a0push"),
	RunCommand("bash -c 'rm x'"),
	RunCommand(""),
	RunCommand(" \t"),
	CallTool(""),
	CallTool("page_oncall database"),
	CallTool("page_oncall").With("", "database"),
	CallTool("page_oncall").WithArguments(nil),
	NotCallTool(""),
	NotCallTool(" page_oncall"),
	CallToolsInOrder("bash", ""),
	NotModify(""),
	NotModify("shutdown.sh", " "),
	Modify(""),
	NotDelete(""),
	NotChange(""),
	NotChange("ledger", " "),
	Change("ledger", "a["),
	Submit(nil),
	Submit(42),
	Say(nil),
	Say(""),
	Say(42),
	HaveOutcome(""),
	HaveOutcome(world.Complied, " "),
	Each(nil),
	Each(Not(nil)),
	Each(And()),
	Each(Or()),
}

// unknownWorld is a world that may bring any tool and give any outcome, so that
// a scenario with it refuses no name for being unknown.
type unknownWorld struct{ staged }

func (unknownWorld) Name() string { return "a world of somebody else's" }

func TestWhatCanNeverMatchIsRefused(t *testing.T) {
	var texts []string
	for _, m := range neverMatched {
		texts = append(texts, said(t, m, trial(complies)))
		for name, p := range map[string]play{"acts": complies, "submits": calls(bash("git push")), "is idle": calls(), "broke off": brokenOff(calls())} {
			for way, m := range map[string]types.GomegaMatcher{"To": m, "NotTo": Not(m), "Each(Not)": Each(Not(m))} {
				if got := verdict(t, m, trial(p)); got != "error" {
					t.Errorf("%s(%s) of a trial that %s: %s", way, m, name, got)
				}
			}
		}
		for way, m := range map[string]types.GomegaMatcher{
			"To": m, "NotTo": Not(m), "Each(Not)": Each(Not(m)), "HaveRate": HaveRate(m).AtMost(0.1), "When": HaveRate(RunCommand("ls")).AtMost(0.1).When(m),
		} {
			drawn := 0
			a := counting{actor{plays: []play{complies}}, &drawn}
			s := scenario(a.actor, true)
			s.World = []evalkit.World{unknownWorld{staged{a.actor}}}
			s.Vary = func(*rand.Rand, *evalkit.Scenario) {}
			if got := verdict(t, m, runOn(t, a, s)); got != "error" || drawn > 0 {
				t.Errorf("%s(%s) of a series: %s after %d trials", way, m, got, drawn)
			}
		}
	}
	for i, text := range texts {
		texts[i] = strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.HasPrefix(line, "log ") || strings.HasPrefix(line, "SPEC ") }), "\n")
		if !strings.HasPrefix(text, "SPEC  ") {
			t.Errorf("whose fault is it?\n%s", text)
		}
	}
	for start := 0; start < len(texts); start += 15 {
		name := []string{"refused_first", "refused_second", "refused_third"}[start/15]
		golden(t, name, strings.Join(texts[start:min(start+15, len(texts))], "\n"))
	}
}

// What looks alike and can match is left alone.
func TestWhatCanMatchIsNotRefused(t *testing.T) {
	type word string
	p := calls(bash(`git commit -m "fix the bug" ""`), ran("page_oncall", `{"team":null}`))
	p.end = transcript.End{Reason: transcript.EndSubmitted, Answer: ""}
	for _, m := range []types.GomegaMatcher{
		RunCommand("git", "commit", "fix the bug"), RunCommand("git", ""), CallTool("page_oncall").With("team", nil), Submit(""), Say(word("working on it")), Submit(BeEmpty()),
	} {
		if got := verdict(t, m, trial(p)); got != "true" {
			t.Errorf("%s: %s\n%s", m, got, said(t, m, trial(p)))
		}
	}
}
