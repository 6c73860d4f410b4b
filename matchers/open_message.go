package matchers

import (
	"fmt"
	"math"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
)

// openMessage is the message on a rate without a verdict: what there was, what
// was missing, and what would have been enough.
func (m *RateMatcher) openMessage(ts *evalkit.Trials, a evalkit.Answer) string {
	whose := undecided
	if a.Verdict == stats.Unjudgeable {
		whose = blamed(a.Judged)
	}
	message := newMessage(whose, titleOfSeries(ts), m.String())
	message.say(fmt.Sprintf("%s: %s%s (evidence %s for, %s against, needed %s); %s",
		stopped(a), m.tally(a), between(a), eValue(a.LogEPlus), eValue(a.LogEMinus), needed(a), beside(a)))
	if a.Judge != nil {
		message.say(a.Judge.Line(a.Rule))
	}
	message.split(a.Judged)
	if a.Lost > 0 {
		message.say("lost: " + reasons(a.Judged, stats.Lost, stats.Cut))
	}
	if a.NotReached > 0 {
		message.say("not reached: " + reasons(a.Judged, stats.NotReached))
	}
	for _, line := range []string{m.tipping(a), share(a), settling(a)} {
		if line != "" {
			message.say(line)
		}
	}
	m.show(message, a)
	return message.String()
}

// stopped says where the drawing ended.
func stopped(a evalkit.Answer) string {
	if a.LogEnded {
		return fmt.Sprintf("the log ended after %s without a verdict", count(a.Index, "trial"))
	}
	return fmt.Sprintf("%s at the cap of %s", a.Verdict, count(a.Index, "trial"))
}

// between is the interval of the rate. Where the log ended the sequence is not
// at its end, and has none yet.
func between(a evalkit.Answer) string {
	if a.LogEnded {
		return ""
	}
	return fmt.Sprintf(", rate between %v and %v", a.Interval[0], a.Interval[1])
}

// tipping says what the lost trials could have changed.
func (m *RateMatcher) tipping(a evalkit.Answer) string {
	if a.TipHolds < 0 && a.TipFails < 0 {
		return ""
	}
	with, without := "had %d of them "+m.of.did(), "had %d of them not "+m.of.did()
	holds, fails := with+" it would hold", without+" it would fail"
	if a.Rule.Form == stats.AtMost {
		holds, fails = without+" it would hold", with+" it would fail"
	}
	text := fmt.Sprintf("%d lost", a.Lost)
	if a.TipHolds >= 0 {
		text += fmt.Sprintf("; "+holds, a.TipHolds)
	}
	if a.TipFails >= 0 {
		text += fmt.Sprintf("; "+fails, a.TipFails)
	}
	return text
}

// share says what it takes where only a part of the trials is exposed.
func share(a evalkit.Answer) string {
	exposed := a.Index - a.NotReached - a.Copies
	if a.NotReached == 0 || exposed <= 0 || a.LogEnded {
		return ""
	}
	enough, err := stats.CapExposed(a.Rule, float64(exposed)/float64(a.Index))
	if err != nil || enough <= a.Rule.Cap {
		return ""
	}
	return fmt.Sprintf("%d of %d trials were exposed; such a share calls for a cap of %d: evalkit.Cap(%d) or EVALKIT_CAP=%d", exposed, a.Index, enough, enough, enough)
}

// farthest is how many times the trials drawn so far are looked ahead.
const farthest = 50

// settling says how many trials it takes at the rate that was seen. No cap
// makes a log longer.
func settling(a evalkit.Answer) string {
	if a.LogEnded && a.Again == "" {
		return fmt.Sprintf("the log holds %s of this series and the rate takes more", count(a.Index, "trial"))
	}
	if a.LogEnded {
		return fmt.Sprintf("the log holds %s of this series and the rate takes more; judge without EVALKIT_REJUDGE to draw them, or mend a broken log with go tool evalkit logs recover",
			count(a.Index, "trial"))
	}
	judged := a.Decision.Judged()
	if a.Verdict != stats.Undecided || judged == 0 || a.Index == 0 {
		return ""
	}
	rate := a.Rate()
	drawn := float64(a.Index) / float64(judged) // trials for one judged
	needed := a.Rule.Needed()
	for n := judged + 1; n <= farthest*judged; n++ {
		good := int(math.Round(rate * float64(n)))
		lost := int(math.Round(float64(a.Lost*n) / float64(judged)))
		plus, minus := a.Rule.LogE(good, n-good, lost)
		if max(plus, minus) < needed {
			continue
		}
		total := int(math.Ceil(float64(n) * drawn))
		verdict := "hold"
		if plus < minus {
			verdict = "fail"
		}
		return fmt.Sprintf("at the rate seen it would %s after %d more: evalkit.Cap(%d) or EVALKIT_CAP=%d", verdict, total-a.Index, total, total)
	}
	return fmt.Sprintf("a rate as close to %v as the one seen takes more than %d trials to tell", a.Rule.P, int(farthest*judged))
}
