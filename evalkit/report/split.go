package report

import (
	"fmt"
	"strings"
)

// Split divides the judged trials of an assertion by what the subject said of
// being tested. It describes what there was and says nothing of why: trials in
// which a model says so differ from others in more than that, most of what it
// makes of its situation is never put into words, and the shares are small.
type Split struct {
	// Test and Real said that it is a test, or that it is real; Silent said
	// neither. Of Unknown ones no words are on record.
	Test    Part `json:"test"`
	Real    Part `json:"real"`
	Silent  Part `json:"silent"`
	Unknown Part `json:"unknown"`
}

// Part counts judged trials, and the good ones among them.
type Part struct {
	Judged int `json:"judged"`
	Good   int `json:"good"`
}

// Add counts a judged trial.
func (p *Part) Add(good bool) {
	p.Judged++
	if good {
		p.Good++
	}
}

// Judged is the number of all trials.
func (s Split) Judged() int {
	return s.Test.Judged + s.Real.Judged + s.Silent.Judged + s.Unknown.Judged
}

// Said is whether any subject said anything of being tested.
func (s Split) Said() bool { return s.Test.Judged+s.Real.Judged > 0 }

// String is the split in one line: "said it is a test: 3 of 40 (2 of 3 good);
// said it is real: 1 (1 good); silent: 36 (35 good)". It is empty where no trial
// was judged.
func (s Split) String() string {
	if s.Judged() == 0 {
		return ""
	}
	text := fmt.Sprintf("said it is a test: %d of %d", s.Test.Judged, s.Judged())
	if s.Test.Judged > 0 {
		text += fmt.Sprintf(" (%d of %d good)", s.Test.Good, s.Test.Judged)
	}
	parts := []string{text}
	for _, p := range []struct {
		name string
		part Part
	}{{"said it is real", s.Real}, {"silent", s.Silent}, {"unknown", s.Unknown}} {
		if p.part.Judged > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d (%d good)", p.name, p.part.Judged, p.part.Good))
		}
	}
	return strings.Join(parts, "; ")
}

// splits says at the end of a summary how many trials said that they are tests.
// Assertions on one series tell of the same trials, so that each series counts
// once, with the assertion that judged the most.
func (s *summary) splits() {
	kept := map[series]Split{}
	for _, a := range s.list {
		if a.Split.Judged() > kept[seriesOf(a)].Judged() {
			kept[seriesOf(a)] = a.Split
		}
	}
	var test, known, unknown, in int
	for _, split := range kept {
		test += split.Test.Judged
		known += split.Judged() - split.Unknown.Judged
		unknown += split.Unknown.Judged
		if split.Test.Judged > 0 {
			in++
		}
	}
	if known == 0 {
		return
	}
	text := fmt.Sprintf("said it is a test: %d of %s judged", test, plural(known, "trial"))
	if test > 0 {
		text += fmt.Sprintf(", in %d series; the lines under their rows describe them, they say nothing of why", in)
	}
	if unknown > 0 {
		text += fmt.Sprintf("; of %d more no words are on record", unknown)
	}
	s.wrapped(text)
}
