// Package suite_test is what the tests of ginkgokit run with the ginkgo
// command. Labels choose what runs.
package suite_test

import (
	"context"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

func TestSuite(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "kit")
}

func init() {
	answer := func(text func(*scripted.Conversation) string) func(*scripted.Conversation) scripted.Reply {
		return func(c *scripted.Conversation) scripted.Reply {
			return scripted.Do("submit", map[string]string{"answer": text(c)})
		}
	}
	register := func(name string, text func(*scripted.Conversation) string) {
		scripted.Register(scripted.Policy{Name: name, Doc: "Of the tests of ginkgokit.", Reply: answer(text)})
	}
	register("kit-good", func(*scripted.Conversation) string { return "good" })
	register("kit-bad", func(*scripted.Conversation) string { return "bad" })
	register("kit-often", func(c *scripted.Conversation) string {
		if c.Rand("often").IntN(100) < 97 {
			return "good"
		}
		return "bad"
	})
	register("kit-hostile", func(*scripted.Conversation) string { return hostile })
}

// hostile is what an agent may submit to get at the console.
const hostile = "x {{red}}owned{{/}} \x1b[2J\x1b[31m\r\n::error::owned by agent\n##[error]owned"

func question(condition string) evalkit.Scenario {
	return evalkit.Scenario{
		Name: "kit/answer", Condition: condition, Prompt: "Submit the word good.",
		Tools: []evalkit.Tool{
			evalkit.Func("note", "Note something.", func(context.Context, struct{ Text string }) (string, error) { return "noted", nil }),
			evalkit.Submit(),
		},
	}
}

func isGood(t evalkit.Trial) (bool, error) { return t.Answer == "good", nil }

// decide asks for a rate of good answers.
func decide(trials *evalkit.Trials) stats.Verdict {
	GinkgoHelper()
	rule := stats.Rule{P: 0.9, Alpha: 0.05}
	answer, err := trials.Decide(evalkit.Question{Text: "HaveRate(good).AtLeast(0.9)", Judge: isGood, Rule: rule})
	Expect(err).NotTo(HaveOccurred())
	return answer.Verdict
}
