package matchers

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// trialMessage is the message on one trial.
func trialMessage(whose, text string, t evalkit.Trial, f finding) string {
	m := newMessage(whose, titleOf(t), text)
	m.trial(t, f)
	m.log(t.Log, t.Number)
	return m.String()
}

// trialError is the error of one trial that cannot be judged, or of a matcher
// that cannot be right.
func trialError(text string, t evalkit.Trial, err error) error {
	whose, f := string(transcript.BlameSpec), finding{what: "cannot be judged: " + err.Error()}
	var u *unjudged
	if errors.As(err, &u) {
		f.what, f.because = u.Error(), u.because
		mark := stats.Lost
		if errors.Is(u, evalkit.ErrNotReached) {
			mark = stats.NotReached
		}
		whose = blamed([]evalkit.Judgement{evalkit.JudgementOf(t, mark, err)})
	}
	return &failure{text: trialMessage(whose, text, t, f), err: err}
}

// looked is the first word where one trial alone was drawn: nobody is to blame.
const looked = "LOOK"

// seriesError is what keeps a series from an answer. Of a single trial that was
// looked at it shows the evidence.
func seriesError(text string, r rule, err error) error {
	var look *evalkit.LookError
	if !errors.As(err, &look) || len(look.Judged) == 0 {
		return withAssertion(text, err)
	}
	t := look.Judged[0].Trial()
	m := newMessage(looked, titleOf(t), text)
	m.say("one trial is a look, not a verdict: run without EVALKIT_TRIAL for one")
	m.trial(t, findingOf(r, look.Judged[0]))
	m.log(t.Log, t.Number)
	return &failure{text: m.String(), err: err}
}

// findingOf judges a trial again, for what its judgement does not say.
func findingOf(r rule, j evalkit.Judgement) finding {
	if j.Err != nil {
		f := finding{what: oneLine(j.Err.Error(), 200)}
		var u *unjudged
		if errors.As(j.Err, &u) {
			f.because = u.because
		}
		return f
	}
	f, err := judge(r, j.Trial())
	if err != nil {
		f.what = oneLine(err.Error(), 200)
	}
	return f
}

// seriesMessage is the message on a series.
func (m *plain) seriesMessage(whose, text string, ts *evalkit.Trials, judged []evalkit.Judgement) string {
	n := tally(judged)
	message := newMessage(whose, titleOfSeries(ts), text)
	line := fmt.Sprintf("%d of %d %s", n[stats.Good], n[stats.Good]+n[stats.Bad], m.rule.did())
	unclear := n[stats.NotReached] + n[stats.Lost]
	if unclear > 0 {
		line += fmt.Sprintf("; %d not reached, %d lost", n[stats.NotReached], n[stats.Lost])
	}
	message.say(line + worth(len(judged), n))
	if use := ts.JudgeOf(question(text, m.rule, nil)); use != nil {
		message.say(use.Line(stats.Rule{}))
	}
	message.split(judged)
	if unclear > 0 {
		message.say("not judged: " + reasons(judged, stats.NotReached, stats.Lost, stats.Cut))
	}
	if n[stats.Good] != len(judged) && n[stats.Bad] != len(judged) {
		message.say("a plain matcher wants the same of every trial; HaveRate(…).AtLeast(p) allows for some")
	}
	shown := pick(m.rule, judged, oddest(len(judged), n))
	for _, s := range shown {
		message.trial(s.trial, s.finding)
	}
	var named evalkit.Trial
	if len(shown) > 0 {
		named = shown[0].trial
	} else if len(judged) > 0 {
		named = judged[0].Trial()
	}
	message.log(named.Log, named.Number)
	message.again(ts.Again(), named.Number)
	return message.String()
}

// worth says what equal trials are worth as a rate.
func worth(total int, n map[stats.Mark]int) string {
	w := math.Floor(100*stats.WorthOf(total, stats.DefaultAlpha)) / 100
	switch total {
	case 0:
		return ""
	case n[stats.Good]:
		return fmt.Sprintf(": %d of %d show a rate of at least %.2f", total, total, w)
	case n[stats.Bad]:
		return fmt.Sprintf(": 0 of %d show a rate of at most %.2f", total, 1-w)
	}
	return fmt.Sprintf("; %d of %d would have shown a rate of at least %.2f", total, total, w)
}

// oddest is the mark of the trials that are worth showing: the fewer, where
// they are mixed.
func oddest(total int, n map[stats.Mark]int) stats.Mark {
	switch {
	case n[stats.Good] == total, n[stats.Good] > 0 && n[stats.Good] < n[stats.Bad]:
		return stats.Good
	case n[stats.Bad] > 0 && (n[stats.Good] > 0 || n[stats.Bad] == total):
		return stats.Bad
	case n[stats.Lost] > 0:
		return stats.Lost
	}
	return stats.NotReached
}

// tally counts judgements by mark; one that was cut off is lost.
func tally(judged []evalkit.Judgement) map[stats.Mark]int {
	n := map[stats.Mark]int{}
	for _, j := range judged {
		mark := j.Mark
		if mark == stats.Cut {
			mark = stats.Lost
		}
		n[mark]++
	}
	return n
}

// shown is a trial that a message shows.
type shown struct {
	trial   evalkit.Trial
	finding finding
}

// Bounds of pick: trials that are shown, and that are read for it.
const (
	maxShown = 3
	maxRead  = 40
)

// pick chooses trials with a mark, those that came to something else first.
func pick(r rule, judged []evalkit.Judgement, mark stats.Mark) []shown {
	var first, rest []shown
	seen := map[string]bool{}
	read := 0
	for _, j := range judged {
		if j.Mark != mark || read == maxRead {
			continue
		}
		read++
		s := shown{j.Trial(), findingOf(r, j)}
		key, _, _ := strings.Cut(s.finding.what, ":")
		if seen[key] {
			rest = append(rest, s)
			continue
		}
		seen[key] = true
		first = append(first, s)
	}
	all := append(first, rest...)
	return all[:min(maxShown, len(all))]
}
