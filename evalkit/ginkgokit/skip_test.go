//go:build unix

package ginkgokit_test

import (
	"testing"

	"github.com/onsi/ginkgo/v2/types"
)

func TestSkippedIsNoPass(t *testing.T) {
	o := run{args: []string{"--label-filter=live || environment || skipped"}, env: []string{"OPENAI_API_KEY=sk-a-key-alone"}}.ginkgo(t)
	o.want(t, true,
		"skipped openai/gpt-5.4 is asked nothing without leave: EVALKIT_LIVE=1 or EVALKIT_MODEL=openai/gpt-5.4 is missing",
		"EVALKIT_MODEL names no model, so that nothing was judged",
		"is skipped by its spec: not today",
		"evalkit: no verdict: nothing was judged", "0 Passed")
	o.lacks(t, "holds", "\x1b")
	reasons := 0
	for _, spec := range o.report.SpecReports {
		if spec.State == types.SpecStateSkipped && spec.Failure.Message != "" {
			reasons++
		}
	}
	if reasons != 3 {
		t.Errorf("%d skipped specs say why, want 3", reasons)
	}
}

func TestSkippedIsRedWhereNoSkipIsAllowed(t *testing.T) {
	o := run{args: []string{"--label-filter=live || environment"}, env: []string{"EVALKIT_REQUIRE=1", "OPENAI_API_KEY=sk-a-key-alone"}}.ginkgo(t)
	o.want(t, false, "2 Failed",
		"EVALKIT_REQUIRE=1 allows no skip: EVALKIT_LIVE=1 or EVALKIT_MODEL=openai/gpt-5.4 is missing",
		"EVALKIT_REQUIRE=1 allows no skip: EVALKIT_MODEL names no model")
}

func TestModelThatTheEnvironmentNamesIsJudged(t *testing.T) {
	good := run{args: []string{"--label-filter=environment"}, env: []string{"EVALKIT_MODEL=scripted/kit-good"}}.ginkgo(t)
	good.want(t, true, "holds 36/36", "1 verdict of 1 spec: 1 holds")
	bad := run{args: []string{"--label-filter=environment"}, env: []string{"EVALKIT_MODEL=scripted/kit-bad"}}.ginkgo(t)
	bad.want(t, false, "fails 0/2", "1 verdict of 1 spec: 1 fails")
	wrong := run{args: []string{"--label-filter=environment"}, env: []string{"EVALKIT_MODEL=kit-good"}}.ginkgo(t)
	wrong.want(t, false, "EVALKIT_MODEL: a malformed model name")
	misspelt := run{args: []string{"--label-filter=environment"}, env: []string{"EVALKIT_MODLE=scripted/kit-good"}}.ginkgo(t)
	misspelt.want(t, false, "EVALKIT_MODLE is set, and nothing reads it; EVALKIT_MODEL was meant")
}

// Where the live model is allowed, the key is what is missing next, and that is
// no skip.
func TestAllowedModelWithoutAKeyIsRed(t *testing.T) {
	o := run{args: []string{"--label-filter=live"}, env: []string{"EVALKIT_LIVE=1"}}.ginkgo(t)
	o.want(t, false, "OPENAI_API_KEY", "1 Failed")
}

func TestNothingIsPrintedWhereNothingWasAsserted(t *testing.T) {
	o := run{args: []string{"--label-filter=none-of-them"}}.ginkgo(t)
	o.want(t, true)
	o.lacks(t, "evalkit:", "verdict")
}
