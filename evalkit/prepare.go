package evalkit

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/agent"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
)

// judgingVersion changes when the rules that give outcomes change: verdicts of
// different versions cannot be compared.
const judgingVersion = 1

// begin is the start of every assertion: it says everything that can be known
// to be wrong, and before the first trial rehearses the worlds and opens the
// log.
func (ts *Trials) begin(q Question) error {
	closed := ts.markAsked()
	switch {
	case closed:
		return ts.seriesError(errors.New("the series was closed with its spec; ask for trials within the spec that runs them"))
	case ts.broken != nil:
		return ts.seriesError(ts.broken)
	case ts.s.ctx.Err() != nil && ts.length() == 0:
		return ts.seriesError(fmt.Errorf("the context of Run had ended before the first trial (%w); a series is drawn when it is asked, so call Run in the spec itself, not in BeforeEach or BeforeAll", context.Cause(ts.s.ctx)))
	}
	if ts.source == nil {
		if err := ts.prepare(q); err != nil {
			ts.broken = ts.s.inTime(err)
			return ts.seriesError(ts.broken)
		}
		return nil
	}
	return ts.check(q)
}

// inTime lays an error of the preparation to the series' context if that had
// ended meanwhile: whatever was under way then failed of it.
func (s *series) inTime(err error) error {
	if err == nil || s.ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("the context ended before the first trial (%w), in the midst of the preparation for it: %v", context.Cause(s.ctx), err)
}

// markAsked notes that something was asserted, and says whether it is too late.
func (ts *Trials) markAsked() (closed bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.asked = true
	return ts.closed
}

// prepare makes ready for the first trial.
func (ts *Trials) prepare(q Question) error {
	s := ts.s
	if s.reads != nil {
		return ts.beginLogged(q)
	}
	if err := s.refuseRetries(); err != nil {
		return err
	}
	if err := s.scenario.validate(); err != nil {
		return err
	}
	if err := s.checkJudges(); err != nil {
		return err
	}
	if s.set.rejudge != "" {
		return ts.rejudge(q)
	}
	if err := Allowed(s.info); err != nil {
		return err
	}
	if c, ok := s.subject.(agent.Checker); ok {
		if err := c.Check(s.ctx); err != nil {
			return err
		}
	}
	seen, err := s.inspect()
	if err != nil {
		return err
	}
	ts.setting = Setting{Scenario: s.scenario, Subject: s.info, Tools: seen.tools, Start: seen.start}
	if err := ts.check(q); err != nil {
		return err
	}
	if err := s.rehearse(); err != nil {
		return err
	}
	log, err := s.openLog(seen)
	if err != nil {
		return err
	}
	ts.mu.Lock()
	ts.log, ts.source = log, &live{s: s, log: log}
	ts.mu.Unlock()
	ts.attachProgress()
	return nil
}

func (ts *Trials) check(q Question) error {
	if q.Check == nil {
		return nil
	}
	if ts.setting.Rubrics == nil {
		for _, g := range ts.s.judgings() {
			ts.setting.Rubrics = append(ts.setting.Rubrics, g.Rubric)
		}
	}
	if err := q.Check(ts.setting); err != nil {
		return ts.seriesError(fmt.Errorf("%s: %w", q.Text, err))
	}
	return nil
}

// refuseRetries refuses Ginkgo's FlakeAttempts: trying again until it passes
// makes any rate pass.
func (s *series) refuseRetries() error {
	sc, ok := specContextOf(s.ctx)
	if ok && sc.SpecReport().MaxFlakeAttempts > 1 {
		return errors.New("the spec runs under FlakeAttempts, which repeats it until it passes; take the decorator or --flake-attempts away, a rate already allows for chance")
	}
	return nil
}

// Allowed says why a subject may not run here, if it may not: it costs money,
// and the environment does not agree to that. Judging a log again costs none.
func Allowed(info SubjectInfo) error {
	model := cmp.Or(info.Model, info.Name)
	if !info.Paid || os.Getenv("EVALKIT_LIVE") == "1" || os.Getenv("EVALKIT_MODEL") == model || os.Getenv("EVALKIT_REJUDGE") != "" {
		return nil
	}
	return fmt.Errorf("EVALKIT_LIVE=1 or EVALKIT_MODEL=%s is missing: a live model may cost money, so that a key alone starts nothing", model)
}

// openLog starts the series' log.
func (s *series) openLog(seen inspected) (*evallog.Writer, error) {
	dir := s.set.logDir
	if dir == "" {
		dir = filepath.Join(moduleRoot(), "logs")
	}
	id, now := newID(), time.Now()
	h := evallog.Header{
		Created: now, ID: id, RunID: runID, Spec: s.spec, Task: s.scenario.Name, Condition: s.scenario.Condition,
		Model: s.info.Name, ModelVersion: s.info.Version, Digest: s.scenario.digest(), Seed: s.set.seed,
		Samples: s.set.samples, Cap: s.set.cap, Concurrency: s.set.concurrency, Limits: s.scenario.Limits.WithDefaults(),
		Programs: seen.programs, System: s.scenario.System, Prompt: s.scenario.Prompt, JudgingVersion: judgingVersion,
		Metadata: map[string]any{"ordinal": s.ordinal, "look": s.set.trial > 0},
	}
	if judges := s.judgings(); len(judges) > 0 {
		h.Metadata["judges"] = judges
	}
	if seen.start != nil {
		b, err := s.backend(s.ctx)
		if err != nil {
			return nil, err
		}
		h.Sandbox = b.Name()
	}
	for _, t := range seen.tools {
		h.Tools = append(h.Tools, evallog.ToolInfo{Name: t.Name, Description: t.Doc, Parameters: t.Parameters})
	}
	log, err := evallog.Create(filepath.Join(dir, evallog.FileName(now, s.scenario.Name, id)), h)
	if err != nil {
		return nil, fmt.Errorf("opening the log (EVALKIT_LOG_DIR chooses its folder): %w", err)
	}
	return log, nil
}

// runID is common to all logs of this process.
var runID = newID()

// newID is a random name of 12 letters and digits.
func newID() string { return rand.Text()[:12] }

// moduleRoot is the folder of the go.mod above the working directory, or that
// directory itself.
func moduleRoot() string {
	wd, err := os.Getwd()
	if err != nil {
		return "."
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return wd
		}
	}
}
