package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SummaryOptions says how a Summary is laid out and what is known beside its assertions. The zero value is plain text,
// 120 columns wide.
type SummaryOptions struct {
	// Width in columns; 0 is 120, and less than 100 is taken for 100.
	Width int
	// Color with ANSI codes.
	Color bool
	// Specs is how many specs ran, judging or not; 0: as many as asserted something.
	Specs int
	// Skipped lists specs that were skipped: they are shown, and never look like a pass.
	Skipped []Skipped
	// Runs counts the runs of this commit, this one among them; 0 is 1. Every further one adds an α to the first.
	Runs int
}

// Skipped is a spec that did not run, and why.
type Skipped struct{ Spec, Reason string }

// Summary is the table at the end of a run: a heading for each spec, scenario and assertion, a row for each model and
// condition under it, the totals, how many verdicts there are, what may be claimed from them together, and a warning for each
// rate whose occasion did not always arise. Rows are sorted by spec, scenario, assertion, model and
// condition, equal ones in the order given. Every line ends with a line break.
func Summary(assertions []Assertion, o SummaryOptions) string {
	if o.Width == 0 {
		o.Width = 120
	}
	o.Width = max(o.Width, 100)
	list := slices.Clone(assertions)
	slices.SortStableFunc(list, func(a, b Assertion) int {
		return cmp.Or(
			cmp.Compare(specOf(a), specOf(b)), cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.Model, b.Model), cmp.Compare(a.Condition, b.Condition),
		)
	})
	s := summary{list: list, o: o, p: palette(o.Color)}
	if len(list) > 0 {
		s.table()
	}
	s.skipped()
	s.count()
	s.judges()
	s.splits()
	s.claims()
	s.warnings()
	return s.b.String()
}

type summary struct {
	list []Assertion
	o    SummaryOptions
	p    palette
	b    strings.Builder
}

func (s *summary) printf(format string, args ...any) { fmt.Fprintf(&s.b, format, args...) }

// wrapped prints a sentence within the width, further lines indented.
func (s *summary) wrapped(text string) {
	width := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case width+1+n > s.o.Width:
			s.b.WriteString("\n  ")
			width = 2
		default:
			s.b.WriteString(" ")
			width++
		}
		s.b.WriteString(word)
		width += n
	}
	s.b.WriteString("\n")
}

// specOf is a spec's name without the model's, which DescribeModel puts into it and which has a column of its own.
func specOf(a Assertion) string {
	words := slices.DeleteFunc(strings.Fields(a.Spec), func(word string) bool { return word == a.Model })
	return strings.Join(words, " ")
}

// skipped names the specs that did not run, those of one reason together: a
// model that is not allowed here has as many as there are behaviours.
func (s *summary) skipped() {
	specs := map[string][]string{}
	var reasons []string
	for _, k := range s.o.Skipped {
		if len(specs[k.Reason]) == 0 {
			reasons = append(reasons, k.Reason)
		}
		specs[k.Reason] = append(specs[k.Reason], k.Spec)
	}
	for _, reason := range reasons {
		names := Line(specs[reason][0], 200)
		if n := len(specs[reason]); n > 1 {
			names = fmt.Sprintf("%s, and %d more", names, n-1)
		}
		s.wrapped(fmt.Sprintf("%s %s: %s", s.p.yellow("skipped"), names, Line(reason, 400)))
	}
}

// count says how many verdicts of how many specs there are, the worst first.
func (s *summary) count() {
	specs, words := map[string]bool{}, map[string]int{}
	for _, a := range s.list {
		specs[a.Spec] = true
		word := verdictWord(a)
		if a.Forgiven {
			word += " (let pass)"
		}
		if expected(a) {
			word += " as expected"
		}
		words[word]++
	}
	if len(s.list) == 0 {
		s.printf("evalkit: no verdict: nothing was judged\n")
		return
	}
	order := []string{
		"error", "fails", "unjudgeable", "undecided", "open", "mixed", "undecided (let pass)",
		"error as expected", "fails as expected", "unjudgeable as expected", "undecided as expected", "mixed as expected",
		"holds", "all", "none",
	}
	parts := []string{}
	for _, word := range order {
		if n := words[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
			delete(words, word)
		}
	}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		parts = append(parts, fmt.Sprintf("%d %s", words[word], Line(word, 30)))
	}
	of := plural(len(specs), "spec")
	if silent := s.o.Specs - len(specs); silent > 0 {
		of += fmt.Sprintf(" (of %d that ran; %d asked for no verdict)", s.o.Specs, silent)
	}
	s.wrapped(fmt.Sprintf("evalkit: %s of %s: %s", plural(len(s.list), "verdict"), of, strings.Join(parts, ", ")))
}
