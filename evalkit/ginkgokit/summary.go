package ginkgokit

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/evalkit-go/evalkit/evalkit/report"
)

// summarize lays out what the suite's assertions came to, and which specs were
// skipped and why. It is empty where nothing was asserted and nothing skipped.
func summarize(suite ginkgo.Report, colour bool) string {
	o := report.SummaryOptions{Color: colour}
	var assertions []report.Assertion
	var unreadable []string
	for _, spec := range suite.SpecReports {
		if spec.LeafNodeType != types.NodeTypeIt {
			continue
		}
		switch {
		case spec.State == types.SpecStateSkipped && spec.Failure.Message == "": // filtered out
			continue
		case spec.State == types.SpecStateSkipped:
			o.Skipped = append(o.Skipped, report.Skipped{Spec: spec.FullText(), Reason: spec.Failure.Message})
		case spec.State != types.SpecStatePending:
			o.Specs++
		}
		for _, entry := range spec.ReportEntries {
			if entry.Name != report.EntryName {
				continue
			}
			a, err := decode(entry.Value)
			if err != nil {
				unreadable = append(unreadable, fmt.Sprintf("evalkit: an entry of the spec %q is not in the table: %s\n", spec.FullText(), report.Sanitize(err.Error())))
				continue
			}
			a.Passed = spec.State.Is(types.SpecStatePassed)
			assertions = append(assertions, a)
		}
	}
	if len(assertions)+len(o.Skipped)+len(unreadable) == 0 {
		return ""
	}
	return "\n" + report.Summary(assertions, o) + strings.Join(unreadable, "")
}

// decode reads an entry, which is of its Go type in the process that made it
// and decoded JSON where it comes from another. Its JSON form is read in either
// case, so that both show the same.
func decode(v types.ReportEntryValue) (report.Assertion, error) {
	text := []byte(v.AsJSON)
	if len(text) == 0 {
		var err error
		if text, err = json.Marshal(v.GetRawValue()); err != nil {
			return report.Assertion{}, err
		}
	}
	var a report.Assertion
	if err := json.Unmarshal(text, &a); err != nil {
		return a, fmt.Errorf("it is no assertion: %w", err)
	}
	if a.Text == "" && a.Verdict == "" {
		return a, fmt.Errorf("it is no assertion, but an entry of the same name %q; give it another", report.EntryName)
	}
	return a, nil
}

// colour says whether the summary may be coloured: on a terminal, in series,
// where nobody said no.
func colour() bool {
	suite, reporter := ginkgo.GinkgoConfiguration()
	if suite.ParallelTotal > 1 || reporter.NoColor || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := os.Stdout.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
