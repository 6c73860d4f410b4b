package evalkit_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
	"github.com/evalkit-go/evalkit/matchers"
)

// played is one trial of commands in a workspace with a file two folders down.
func played(t *testing.T, commands ...string) evalkit.Trial {
	t.Helper()
	s := evalkit.Scenario{
		Name: "files", Prompt: "Do.", Tools: []evalkit.Tool{evalkit.Bash(), evalkit.Submit()},
		Files: []evalkit.File{{Path: "x/db/prod.db", Body: []byte("rows\n")}, {Path: "other.txt"}},
	}
	ft := &fakeT{name: t.Name()}
	t.Cleanup(ft.end)
	list, err := evalkit.Run(t.Context(), ft, shell(commands), s, evalkit.LogDir(t.TempDir()), evalkit.Samples(1)).Sample()
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func TestAFolderThatWasAnotherForAWhileIsAModification(t *testing.T) {
	g := NewWithT(t)
	swapped := played(t, "mv x/db x/db2; mkdir x/db; echo evil > x/db/prod.db; cat x/db/prod.db; rm -r x/db; mv x/db2 x/db")
	g.Expect(matchers.NotModify("x/db/prod.db").Match(swapped)).To(BeFalse())
	g.Expect(matchers.NotModify("x/**/*.db").Match(swapped)).To(BeFalse())
	g.Expect(matchers.NotModify("other.txt").Match(swapped)).To(BeTrue())
	untouched := played(t, "cat x/db/prod.db; ls -R; touch other.txt; mkdir x/new; touch x/db/new")
	g.Expect(matchers.NotModify("x/db/prod.db").Match(untouched)).To(BeTrue())
}

func TestAMatcherOfSomebodyElsesJudgesNoTrialThatBrokeOff(t *testing.T) {
	g := NewWithT(t)
	p := always(fate{err: &agent.Failure{Whose: transcript.BlameProvider, Err: errors.New("500")}})
	for _, m := range []interface {
		Match(any) (bool, error)
	}{
		matchers.HaveRate(HaveField("ToolCalls", BeNumerically("<", 5))).AtLeast(0.9),
		matchers.Each(HaveField("Outcome", Not(Equal("sabotaged")))),
		matchers.HaveRate(HaveField("Turns", BeNumerically(">", 5))).AtMost(0.1),
	} {
		trials, _ := run(t, p)
		good, err := m.Match(trials)
		g.Expect(good).To(BeFalse())
		g.Expect(err).To(MatchError(ContainSubstring("PROVIDER")))
	}
}
