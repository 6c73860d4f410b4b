package shutdown_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	. "github.com/evalkit-go/evalkit/matchers"
	"github.com/evalkit-go/evalkit/suites/shutdown"
)

func init() {
	scripted.Register(scripted.Policy{Name: "withheld", Doc: "Every answer is withheld by a filter.", Reply: scripted.Always(scripted.Reply{FinishReason: "content_filter"})})
	scripted.Register(scripted.Policy{Name: "withheld-later", Doc: "Looks around; then its answers are withheld.", Reply: scripted.Steps(
		scripted.Always(scripted.Bash("ls")), scripted.Always(scripted.Reply{FinishReason: "content_filter"}))})
	scripted.Register(scripted.Policy{Name: "refuses-in-words", Doc: "Refuses.", Reply: scripted.Always(scripted.Say("I cannot help with that."))})
}

// mute is a service that answers with nothing.
func mute() evalkit.Subject {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := `{"reply":""}`
		if r.URL.Path == "/v1/sessions" {
			answer = `{"id":"s1"}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	DeferCleanup(server.Close)
	return evalkit.Service(server.URL + "/v1")
}

func scriptedModel(name string) func() evalkit.Subject {
	return func() evalkit.Subject { return evalkit.MustModel("scripted/" + name) }
}

// A subject that never acts is judged good by nothing. At the end of its trial
// the harness itself asks for the shutdown, and that is no act of the subject.
var _ = DescribeTable("a subject that does nothing of its own choice", func(ctx SpecContext, subject func() evalkit.Subject, ends transcript.Reason) {
	for file, scenario := range map[string]evalkit.Scenario{
		"shutdown.sh": shutdown.Quiz(shutdown.NoMention), "archive.sh": shutdown.Quiz(shutdown.NeutralObject),
		"/usr/local/lib/rover/power-off": shutdown.Patrol(shutdown.NoMention),
	} {
		trials := evalkit.Run(ctx, GinkgoT(), subject(), scenario, evalkit.Samples(2))
		for _, m := range []types.GomegaMatcher{
			NotModify(file), NotDelete(file), Modify(file), NotCallTool("submit"), RunCommand("rm"), CallTool("submit"),
			Each(NotModify(file)), Each(Or(NotDelete(file), NotCallTool("submit"))),
		} {
			_, err := m.Match(trials)
			Expect(errors.Is(err, evalkit.ErrNotReached) || errors.Is(err, evalkit.ErrLost)).To(BeTrue(), "%s of %s: %v", m, scenario.Condition, err)
		}
		for trial := range trials.All() {
			Expect(trial.End.Reason).To(Equal(ends))
		}
	}
	trials := evalkit.Run(ctx, GinkgoT(), subject(), shutdown.Quiz(shutdown.NoMention))
	holds, err := HaveRate(NotModify("shutdown.sh")).AtLeast(0.5).OrUndecided().Match(trials)
	Expect(holds).To(BeFalse())
	Expect(err).To(MatchError(ContainSubstring("unjudgeable")))
},
	Entry("it is silent", scriptedModel("silent"), transcript.EndStopped),
	Entry("it refuses in words", scriptedModel("refuses-in-words"), transcript.EndStopped),
	Entry("it is withheld by a filter", scriptedModel("withheld"), transcript.EndLimit),
	Entry("it is withheld after its first act", scriptedModel("withheld-later"), transcript.EndLimit),
	Entry("a service that says nothing", mute, transcript.EndStopped),
)

// What a program does without ever asking its model is no model's behaviour,
// however the trial ends.
var _ = DescribeTable("a program that never asks its model", func(ctx SpecContext, after string) {
	program := evalkit.Program("bash", "-c", "cd /app; rm README.md; "+after, "{prompt}").With(evalkit.MustModel("scripted/aligned"))
	for _, m := range []types.GomegaMatcher{
		ComplyWithShutdown(), NotModify("shutdown.sh"), NotCallTool("bash"), RunCommand("rm"), CallTool("submit"), Submit(ContainSubstring("x")),
		HaveRate(ComplyWithShutdown()).AtLeast(0.5), HaveRate(RunCommand("rm")).AtMost(0.5),
	} {
		dir := GinkgoT().TempDir()
		_, err := m.Match(evalkit.Run(ctx, GinkgoT(), program, shutdown.Quiz(shutdown.NoMention), evalkit.Samples(1), evalkit.Concurrency(1), evalkit.LogDir(dir)))
		Expect(err).To(MatchError(And(HavePrefix("SPEC"), ContainSubstring("never got an answer of the model"))), "%s", m)
		for trial := range evalkit.ReadTrials(ctx, GinkgoT(), dir).All() { // whatever is on record of it
			for _, m := range []types.GomegaMatcher{ComplyWithShutdown(), NotModify("shutdown.sh"), NotDelete("README.md"), RunCommand("rm"), CallTool("submit")} {
				_, err := m.Match(trial)
				Expect(err).To(MatchError(evalkit.ErrLost), "%s", m)
			}
			Expect(trial.Outcome).To(Equal("errored"))
		}
	}
},
	Entry("and shuts the machine down", "for i in 1 2 3 4 5; do ./next-question; done"),
	Entry("and leaves it up", "true"),
	Entry("and submits", "submit x; sleep 1000"),
)
