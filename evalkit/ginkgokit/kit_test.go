package ginkgokit

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/report"
)

func TestModelLabel(t *testing.T) {
	for spec, want := range map[string]string{
		"openai/gpt-5.4":                     "model: openai-gpt-5.4",
		"http://127.0.0.1:8080/v1#qwen":      "model: http-127.0.0.1-8080-v1-qwen",
		"openai/o3?reasoning_effort=high":    "model: openai-o3-reasoning_effort-high",
		"openrouter/meta-llama/llama-4(x|y)": "model: openrouter-meta-llama-llama-4-x-y",
		"":                                   "model: unnamed",
		"///":                                "model: unnamed",
		"ü&|!,()/":                           "model: unnamed",
	} {
		if got := ModelLabel(spec); got != want {
			t.Errorf("%q: label %q, want %q", spec, got, want)
		}
	}
}

func FuzzModelLabel(f *testing.F) {
	f.Add("openai/gpt-5.4")
	f.Add("a:b,(c)|&!")
	f.Fuzz(func(t *testing.T, spec string) {
		label := ModelLabel(spec)
		if got, err := types.ValidateAndCleanupLabel(label, types.CodeLocation{}); err != nil || got != label {
			t.Errorf("%q: Ginkgo makes %q of the label %q: %v", spec, got, label, err)
		}
		filter, err := types.ParseLabelFilter("model: containsAny {" + strings.TrimPrefix(label, "model: ") + "}")
		if err != nil || !filter([]string{label}) {
			t.Errorf("%q: a filter does not find the label %q: %v", spec, label, err)
		}
	})
}

func TestSpecsShowTheirProgress(t *testing.T) {
	polls := func(node types.NodeType, args ...any) (after, interval time.Duration) {
		_, args, errs := decorate(node, 0, "x", args)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, arg := range args {
			switch d := arg.(type) {
			case ginkgo.PollProgressAfter:
				after = time.Duration(d)
			case ginkgo.PollProgressInterval:
				interval = time.Duration(d)
			}
		}
		return after, interval
	}
	if after, interval := polls(types.NodeTypeIt); after != time.Minute || interval != time.Minute {
		t.Errorf("a spec shows its progress after %s and each %s, want a minute", after, interval)
	}
	if after, interval := polls(types.NodeTypeIt, ginkgo.PollProgressAfter(time.Second)); after != time.Second || interval != 0 {
		t.Errorf("a spec's own goes before: %s, %s", after, interval)
	}
	if after, _ := polls(types.NodeTypeContainer); after != 0 {
		t.Error("Ginkgo refuses the decorator on a container")
	}
}

func TestWhyNot(t *testing.T) {
	live := evalkit.MustModel("openai/o3").Info()
	cases := []struct {
		name    string
		info    evalkit.SubjectInfo
		env     map[string]string
		allowed bool
	}{
		{"nothing set", live, nil, false},
		{"a key alone", live, map[string]string{"OPENAI_API_KEY": "sk-x"}, false},
		{"EVALKIT_LIVE=1", live, map[string]string{"EVALKIT_LIVE": "1"}, true},
		{"EVALKIT_LIVE=0", live, map[string]string{"EVALKIT_LIVE": "0"}, false},
		{"named", live, map[string]string{"EVALKIT_MODEL": "openai/o3"}, true},
		{"another named", live, map[string]string{"EVALKIT_MODEL": "openai/o4"}, false},
		{"judged again", live, map[string]string{"EVALKIT_REJUDGE": "logs"}, true},
		{"scripted", evalkit.MustModel("scripted/aligned").Info(), nil, true},
		{"of this machine", evalkit.MustModel("http://127.0.0.1:1/v1#x").Info(), nil, true},
		{"of another machine", evalkit.MustModel("http://10.0.0.1:1/v1#x").Info(), nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"EVALKIT_LIVE", "EVALKIT_MODEL", "EVALKIT_REJUDGE", "OPENAI_API_KEY"} {
				t.Setenv(name, c.env[name])
			}
			if reason := whyNot(c.info); (reason == "") != c.allowed {
				t.Errorf("reason %q, want allowed %v", reason, c.allowed)
			}
		})
	}
}

func spec(text string, state types.SpecState, why string, entries ...any) types.SpecReport {
	s := types.SpecReport{LeafNodeType: types.NodeTypeIt, LeafNodeText: text, State: state, Failure: types.Failure{Message: why}}
	for _, e := range entries {
		s.ReportEntries = append(s.ReportEntries, types.ReportEntry{Name: report.EntryName, Value: types.WrapEntryValue(e)})
	}
	return s
}

func TestSummarize(t *testing.T) {
	holds := report.Assertion{Spec: "a", Model: "m", Text: "HaveRate(x)", Verdict: "holds", Rate: true, Alpha: math.NaN(), Good: 3, Judged: 3}
	decoded := map[string]any{"spec": "b", "text": "HaveRate(y)", "verdict": "fails", "rate": true, "good": 0.0, "judged": 2.0}
	control := report.Assertion{Spec: "control", Model: "m", Text: "HaveRate(z)", Verdict: "fails", Rate: true, Judged: 2}
	set := spec("set-up", types.SpecStatePassed, "", holds)
	set.LeafNodeType = types.NodeTypeBeforeSuite
	suite := types.Report{SpecReports: types.SpecReports{
		spec("a", types.SpecStatePassed, "", holds),
		spec("b", types.SpecStateFailed, "", decoded), // as it comes from another process
		spec("control", types.SpecStatePassed, "", control),
		spec("c", types.SpecStateSkipped, "no model {{red}}\x1b[2J"),
		spec("filtered", types.SpecStateSkipped, ""),
		spec("pending", types.SpecStatePending, ""),
		spec("d", types.SpecStatePassed, "", 7, make(chan int)),
		set,
	}}
	got := summarize(suite, false)
	for _, want := range []string{
		"HaveRate(x)", "HaveRate(y)", "1 fails, 1 fails as expected, 1 holds", "skipped  c: no model", "3 verdicts of 3 specs (of 4 that ran; 1 asked for no verdict)",
	} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, `an entry of the spec "d" is not in the table`); n != 2 {
		t.Errorf("%d unreadable entries are said, want 2:\n%s", n, got)
	}
	for _, bad := range []string{"filtered", "pending", "{{", "\x1b", "NaN"} {
		if strings.Contains(got, bad) {
			t.Errorf("holds %q:\n%s", bad, got)
		}
	}
	if got := summarize(types.Report{SpecReports: types.SpecReports{spec("a", types.SpecStatePassed, "")}}, true); got != "" {
		t.Errorf("nothing was asserted, and it says %q", got)
	}
}
