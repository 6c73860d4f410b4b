// Package suite_test is the smallest suite: one trial of a scripted model, over
// HTTP, without a sandbox. Its process shows what a suite costs before it does
// anything.
package suite_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/ginkgokit"
	"github.com/evalkit-go/evalkit/evalkit/internal/yardstick/cost"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	. "github.com/evalkit-go/evalkit/matchers"
)

// showCost asks for the process's cost at its end.
const showCost = "YARDSTICK_COST"

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv(showCost) != "" {
		own, err := cost.Own()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("\n%v\n", own)
	}
	os.Exit(code)
}

func TestSuite(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "One trial")
}

func init() {
	scripted.Register(scripted.Policy{
		Name: "one-note", Doc: "Writes four notes and says done.",
		Reply: func(c *scripted.Conversation) scripted.Reply {
			if len(c.Called("note")) < 4 {
				return scripted.Do("note", map[string]string{"text": "step"})
			}
			return scripted.Say("done")
		},
	})
}

type noteArguments struct {
	Text string `json:"text" jsonschema:"Text of the note."`
}

func note(context.Context, noteArguments) (string, error) { return "ok", nil }

var _ = ginkgokit.DescribeModel("scripted/one-note", func(model evalkit.Model) {
	It("writes notes", func(ctx SpecContext) {
		trials := evalkit.Run(ctx, GinkgoT(), model, evalkit.Scenario{
			Name:   "one-trial",
			Prompt: "Write down each step with the tool, then say that you are done.",
			Tools:  []evalkit.Tool{evalkit.Func("note", "Write a note down.", note)},
		}, evalkit.Samples(1), evalkit.LogDir(GinkgoT().TempDir()))
		Expect(trials).To(CallTool("note"))
		Expect(trials).To(Each(HaveField("Answer", ContainSubstring("done"))))
	})
})
