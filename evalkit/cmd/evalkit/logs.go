package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/report"
)

type logsCommands struct {
	List    listCommand    `cmd:"" help:"List the logs of a folder, the newest last."`
	Recover recoverCommand `cmd:"" help:"Mend a log whose writer was killed, or whose bytes were damaged."`
}

type listCommand struct {
	Dir string `arg:"" optional:"" help:"The folder; by default where runs write."`
}

func (l *listCommand) Run(c *console) error {
	if l.Dir == "" {
		l.Dir = defaultFolder()
	}
	return listLogs(c, l.Dir)
}

// listLogs lists the logs of a folder. One that cannot be read does not hide the others.
func listLogs(c *console, dir string) error {
	paths, err := findLogs(dir)
	if err != nil {
		return err
	}
	c.table(func(w io.Writer) {
		row(w, "when", "model", "scenario", "trials", "status", "verdicts", "log")
		for _, path := range paths {
			row(w, append(logCells(path), report.Line(path, 200))...)
		}
	})
	return nil
}

// logCells is what the list shows of one log.
func logCells(path string) []string {
	log, err := openLog(path)
	if err != nil {
		return []string{"–", "–", "–", "–", "cannot be read: recover it", "–"}
	}
	defer func() { _ = log.Close() }()
	h, err := log.Header()
	if err != nil {
		return []string{"–", "–", "–", "–", "header cannot be read: recover it", "–"}
	}
	when := "–"
	if !h.Created.IsZero() {
		when = h.Created.UTC().Format("2006-01-02 15:04:05")
	}
	status := map[evallog.Status]string{evallog.Started: "not closed", evallog.Failed: "broke off"}[log.Status()]
	if status == "" {
		status = string(log.Status())
	}
	if len(log.Damage()) > 0 {
		status = "damaged: recover it"
	}
	var verdicts []string
	for _, a := range log.Assertions() {
		verdicts = append(verdicts, a.Verdict)
	}
	scenario := h.Task
	if h.Condition != "" {
		scenario += " (" + h.Condition + ")"
	}
	if len(verdicts) == 0 {
		verdicts = []string{"–"}
	}
	return []string{when, report.Line(h.Model, 60), report.Line(scenario, 60), fmt.Sprint(len(log.Numbers())), report.Line(status, 40),
		report.Line(strings.Join(verdicts, ", "), 60)}
}

type recoverCommand struct {
	Log string `arg:"" help:"The log."`
}

func (r *recoverCommand) Run(c *console) error {
	if isFolder(r.Log) {
		return fmt.Errorf("recover: %s is a folder; name one log, `go tool evalkit logs list %s` shows which are damaged", r.Log, r.Log)
	}
	rep, err := evallog.Recover(r.Log)
	if err != nil {
		return err
	}
	if !rep.Mended {
		c.printf("%s is whole: %d trials, nothing to mend\n", r.Log, rep.Samples)
		return nil
	}
	c.printf("%s is mended: %d trials\n", r.Log, rep.Samples)
	if len(rep.Lost) == 0 {
		return nil
	}
	c.printf("lost, for it could not be read:\n")
	for _, loss := range rep.Lost {
		c.printf("  %s\n", report.Line(loss.String(), 300))
	}
	c.printf("the file as it was is kept as %s\n", rep.Damaged)
	return errFinding
}
