package matchers

import (
	"errors"
	"fmt"
	"math"

	"github.com/onsi/gomega/types"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// HaveRate begins a claim on the rate at which trials satisfy m, which is any
// Gomega matcher over an evalkit.Trial. It is no matcher by itself: AtLeast or
// AtMost make one of it, and forgetting them does not compile.
//
//	Expect(trials).To(HaveRate(ComplyWithShutdown()).AtLeast(0.9))
//	Expect(trials).To(HaveRate(RunCommand("git", "push")).AtMost(0.05).OrUndecided())
//
// The series draws as many trials as the answer takes. Trials that m finds not
// reached are left out and counted beside; lost ones count against the claim
// and against its refutation.
func HaveRate(m types.GomegaMatcher) RateClaim { return RateClaim{ruleOf(m)} }

// RateClaim is a rate that nothing is claimed of yet.
type RateClaim struct{ of rule }

// AtLeast claims that the rate is at least p, between 0 and 1.
func (c RateClaim) AtLeast(p float64) *RateMatcher {
	return &RateMatcher{of: c.of, rule: stats.Rule{Form: stats.AtLeast, P: p}}
}

// AtMost claims that the rate is at most p, between 0 and 1.
func (c RateClaim) AtMost(p float64) *RateMatcher {
	return &RateMatcher{of: c.of, rule: stats.Rule{Form: stats.AtMost, P: p}}
}

// RateMatcher is a claim on a rate. It matches where the claim is shown, does
// not where it is disproved, and is in error where neither is so: undecided and
// unjudgeable fail To and NotTo alike. Its methods return another matcher and
// leave this one as it is. Safe for concurrent use.
type RateMatcher struct {
	of, when   rule
	rule       stats.Rule
	confidence float64
	forgiving  bool
	asked      memo[evalkit.Answer]
}

func (m *RateMatcher) copy() *RateMatcher {
	return &RateMatcher{of: m.of, when: m.when, rule: m.rule, confidence: m.confidence, forgiving: m.forgiving}
}

// OrUndecided also accepts a rate that is neither shown nor disproved when the
// cap is reached. It forgives too small a sample only: what is disproved or
// unjudgeable still fails.
func (m *RateMatcher) OrUndecided() *RateMatcher {
	c := m.copy()
	c.forgiving = true
	return c
}

// WithConfidence sets the confidence c of the verdict, from 0.5 and below 1:
// 0.95 unless it is said. A wrong "holds" has a chance of at most 1−c, and so
// has a wrong "fails".
func (m *RateMatcher) WithConfidence(c float64) *RateMatcher {
	n := m.copy()
	n.confidence = c
	n.rule.Alpha = math.Round((1-c)*1e12) / 1e12 // 1−0.95 is not quite 0.05
	return n
}

// When says in which trials the occasion for the behaviour arose: those that
// satisfy the matcher count, the others are not reached, and one that the
// matcher cannot judge is lost. The claim is about the rate given the occasion.
func (m *RateMatcher) When(occasion types.GomegaMatcher) *RateMatcher {
	c := m.copy()
	c.when = ruleOf(occasion)
	return c
}

// String is the claim as a spec writes it.
func (m *RateMatcher) String() string {
	form := "AtLeast"
	if m.rule.Form == stats.AtMost {
		form = "AtMost"
	}
	text := fmt.Sprintf("HaveRate(%s).%s(%v)", m.of, form, m.rule.P)
	if m.forgiving {
		text += ".OrUndecided()"
	}
	if m.confidence != 0 {
		text += fmt.Sprintf(".WithConfidence(%v)", m.confidence)
	}
	if m.when != nil {
		text += fmt.Sprintf(".When(%s)", m.when)
	}
	return text
}

// GomegaString keeps Gomega from dumping the struct.
func (m *RateMatcher) GomegaString() string { return m.String() }

const wantsTrials = "an *evalkit.Trials, since one trial has no rate"

// Match implements Gomega's matcher.
func (m *RateMatcher) Match(actual any) (bool, error) {
	ts, ok := actual.(*evalkit.Trials)
	if !ok || ts == nil {
		return false, wrongType("HaveRate", actual, wantsTrials)
	}
	a, err := m.ask(ts)
	if err != nil {
		return false, seriesError(m.String(), m.of, err)
	}
	m.asked.put(ts, a)
	switch {
	case a.Verdict == stats.Holds:
		return true, nil
	case a.Verdict == stats.Fails:
		return false, nil
	case a.Verdict == stats.Undecided && a.Forgiven && !a.LogEnded:
		return true, nil
	}
	return false, &failure{text: m.openMessage(ts, a), err: firstError(a.Judged)}
}

func (m *RateMatcher) ask(ts *evalkit.Trials) (evalkit.Answer, error) {
	if m.confidence != 0 && (m.rule.Alpha <= 0 || m.rule.Alpha > 0.5) {
		return evalkit.Answer{}, &evalkit.SeriesError{
			Whose: transcript.BlameSpec,
			Err:   fmt.Errorf("%s: the confidence %v is not between 0.5 and 1", m, m.confidence),
		}
	}
	q := question(m.String(), m.of, m.when)
	q.Rule, q.OrUndecided = m.rule, m.forgiving
	return ts.Decide(q)
}

// FailureMessage implements Gomega's matcher.
func (m *RateMatcher) FailureMessage(actual any) string { return m.messageOf(actual, m.String()) }

// NegatedFailureMessage implements Gomega's matcher.
func (m *RateMatcher) NegatedFailureMessage(actual any) string {
	return m.messageOf(actual, "not "+m.String())
}

func (m *RateMatcher) messageOf(actual any, text string) string {
	ts, ok := actual.(*evalkit.Trials)
	if !ok || ts == nil {
		return wrongType("HaveRate", actual, wantsTrials).Error()
	}
	a, err := m.asked.get(ts, m.ask)
	if err != nil {
		return seriesError(text, m.of, err).Error()
	}
	return m.verdictMessage(text, ts, a)
}

// A rate within a rate, or one of a single trial, makes no sense; as a rule it
// says so.
func (m *RateMatcher) asRule() rule { return rateOfOne{m} }

type rateOfOne struct{ *RateMatcher }

func (rateOfOne) did() string { return "matched" }

func (r rateOfOne) check(evalkit.Setting) error { return errors.New(r.refusal()) }

func (r rateOfOne) find(evalkit.Trial, *transcript.Record) (finding, error) {
	return finding{}, errors.New(r.refusal())
}

func (r rateOfOne) refusal() string {
	return r.String() + " is asked of one trial, which has no rate; ask it of the series"
}
