package matchers

import (
	"errors"
	"fmt"

	"github.com/onsi/gomega/format"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// plain makes a Gomega matcher of a rule: over one trial, or over the first
// Samples trials of a series, always all of them. All match: true. None: false.
// Anything else is an error, which fails To and NotTo alike.
type plain struct {
	name  string
	rule  rule
	asked memo[[]evalkit.Judgement]
}

func newPlain(name string, r rule) *plain { return &plain{name: name, rule: r} }

func (m *plain) asRule() rule { return m.rule }

// String is the matcher as a spec writes it.
func (m *plain) String() string { return m.rule.String() }

// GomegaString keeps Gomega from dumping the struct.
func (m *plain) GomegaString() string { return m.rule.String() }

// Match implements Gomega's matcher.
func (m *plain) Match(actual any) (bool, error) {
	switch a := actual.(type) {
	case evalkit.Trial:
		return m.matchTrial(a)
	case *evalkit.Trials:
		if a != nil {
			return m.matchSeries(a)
		}
	}
	return false, wrongType(m.name, actual, "an evalkit.Trial or *evalkit.Trials")
}

// FailureMessage implements Gomega's matcher.
func (m *plain) FailureMessage(actual any) string { return m.messageOf(actual, m.String()) }

// NegatedFailureMessage implements Gomega's matcher.
func (m *plain) NegatedFailureMessage(actual any) string {
	return m.messageOf(actual, "not "+m.String())
}

func (m *plain) messageOf(actual any, text string) string {
	switch a := actual.(type) {
	case evalkit.Trial:
		f, err := judge(m.rule, a)
		if err != nil {
			return trialError(text, a, err).Error()
		}
		return trialMessage(string(transcript.BlameModel), text, a, f)
	case *evalkit.Trials:
		judged, err := m.asked.get(a, m.ask)
		if err != nil {
			return seriesError(text, m.rule, err).Error()
		}
		return m.seriesMessage(string(transcript.BlameModel), text, a, judged)
	}
	return wrongType(m.name, actual, "an evalkit.Trial or *evalkit.Trials").Error()
}

func (m *plain) matchTrial(t evalkit.Trial) (bool, error) {
	f, err := judge(m.rule, t)
	if err != nil {
		return false, trialError(m.String(), t, err)
	}
	return f.good, nil
}

func (m *plain) ask(ts *evalkit.Trials) ([]evalkit.Judgement, error) {
	return ts.Judge(question(m.String(), m.rule, nil))
}

func (m *plain) matchSeries(ts *evalkit.Trials) (bool, error) {
	judged, err := m.ask(ts)
	if err != nil {
		return false, seriesError(m.String(), m.rule, err)
	}
	m.asked.put(ts, judged)
	n := tally(judged)
	switch len(judged) {
	case 0:
		return false, fmt.Errorf("%s was asked of no trial at all", m)
	case n[stats.Good]:
		return true, nil
	case n[stats.Bad]:
		return false, nil
	}
	whose := string(transcript.BlameModel)
	if n[stats.Good] == 0 || n[stats.Bad] == 0 {
		whose = blamed(judged)
	}
	return false, &failure{text: m.seriesMessage(whose, m.String(), ts, judged), err: firstError(judged)}
}

// question asks a rule about every trial, and when about the occasion.
func question(text string, r, when rule) evalkit.Question {
	ask := func(r rule) func(evalkit.Trial) (bool, error) {
		return func(t evalkit.Trial) (bool, error) {
			f, err := judge(r, t)
			return f.good, err
		}
	}
	q := evalkit.Question{Text: text, Judge: ask(r), Check: r.check, Rests: restsOf(r)}
	if when != nil {
		q.When = ask(when)
		for range restsOf(when) {
			q.Rests = append(q.Rests, evalkit.Rests{}) // of an occasion no calibration speaks
		}
		q.Check = func(s evalkit.Setting) error { return errors.Join(r.check(s), when.check(s)) }
	}
	return q
}

func firstError(judged []evalkit.Judgement) error {
	for _, j := range judged {
		if j.Err != nil {
			return j.Err
		}
	}
	return nil
}

// wrongType is the error of a matcher that was given something else.
func wrongType(name string, actual any, wants string) error {
	return fmt.Errorf("%s matcher expects %s.  Got:\n%s", name, wants, format.Object(actual, 1))
}
