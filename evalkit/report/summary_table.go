package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// column is one of the table's; right-aligned ones hold figures.
type column struct {
	head  [2]string // its name, on one line or two
	right bool
}

var columns = []column{
	{head: [2]string{"", "verdict"}}, {head: [2]string{"", "good"}, right: true}, {head: [2]string{"", "interval"}},
	{head: [2]string{"not", "reached"}, right: true}, {head: [2]string{"", "lost"}, right: true},
	{head: [2]string{"trials", "saved"}, right: true}, {head: [2]string{"", "tokens"}, right: true},
	{head: [2]string{"", "cost"}, right: true}, {head: [2]string{"", "model"}}, {head: [2]string{"", "condition"}},
}

const (
	verdictColumn = 0
	modelColumn   = 8
	lastColumn    = 9
	columnGap     = 2
)

// foldAbove is the number of rows above which those of plain matchers that
// came out one way are left to the logs: a table is there to be read.
const foldAbove = 40

// rows are the assertions that the table shows, and the number of others.
func (s *summary) rows() (shown []Assertion, folded int) {
	if len(s.list) <= foldAbove {
		return s.list, 0
	}
	for _, a := range s.list {
		if !a.Rate && (a.Verdict == "all" || a.Verdict == "none") {
			folded++
			continue
		}
		shown = append(shown, a)
	}
	return shown, folded
}

// table prints a heading for each spec and assertion and the rows under it.
func (s *summary) table() {
	shown, folded := s.rows()
	rows := make([][]string, len(shown))
	for i, a := range shown {
		rows[i] = cells(a)
	}
	total := s.total()
	widths := s.widths(append(rows, total))
	for line := range 2 {
		head := make([]string, len(columns))
		for i, c := range columns {
			head[i] = c.head[line]
		}
		s.printf("%s\n", s.p.dim(row(head, widths, nil)))
	}
	heading := ""
	for i, a := range shown {
		if h := headingOf(a); h != heading {
			heading = h
			s.printf("%s\n", s.p.bold(cutTo(h, s.o.Width)))
		}
		s.printf("%s\n", row(rows[i], widths, func(cell string) string { return s.p.verdict(a, cell) }))
		if a.Split.Said() {
			s.printf("%s\n", s.p.dim(cutTo("    "+a.Split.String(), s.o.Width)))
		}
	}
	if folded > 0 {
		s.printf("  and %s of plain matchers that came out one way, which are in the logs\n", plural(folded, "verdict"))
	}
	s.printf("%s\n", s.p.dim(row(total, widths, nil)))
	if slices.ContainsFunc(s.list, func(a Assertion) bool { return a.Forgiven }) {
		s.printf("  %s\n", s.p.yellow("* let pass by OrUndecided or EVALKIT_UNDECIDED=report: nothing was shown"))
	}
	if slices.ContainsFunc(shown, expected) {
		s.printf("  † as expected: the spec passed\n")
	}
}

func headingOf(a Assertion) string {
	heading := Line(specOf(a), 200)
	if a.Scenario != "" {
		heading += " in " + Line(a.Scenario, 60)
	}
	return heading + ": " + Line(a.Text, 200)
}

// verdictWord is a verdict as it is shown and counted.
func verdictWord(a Assertion) string {
	if a.Verdict == "" {
		return "no verdict"
	}
	return a.Verdict
}

// expected says that a verdict that reads like a failure is what its spec asked for: the spec passed, as with
// NotTo(HaveRate(…)) or a check that an error comes. It is no cause for alarm and no failure to make claims of.
func expected(a Assertion) bool {
	if !a.Passed || a.Forgiven {
		return false
	}
	switch a.Verdict {
	case "fails", "error", "unjudgeable", "undecided", "mixed":
		return true
	}
	return false
}

func cells(a Assertion) []string {
	verdict := Line(verdictWord(a), 20)
	if a.Forgiven {
		verdict += "*"
	}
	if expected(a) {
		verdict += "†"
	}
	saved := "–"
	if a.Rate {
		saved = fmt.Sprint(a.Saved)
	}
	return []string{
		verdict, fmt.Sprintf("%d/%d", a.Good, a.Judged), Interval(a.Low, a.High),
		fmt.Sprint(a.NotReached), fmt.Sprint(a.Lost), saved, Count(a.Tokens), Dollars(a.CostUSD),
		Line(a.Model, 60), Line(a.Condition, 60),
	}
}

// series is what tells one from another.
type series struct{ log, spec, model, scenario, condition string }

func seriesOf(a Assertion) series {
	return series{a.Log, a.Spec, a.Model, a.Scenario, a.Condition}
}

// total adds up what the series took. Assertions on one series tell of the same trials, so it counts once: with the
// most tokens, and the fewest trials saved.
func (s *summary) total() []string {
	type books struct {
		tokens, saved int
		rated         bool
		cost          float64
	}
	kept := map[series]books{}
	for _, a := range s.list {
		key := seriesOf(a)
		b := kept[key]
		b.tokens, b.cost = max(b.tokens, a.Tokens), max(b.cost, a.CostUSD)
		if a.Rate && (!b.rated || a.Saved < b.saved) {
			b.saved, b.rated = a.Saved, true
		}
		kept[key] = b
	}
	var sum books
	for _, b := range kept {
		sum.tokens += b.tokens
		sum.saved += b.saved
		sum.cost += b.cost
	}
	total := make([]string, len(columns))
	total[verdictColumn], total[5], total[6], total[7] = "in all", fmt.Sprint(sum.saved), Count(sum.tokens), Dollars(sum.cost)
	total[modelColumn] = fmt.Sprintf("%d series", len(kept))
	return total
}

// widths gives every column what it needs; the two of text share what is left.
func (s *summary) widths(rows [][]string) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = max(len(c.head[0]), len(c.head[1]))
		for _, r := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
	}
	left := s.o.Width
	for i, w := range widths {
		left -= columnGap
		if i < modelColumn {
			left -= w
		}
	}
	left = max(left, 20)
	if over := widths[modelColumn] + widths[lastColumn] - left; over > 0 {
		widths[modelColumn] = min(widths[modelColumn], max(left/2, left-widths[lastColumn]))
		widths[lastColumn] = left - widths[modelColumn]
	}
	return widths
}

// row lays cells into columns; verdict colours the first one.
func row(cells []string, widths []int, verdict func(string) string) string {
	var b strings.Builder
	for i, cell := range cells {
		cell = cutTo(cell, widths[i])
		gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == verdictColumn && verdict != nil {
			cell = verdict(cell)
		}
		b.WriteString(strings.Repeat(" ", columnGap))
		if columns[i].right {
			b.WriteString(gap + cell)
		} else {
			b.WriteString(cell + gap)
		}
	}
	return strings.TrimRight(b.String(), " ")
}
