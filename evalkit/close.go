package evalkit

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// close ends the series with its spec: it stops what is under way, adds the
// certificates to the log, and complains of a series that judged nothing.
func (ts *Trials) close() {
	ts.mu.Lock()
	ts.closed = true
	asked := ts.asked
	ts.mu.Unlock()
	ts.stopAll(errClosed)
	ts.asking.Lock() // an assertion that is still waiting ends first
	defer ts.asking.Unlock()
	ts.wg.Wait()
	dropOrdinal(ts.s.key())
	if ts.detach != nil {
		ts.detach()
	}
	closed := ts.closeLog()
	t := ts.s.t
	if closed != nil {
		t.Errorf("SPEC  %s\nclosing the log: %v", ts.s.title(), closed)
		return
	}
	if ts.s.set.trial > 0 && asked && !t.Failed() && !t.Skipped() {
		t.Errorf("SPEC  %s\nEVALKIT_TRIAL=%d: one trial is a look, not a verdict: run without EVALKIT_TRIAL for one", ts.s.title(), ts.s.set.trial)
	}
	if !asked && !t.Failed() && !t.Skipped() {
		t.Errorf("SPEC  %s\nnothing was asserted on this series, so the spec has judged nothing; add Expect(trials).To(…), or take the Run away", ts.s.title())
	}
}

// enter keeps an assertion for its certificate.
func (ts *Trials) enter(r *ruling) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.rulings = append(ts.rulings, r)
}

// closeLog finishes the log.
func (ts *Trials) closeLog() error {
	if ts.log == nil {
		return nil
	}
	final := evallog.Final{Void: ts.void}
	switch {
	case ts.fatal != nil:
		final.Status, final.Error = evallog.Failed, ts.fatal.Error()
	case ts.interrupted:
		final.Status = evallog.Cancelled
	}
	var errs []error
	for _, r := range ts.rulings {
		a, err := ts.assertion(r)
		errs = append(errs, err)
		final.Assertions = append(final.Assertions, a)
	}
	return errors.Join(append(errs, ts.log.Close(final))...)
}

// assertion is a ruling as the log keeps it.
func (ts *Trials) assertion(r *ruling) (evallog.Assertion, error) {
	marks := ts.marks(r)
	a := evallog.Assertion{Text: r.question.Text, Verdict: r.verdict}
	if r.judge != nil {
		a.JudgedBy = r.judge.Line(r.question.Rule)
	}
	for _, m := range marks {
		switch stats.Mark(m) {
		case stats.Good:
			a.Good++
			a.Judged++
		case stats.Bad:
			a.Judged++
		case stats.NotReached:
			a.NotReached++
		case stats.Lost, stats.Cut:
			a.Lost++
		}
	}
	if split := ts.split(marks); split.Said() {
		a.Said = split.String()
	}
	if r.question.Rule.P == 0 {
		a.Low, a.High = plainInterval(a.Good, a.Judged, a.NotReached+a.Lost)
		return a, nil
	}
	a.Low, a.High = r.decision.Interval[0], r.decision.Interval[1]
	certificate, err := stats.NewCertificate(r.question.Rule, marks)
	if err != nil {
		return a, fmt.Errorf("certificate of %s: %w", r.question.Text, err)
	}
	certificate.Assertion = r.question.Text
	certificate.JudgedBy = a.JudgedBy
	if a.Certificate, err = json.Marshal(certificate); err != nil {
		return a, fmt.Errorf("certificate of %s: %w", r.question.Text, err)
	}
	return a, nil
}

// marks are the outcomes of a ruling by trial number. Trials that it counted at
// their worst while they were under way have ended by now, or are cut.
func (ts *Trials) marks(r *ruling) string {
	marks := make([]byte, len(r.marks))
	for i := range marks {
		marks[i] = byte(stats.Void)
	}
	for _, s := range ts.kept {
		if int(s.number) > len(marks) {
			continue
		}
		mark := r.marks[s.number-1]
		if mark == 0 || mark == stats.Pending {
			mark = stats.Cut
			if j, err := r.question.judge(s); err == nil {
				mark = j.Mark
			}
		}
		marks[s.number-1] = byte(mark)
	}
	return string(marks)
}

// enterReport adds the entry for the summary table to Ginkgo's report.
func (ts *Trials) enterReport(a Answer, text string) {
	e := ts.entry(text)
	d := a.Decision
	e.Rate, e.Alpha, e.LogEMinus = true, a.Rule.Alpha, d.LogEMinus
	e.P, e.AtMost, e.Cap = a.Rule.P, a.Rule.Form == stats.AtMost, a.Rule.Cap
	e.Verdict, e.Forgiven = a.Verdict.String(), a.Forgiven
	e.Good, e.Judged, e.NotReached, e.Lost, e.Copies = d.Good, d.Judged(), d.NotReached, d.Lost, d.Copies
	if a.Judge != nil {
		e.Judge, e.Uncalibrated, e.Moved = a.Judge.Judge, a.Judge.Uncalibrated, &a.Rule.Judge
	}
	e.Low, e.High, e.Saved, e.Split = d.Interval[0], d.Interval[1], a.Saved, SplitOf(a.Judged)
	ts.addEntry(e)
}

// enterError adds the entry of an assertion that has no verdict, whatever kept
// it from one.
func (ts *Trials) enterError(text string, err error) {
	if err == nil {
		return
	}
	e := ts.entry(text)
	e.Verdict, e.High = "error", 1
	var look *LookError
	if errors.As(err, &look) {
		e.Verdict = "look"
	}
	ts.addEntry(e)
}

func (ts *Trials) entry(text string) report.Assertion {
	s := ts.s
	e := report.Assertion{
		Spec: s.spec, Model: s.info.Name, Scenario: s.scenario.Name, Condition: s.scenario.Condition, Text: text, Log: ts.logPath(),
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, k := range ts.kept {
		e.Tokens += int(k.total)
		e.CostUSD += k.cost
		if k.judges != nil {
			e.JudgeCalls += k.judges.calls
			e.JudgeTokens += k.judges.tokens
			e.JudgeCostUSD += k.judges.usd
		}
	}
	return e
}

func (ts *Trials) addEntry(e report.Assertion) {
	if r, ok := ts.s.t.(entries); ok {
		r.AddReportEntryVisibilityFailureOrVerbose(report.EntryName, e)
	}
}

// logPath is the path of the log as a reader finds it: relative to the module.
func (ts *Trials) logPath() string {
	switch l, again := ts.source.(*logged); {
	case again:
		return relative(l.log.Path())
	case ts.log != nil:
		return relative(ts.log.Path())
	}
	return "" // there never was one
}

// count tallies judgements by their mark.
func count(judged []Judgement) map[stats.Mark]int {
	n := map[stats.Mark]int{}
	for _, j := range judged {
		n[j.Mark]++
	}
	return n
}

// enterPlain adds the entry of a plain matcher.
func (ts *Trials) enterPlain(text, verdict string, judged []Judgement, use *JudgeUse) {
	e, n := ts.entry(text), count(judged)
	if use != nil {
		e.Judge, e.Uncalibrated = use.Judge, use.Uncalibrated
	}
	e.Verdict, e.Split = verdict, SplitOf(judged)
	e.Good, e.Judged = n[stats.Good], n[stats.Good]+n[stats.Bad]
	e.NotReached, e.Lost = n[stats.NotReached], n[stats.Lost]+n[stats.Cut]
	e.Low, e.High = plainInterval(e.Good, e.Judged, e.NotReached+e.Lost)
	ts.addEntry(e)
}

// plainInterval is what the trials of a plain matcher say of the rate: nothing
// where some of them could not be judged.
func plainInterval(good, judged, others int) (low, high float64) {
	if judged == 0 || others > 0 {
		return 0, 1
	}
	ends := stats.RoundOut(stats.Interval(good, judged-good, 0, stats.DefaultAlpha))
	return ends[0], ends[1]
}
