package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/report"
)

type showCommand struct {
	Log   string `arg:"" help:"A log, or a folder: lists its logs."`
	Trial *int   `help:"Show this trial: everything that happened, the evidence and the outcome." placeholder:"N"`
	Full  bool   `help:"Cut nothing."`
}

func (s *showCommand) Run(c *console) error {
	if isFolder(s.Log) {
		if s.Trial != nil {
			return fmt.Errorf("show --trial %d: %s is a folder; name one of its logs, `go tool evalkit logs list %s` shows them", *s.Trial, s.Log, s.Log)
		}
		return listLogs(c, s.Log)
	}
	log, err := openLog(s.Log)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	if s.Trial != nil {
		if err := s.trial(c, log, *s.Trial); err != nil {
			return err
		}
	} else if err := showSeries(c, s.Log, log); err != nil {
		return err
	}
	return damaged(c, s.Log, log)
}

// damaged tells of a log of which parts cannot be read: what was shown is not all.
func damaged(c *console, path string, log *evallog.Log) error {
	damage := log.Damage()
	if len(damage) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(c.err, "evalkit: the log is damaged: %s\n", report.Line(damage[0].String(), 300))
	if len(damage) > 1 {
		_, _ = fmt.Fprintf(c.err, "and in %d more places\n", len(damage)-1)
	}
	_, _ = fmt.Fprintf(c.err, "`go tool evalkit logs recover %s` mends it and keeps what is whole\n", path)
	return errFinding
}

// trial shows one trial.
func (s *showCommand) trial(c *console, log *evallog.Log, number int) error {
	record, err := log.Sample(number)
	switch {
	case errors.Is(err, evallog.ErrNoSample):
		return fmt.Errorf("trial %d is not in the log %s; it holds the trials %s", number, s.Log, numbersText(log.Numbers()))
	case err != nil:
		return fmt.Errorf("%w; `go tool evalkit logs recover %s` keeps the trials that are whole", err, s.Log)
	}
	h, err := log.Header()
	if err != nil {
		return err
	}
	return report.Transcript(c.out, record, report.TranscriptOptions{
		Model: h.Model, Scenario: h.Task, Condition: h.Condition, Spec: h.Spec, Note: noteOf(log, number),
		Full: s.Full, Color: c.color,
	})
}

// noteOf says what a trial is not good for.
func noteOf(log *evallog.Log, number int) string {
	if slices.Contains(log.Void(), number) {
		return "void: a verdict stopped the drawing before this trial counted, so that no assertion judged it"
	}
	switch marksOf(log)[number] {
	case 'x':
		return "cut: the series ended while this trial was under way; it counts as lost"
	case 'c':
		return "a copy of an earlier trial: it counts for nothing"
	}
	return ""
}

// marksOf gives what the log's certificates say of trials that they could not judge: cut ones and copies, by number.
func marksOf(log *evallog.Log) map[int]byte {
	special := map[int]byte{}
	for _, raw := range log.Certificates() {
		certificate, err := parseCertificate(raw)
		if err != nil {
			continue // verify says so
		}
		for i := range len(certificate.Marks) {
			if m := certificate.Marks[i]; m == 'x' || m == 'c' {
				special[i+1] = m
			}
		}
	}
	return special
}
