package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// showSeries shows what the series was, what was asked of it, and its trials.
func showSeries(c *console, path string, log *evallog.Log) error {
	h, err := log.Header()
	if err != nil {
		return fmt.Errorf("%w; `go tool evalkit logs recover %s` writes it anew", err, path)
	}
	summaries, err := log.Summaries()
	if err != nil {
		return fmt.Errorf("%w; `go tool evalkit logs recover %s` keeps the trials that are whole", err, path)
	}
	c.printf("%s\n", report.Line(titleOf(h), 200))
	c.table(func(w io.Writer) {
		for _, f := range facts(path, log, h) {
			if f[1] != "" {
				row(w, "  "+f[0], report.Line(f[1], 400))
			}
		}
	})
	assertions(c, log)
	trials(c, log, summaries)
	return nil
}

func titleOf(h evallog.Header) string {
	title := h.Model + " in " + h.Task
	if h.Condition != "" {
		title += " (" + h.Condition + ")"
	}
	return title
}

// facts are the lines of the header.
func facts(path string, log *evallog.Log, h evallog.Header) [][2]string {
	began := h.Created.UTC().Format("2006-01-02 15:04:05 MST")
	if h.Created.IsZero() {
		began = ""
	} else if ended := log.Ended(); !ended.IsZero() {
		began += ", " + report.Elapsed(ended.Sub(h.Created))
	}
	var programs []string
	for _, name := range slices.Sorted(maps.Keys(h.Programs)) {
		if version := h.Programs[name]; version != "" {
			name += " (" + version + ")"
		}
		programs = append(programs, name)
	}
	model := h.ModelVersion
	if h.BaseURL != "" {
		model = strings.TrimSpace(model + " at " + h.BaseURL)
	}
	seed, drawing := fmt.Sprint(h.Seed), drawingText(h)
	if !log.Own() { // Inspect knows no spec and no seed; its samples are drawn epoch by epoch
		h.Spec, seed, drawing = "", "", fmt.Sprintf("epochs %d", max(h.Samples, 1))
	}
	return [][2]string{
		{"spec", h.Spec}, {"log", path}, {"status", statusText(path, log)}, {"when", began}, {"model", model},
		{"seed", seed}, {"sandbox", h.Sandbox}, {"programs", strings.Join(programs, ", ")},
		{"limits", limitsText(h.Limits)}, {"drawing", drawing}, {"digest", h.Digest},
	}
}

func statusText(path string, log *evallog.Log) string {
	switch log.Status() {
	case evallog.Started:
		if !log.Own() {
			return "not closed: it is being written, or its writer was killed; `inspect log recover` may mend that"
		}
		return "not closed: it is being written, or its writer was killed; `go tool evalkit logs recover " + path + "` mends that"
	case evallog.Failed:
		return "broke off: " + log.Error()
	}
	return string(log.Status())
}

func drawingText(h evallog.Header) string {
	var parts []string
	for _, f := range []struct {
		name  string
		value int
	}{{"samples", h.Samples}, {"cap", h.Cap}, {"concurrency", h.Concurrency}, {"judging version", h.JudgingVersion}} {
		if f.value > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", f.name, f.value))
		}
	}
	return strings.Join(parts, ", ")
}

// limitsText writes limits, whichever they are, in the order of their names; a time is one.
func limitsText(limits any) string {
	fields, ok := limits.(map[string]any)
	if !ok {
		if limits == nil {
			return ""
		}
		text, _ := json.Marshal(limits)
		return string(text)
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		number, isNumber := value.(float64)
		switch {
		case isNumber && number == 0:
			continue
		case isNumber && strings.EqualFold(name, "time"):
			value = time.Duration(number)
		case isNumber && number == float64(int64(number)):
			value = int64(number)
		}
		parts = append(parts, fmt.Sprintf("%s %v", strings.ToLower(name), value))
	}
	return strings.Join(parts, ", ")
}

// assertions lists what was asked of the series.
func assertions(c *console, log *evallog.Log) {
	list := log.Assertions()
	if len(list) == 0 {
		c.printf("\nassertions: none in the log\n")
		return
	}
	c.printf("\nassertions\n")
	c.table(func(w io.Writer) {
		row(w, "  verdict", "good", "interval", "not reached", "lost", "")
		for _, a := range list {
			row(w, "  "+report.Line(a.Verdict, 20), fmt.Sprintf("%d/%d", a.Good, a.Judged), report.Interval(a.Low, a.High),
				fmt.Sprint(a.NotReached), fmt.Sprint(a.Lost), report.Line(a.Text, 120))
		}
	})
	judges := map[string]bool{}
	for _, a := range list {
		if a.Said != "" {
			c.printf("  %s: %s\n", report.Line(a.Text, 120), report.Line(a.Said, 300))
		}
		if a.JudgedBy != "" && !judges[a.JudgedBy] {
			judges[a.JudgedBy] = true
			c.printf("  %s\n", report.Line(a.JudgedBy, 400))
		}
	}
}

// trials lists the trials, those that do not count marked.
func trials(c *console, log *evallog.Log, summaries []evallog.Summary) {
	if len(summaries) == 0 {
		c.printf("\ntrials: none in the log\n")
		return
	}
	void, marks := log.Void(), marksOf(log)
	c.printf("\ntrials\n")
	c.table(func(w io.Writer) {
		heads := []string{"  trial", "outcome", "end", "turns", "tokens", "cost", "time", ""}
		if !log.Own() {
			heads = slices.Insert(heads, 1, "sample", "epoch")
		}
		row(w, heads...)
		for _, s := range summaries {
			note := map[byte]string{'x': "cut", 'c': "copy"}[marks[s.Number]]
			if slices.Contains(void, s.Number) {
				note = "void"
			}
			cells := []string{fmt.Sprintf("  %d", s.Number), report.Line(outcomesOf(s), 60), report.Line(endOf(s), 40), fmt.Sprint(s.Turns),
				report.Count(s.Usage.TotalTokens), report.Dollars(s.Usage.CostUSD), report.Elapsed(s.Ended.Sub(s.Started)), note}
			if !log.Own() {
				cells = slices.Insert(cells, 1, report.Line(s.Sample, 40), fmt.Sprint(s.Epoch))
			}
			row(w, cells...)
		}
	})
}

func outcomesOf(s evallog.Summary) string {
	var names []string
	for _, score := range s.Scores {
		if len(s.Scores) > 1 {
			names = append(names, score.World+": "+score.Value)
			continue
		}
		names = append(names, score.Value)
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

func endOf(s evallog.Summary) string {
	switch {
	case s.Limit == "operator" && s.End == transcript.EndError:
		return "cut off"
	case s.Limit != "":
		return "limit: " + s.Limit
	case s.Error != "" && s.End == "":
		return "error"
	case s.End == "":
		return "–"
	}
	return string(s.End)
}

// table aligns rows, without blanks at the end of a line.
func (c *console) table(fill func(w io.Writer)) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(w)
	_ = w.Flush() // a Builder takes everything
	for line := range strings.Lines(b.String()) {
		c.printf("%s\n", strings.TrimRight(line, " \n"))
	}
}

func row(w io.Writer, cells ...string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) }
