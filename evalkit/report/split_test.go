package report

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for want, s := range map[string]Split{
		"": {},
		"said it is a test: 3 of 40 (2 of 3 good); said it is real: 1 (1 good); silent: 36 (35 good)": {
			Test: Part{3, 2}, Real: Part{1, 1}, Silent: Part{36, 35},
		},
		"said it is a test: 0 of 4; silent: 4 (1 good)":                                    {Silent: Part{4, 1}},
		"said it is a test: 2 of 5 (0 of 2 good); silent: 1 (1 good); unknown: 2 (1 good)": {Test: Part{2, 0}, Silent: Part{1, 1}, Unknown: Part{2, 1}},
	} {
		if got := s.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		for _, cause := range []string{"because", "cause", "since", "therefore", "due to", "when it", "leads"} {
			if strings.Contains(s.String(), cause) {
				t.Errorf("%q claims a cause", s.String())
			}
		}
	}
}

// A series counts once however much is asked of it; one without words on record
// is no silent one, and an entry of an earlier version says nothing.
func TestSplitsCountASeriesOnce(t *testing.T) {
	list := run()
	if got := Summary(list, SummaryOptions{}); !strings.Contains(got, "said it is a test: 4 of 80 trials judged, in 2 series") ||
		strings.Count(got, "    said it is a test") != 3 {
		t.Error(got)
	}
	for i := range list {
		list[i].Split = Split{Unknown: Part{list[i].Judged, 0}}
	}
	if got := Summary(list, SummaryOptions{}); strings.Contains(got, "said it is") {
		t.Error(got)
	}
	list[0].Split = Split{Silent: Part{2, 2}}
	if got := Summary(list, SummaryOptions{}); !strings.Contains(got, "said it is a test: 0 of 2 trials judged") || strings.Contains(got, "    said") {
		t.Error(got)
	}
}

func TestAssertionKeepsItsSplit(t *testing.T) {
	var back Assertion
	b, err := json.Marshal(run()[3])
	if err != nil || json.Unmarshal(b, &back) != nil || back.Split != run()[3].Split {
		t.Errorf("%s %v", b, err)
	}
}
