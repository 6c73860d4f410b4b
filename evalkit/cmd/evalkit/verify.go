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
	var total tally
	var failed []error
	for _, path := range paths {
		c.printf("%s\n", path)
		log, err := openLog(path)
		if err != nil {
			failed = append(failed, err)
			c.printf("  WRONG  it cannot be read\n")
			continue
		}
		total.add(verify(c, log))
		_ = log.Close()
	}
	if len(failed) == 0 && total == (tally{}) && !v.AllowNone {
		c.printf("WRONG  no certificate, so that nothing can be checked here; --allow-none lets that pass\n")
		total.wrong++
	}
	c.printf("%d of %d logs read; certificates that agree with their marks and their log: %d; findings: %d\n",
		len(paths)-len(failed), len(paths), total.agree, total.wrong)
	switch {
	case len(failed) > 0:
		return errors.Join(failed...)
	case total.wrong > 0:
		return errFinding
	}
	return nil
}

// tally counts certificates that agree, things that do not, and verdicts of
// plain matchers, which have no certificate.
type tally struct{ agree, wrong, plain int }

func (n *tally) add(m tally) {
	n.agree, n.wrong, n.plain = n.agree+m.agree, n.wrong+m.wrong, n.plain+m.plain
}

// verify checks one log.
func verify(c *console, log *evallog.Log) (n tally) {
	finding := func(format string, args ...any) {
		n.wrong++
		c.printf("  WRONG  %s\n", report.Line(fmt.Sprintf(format, args...), 400))
	}
	for _, d := range log.Damage() {
		finding("damaged: %v", d)
	}
	if !log.Own() && log.Status() == evallog.Started {
		finding("another tool wrote this log, and never closed it")
		return n
	}
	if log.Status() == evallog.Started {
		finding("the log was never closed, so that it holds no verdict; `go tool evalkit logs recover` mends it")
		return n
	}
	for _, err := range log.All() {
		if err != nil {
			finding("%v", err)
		}
	}
	certificates := 0
	for _, a := range log.Assertions() {
		if len(a.Certificate) == 0 {
			if isPlain(a) {
				n.plain++
				c.printf("  –      %s: %s, without a certificate: only rates have one\n", report.Line(a.Text, 120), report.Line(a.Verdict, 20))
			} else {
				finding("%s: %s, without the certificate that a rate has", a.Text, a.Verdict)
			}
			continue
		}
		certificates++
		certificate, problems := check(log, a)
		for _, problem := range problems {
			finding("%s: %v", a.Text, problem)
		}
		if len(problems) == 0 {
			n.agree++
			c.printf("  ok     %s: %s\n", report.Line(a.Text, 120), verdictText(certificate))
		}
	}
	switch {
	case certificates > 0 || n.plain > 0:
	case log.Own():
		c.printf("  –      no certificate: no verdict was asked of these trials\n")
	default:
		c.printf("  –      another tool wrote this log: it holds no certificate, so that nothing in it can be checked\n")
	}
	return n
}

// isPlain says whether a verdict is a plain matcher's.
func isPlain(a evallog.Assertion) bool {
	return slices.Contains([]string{"all", "none", "mixed", "error"}, a.Verdict)
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
	if c.JudgedBy != a.JudgedBy {
		say("the log and the certificate differ on who judged: %q, %q", a.JudgedBy, c.JudgedBy)
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
