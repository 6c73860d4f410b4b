//go:build unix

package ginkgokit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A figure without a JSON form hangs ginkgo -p for good, unless the entry takes
// care of it.
func TestEntryWithoutJSONFormDoesNotHang(t *testing.T) {
	for _, procs := range []string{"--procs=1", "--procs=2"} {
		o := run{args: []string{procs, "--label-filter=nan"}}.ginkgo(t)
		o.want(t, true, "HaveRate(nan)", "holds 0/0", "1 verdict of 1 spec (of 2 that ran; 1 asked for no verdict)")
		o.lacks(t, "NaN")
	}
}

func TestEntryOfTheSameNameThatIsNoneIsSaid(t *testing.T) {
	o := run{args: []string{"--label-filter=foreign"}}.ginkgo(t)
	o.want(t, true, `an entry of the spec "scripted/kit-good enters what is no assertion" is not in the table`)
}

func TestSeriesThatNothingAssertsOnIsRed(t *testing.T) {
	o := run{args: []string{"--label-filter=unasked"}}.ginkgo(t)
	o.want(t, false, "nothing was asserted on this series")
}

func TestSeriesOfASetUpNodeIsNamed(t *testing.T) {
	o := run{args: []string{"--label-filter=early"}}.ginkgo(t)
	o.want(t, false, "call Run in the spec itself, not in BeforeEach")
}

func TestFlakeAttemptsOfTheCommandAreRefused(t *testing.T) {
	o := run{args: []string{"--label-filter=retried", "--flake-attempts=2"}}.ginkgo(t)
	o.want(t, false, "FlakeAttempts repeats a spec until it passes", "0 Passed | 1 Failed")
}

// Without --keep-going the first red suite hides the rest.
func TestSecondSuiteAfterARedOneRuns(t *testing.T) {
	if _, err := built(); err != nil {
		t.Fatal(err)
	}
	var suites []string
	for _, name := range []string{"a", "b"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		suites = append(suites, filepath.Join(dir, "suite.test"))
		if err := os.Link(filepath.Join(workshop, "suite.test"), suites[len(suites)-1]); err != nil {
			t.Fatal(err)
		}
	}
	for flag, want := range map[string]int{"--keep-going": 2, "--keep-going=false": 1} {
		o := run{args: []string{flag, "--label-filter=unasked"}, suites: suites}.ginkgo(t)
		if n := strings.Count(o.output, "nothing was asserted on this series"); o.code == 0 || n != want {
			t.Errorf("%s: exit %d, %d suites ran, want %d\n%s", flag, o.code, n, want, o.output)
		}
	}
}

// What an agent says reaches the console through one sanitiser.
func TestTextOfAnAgentCommandsNoConsole(t *testing.T) {
	for _, procs := range []string{"--procs=1", "--procs=2"} {
		o := run{args: []string{procs, "--github-output", "-v", "--label-filter=hostile"}}.ginkgo(t)
		o.want(t, false, "owned by agent") // it is shown, as a fact
		o.lacks(t, "\x1b", "{{red}}", "\r", "##[error]")
		for line := range strings.Lines(o.output) {
			if strings.HasPrefix(strings.TrimSpace(line), "::error::owned") {
				t.Errorf("a command to the runner: %q", line)
			}
		}
	}
}

// A suite keeps its one set-up node: ours are of another kind.
func TestASuiteMayHaveItsOwnSetUp(t *testing.T) {
	o := run{args: []string{"--procs=2", "--label-filter=nan"}, env: []string{"KIT_WRONG=suite node"}}.ginkgo(t)
	o.want(t, true, "2 Passed")
}

func TestWhatIsWrongEndsTheSuiteWhileItsTreeIsBuilt(t *testing.T) {
	for wrong, want := range map[string]string{
		"name":            "DescribeModel: a malformed model name",
		"nested name":     `model "gpt-5.4" has no known provider`,
		"none":            "the list of models is empty",
		"twice":           "scripted/kit-good stands in the list twice",
		"flaky container": "FlakeAttempts(3) on a spec that judges a model",
		"flaky spec":      "FlakeAttempts(2) on a spec that judges a model",
	} {
		t.Run(wrong, func(t *testing.T) {
			o := run{args: []string{"--label-filter=nan"}, env: []string{"KIT_WRONG=" + wrong}}.ginkgo(t)
			o.want(t, false, want, "testdata/suite/specs_test.go:")
			o.lacks(t, "Will run")
		})
	}
}
