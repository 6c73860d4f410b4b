package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

type verifyCommand struct {
	Logs      []string `arg:"" name:"log" help:"Logs, or folders of them."`
	AllowNone bool     `help:"Let a log pass that holds no certificate."`
}

// Run judges every certificate again and compares it with the log that it stands in.
func (v *verifyCommand) Run(c *console) error {
	var paths []string
	for _, path := range v.Logs {
		found, err := findLogs(path)
		if err != nil {
			return err
		}
		paths = append(paths, found...)
	}
	agree, wrong := 0, 0
	var failed []error
	for _, path := range paths {
		c.printf("%s\n", path)
		log, err := openLog(path)
		if err != nil {
			failed = append(failed, err)
			c.printf("  WRONG  it cannot be read\n")
			continue
		}
		good, bad := v.verify(c, log)
		_ = log.Close()
		agree, wrong = agree+good, wrong+bad
	}
	c.printf("%d of %d logs read; certificates that agree with their marks and their log: %d; findings: %d\n",
		len(paths)-len(failed), len(paths), agree, wrong)
	switch {
	case len(failed) > 0:
		return errors.Join(failed...)
	case wrong > 0:
		return errFinding
	}
	return nil
}

// verify checks one log: how many certificates agree, and how many things do not.
func (v *verifyCommand) verify(c *console, log *evallog.Log) (agree, wrong int) {
	finding := func(format string, args ...any) {
		wrong++
		c.printf("  WRONG  %s\n", report.Line(fmt.Sprintf(format, args...), 400))
	}
	for _, d := range log.Damage() {
		finding("damaged: %v", d)
	}
	if !log.Own() && log.Status() == evallog.Started {
		finding("another tool wrote this log, and never closed it")
		return agree, wrong
	}
	if log.Status() == evallog.Started {
		finding("the log was never closed, so that it holds no verdict; `go tool evalkit logs recover` mends it")
		return agree, wrong
	}
	for _, err := range log.All() {
		if err != nil {
			finding("%v", err)
		}
	}
	certificates := 0
	for _, a := range log.Assertions() {
		if len(a.Certificate) == 0 {
			c.printf("  –      %s: %s, without a certificate: only rates have one\n", report.Line(a.Text, 120), report.Line(a.Verdict, 20))
			continue
		}
		certificates++
		certificate, problems := check(log, a)
		for _, problem := range problems {
			finding("%s: %v", a.Text, problem)
		}
		if len(problems) == 0 {
			agree++
			c.printf("  ok     %s: %s\n", report.Line(a.Text, 120), verdictText(certificate))
		}
	}
	if certificates == 0 {
		text := "no certificate: nothing in this log can be checked"
		if !log.Own() {
			text = "another tool wrote this log: it holds no certificate, so that nothing in it can be checked"
		}
		if v.AllowNone {
			c.printf("  –      %s\n", text)
		} else {
			finding("%s; --allow-none lets that pass", text)
		}
	}
	return agree, wrong
}

// verdictText is a certificate's verdict with where it fell.
func verdictText(c stats.Certificate) string {
	if trial := c.Trial(); trial > 0 && (c.Verdict == stats.Holds || c.Verdict == stats.Fails) {
		return fmt.Sprintf("%v at trial %d", c.Verdict, trial)
	}
	if c.Verdict == stats.Open {
		return fmt.Sprintf("no verdict after %d trials", c.Index)
	}
	return fmt.Sprintf("%v after %d trials", c.Verdict, c.Index)
}

// check says in what an assertion's certificate disagrees with itself, with the assertion, and with the log.
func check(log *evallog.Log, a evallog.Assertion) (stats.Certificate, []error) {
	c, err := parseCertificate(a.Certificate)
	if err != nil {
		return c, []error{err}
	}
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if err := c.Verify(); err != nil {
		wrong = append(wrong, err)
	}
	if c.Verdict.String() != a.Verdict {
		say("the log says %q, its certificate %q", a.Verdict, c.Verdict)
	}
	if c.Assertion != a.Text {
		say("the certificate is of another assertion: %s", c.Assertion)
	}
	if got, want := tallyText(a.Good, a.Judged, a.NotReached, a.Lost), tallyOf(c.Marks); got != want {
		say("the log counts %s, the marks give %s", got, want)
	}
	return c, append(wrong, checkMarks(log, c.Marks)...)
}

// checkMarks compares a certificate's marks with the trials that are in the log.
func checkMarks(log *evallog.Log, marks string) []error {
	numbers, void := log.Numbers(), log.Void()
	var missing, notVoid, voided []int
	for i := range len(marks) {
		number := i + 1
		_, there := slices.BinarySearch(numbers, number)
		marked, isVoid := stats.Mark(marks[i]) == stats.Void, slices.Contains(void, number)
		switch {
		case !there:
			missing = append(missing, number)
		case marked && !isVoid:
			notVoid = append(notVoid, number)
		case !marked && isVoid:
			voided = append(voided, number)
		}
	}
	var wrong []error
	for _, f := range []struct {
		numbers []int
		text    string
	}{
		{missing, "the certificate counts trials that are not in the log: %s"},
		{notVoid, "the certificate leaves trials out as void that the log does not list as void: %s"},
		{voided, "the certificate counts trials that the log lists as void: %s"},
	} {
		if len(f.numbers) > 0 {
			wrong = append(wrong, fmt.Errorf(f.text, numbersText(f.numbers)))
		}
	}
	return wrong
}

// tallyOf counts a certificate's marks as the log counts them.
func tallyOf(marks string) string {
	n := func(m stats.Mark) int { return strings.Count(marks, string(rune(m))) }
	return tallyText(n(stats.Good), n(stats.Good)+n(stats.Bad), n(stats.NotReached), n(stats.Lost)+n(stats.Cut))
}

func tallyText(good, judged, notReached, lost int) string {
	return fmt.Sprintf("%d of %d good, %d not reached, %d lost", good, judged, notReached, lost)
}

// parseCertificate reads a certificate as the log keeps it.
func parseCertificate(raw json.RawMessage) (stats.Certificate, error) {
	return stats.ParseCertificate(raw)
}
