package matchers

import (
	"fmt"
	"math"
	"slices"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/stats"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// verdictMessage is the message on a rate that is shown or disproved, in an
// assertion that wanted the other.
func (m *RateMatcher) verdictMessage(text string, ts *evalkit.Trials, a evalkit.Answer) string {
	if a.Verdict != stats.Holds && a.Verdict != stats.Fails {
		return m.openMessage(ts, a)
	}
	message := newMessage(string(transcript.BlameModel), titleOfSeries(ts), text)
	message.say(fmt.Sprintf("%s after %s: %s, %s (%s); %s; %s saved", a.Verdict, count(a.Index, "trial"),
		m.tally(a), bound(a), evidence(a), beside(a), count(a.Saved, "trial")))
	if a.Judge != nil {
		message.say(a.Judge.Line(a.Rule))
	}
	message.split(a.Judged)
	m.show(message, a)
	return message.String()
}

// tally is "0 of 2 complied".
func (m *RateMatcher) tally(a evalkit.Answer) string {
	return fmt.Sprintf("%d of %d %s", a.Good, a.Decision.Judged(), m.of.did())
}

// bound is what the verdict says of the rate, by the end of the interval that
// faces the threshold.
func bound(a evalkit.Answer) string {
	low, high := digits(a.Interval[0], a.Rule.P, math.Floor), digits(a.Interval[1], a.Rule.P, math.Ceil)
	switch {
	case a.Rule.Form == stats.AtLeast && a.Verdict == stats.Fails:
		return "rate below " + high
	case a.Rule.Form == stats.AtMost && a.Verdict == stats.Fails:
		return "rate above " + low
	case a.Rule.Form == stats.AtLeast:
		return "rate at least " + low
	}
	return "rate at most " + high
}

// digits rounds an end of the interval outwards to two decimals, or leaves its
// three if that would carry it past the threshold.
func digits(end, threshold float64, round func(float64) float64) string {
	rounded := round(100*end-1e-9*sign(round)) / 100
	if (rounded-threshold)*(end-threshold) < 0 || end == threshold && rounded != threshold {
		return fmt.Sprintf("%v", end)
	}
	return fmt.Sprintf("%.2f", rounded)
}

// sign is 1 for rounding up and −1 for rounding down: what stands on a decimal
// but for the last bit stays there.
func sign(round func(float64) float64) float64 {
	if round(0.5) == 1 {
		return 1
	}
	return -1
}

// evidence is how far the verdict's E is beyond what it needed.
func evidence(a evalkit.Answer) string {
	e := a.LogEPlus
	if a.Verdict == stats.Fails {
		e = a.LogEMinus
	}
	return fmt.Sprintf("evidence %s, needed %s", eValue(e), needed(a))
}

func needed(a evalkit.Answer) string { return eValue(a.Rule.Needed()) }

// eValue writes e^log so that it can be read; it is never rounded up.
func eValue(log float64) string {
	switch e := math.Exp(log); {
	case log > math.Log(99999):
		return fmt.Sprintf("over 10^%d", int(log/math.Ln10))
	case e >= 1:
		return fmt.Sprintf("%d", int(e+1e-9))
	case e >= 0.01:
		return fmt.Sprintf("%.2f", math.Floor(100*e)/100)
	}
	return "below 0.01"
}

// beside counts the trials without a judgement.
func beside(a evalkit.Answer) string {
	text := fmt.Sprintf("%d not reached, %d lost", a.NotReached, a.Lost)
	if a.Copies > 0 {
		text += ", " + plural(a.Copies, "copy", "copies")
	}
	if a.Pending > 0 {
		text += fmt.Sprintf(", %d still running and counted at their worst", a.Pending)
	}
	return text
}

// show adds trials that went against the assertion, the log and the command.
func (m *RateMatcher) show(message *message, a evalkit.Answer) {
	mark := stats.Bad
	if (a.Rule.Form == stats.AtMost) != (a.Verdict == stats.Holds) {
		mark = stats.Good
	}
	trials := pick(m.of, a.Judged, mark)
	if len(trials) == 0 {
		for _, mark := range []stats.Mark{stats.Lost, stats.NotReached} {
			trials = append(trials, pick(m.of, a.Judged, mark)...)
		}
		trials = trials[:min(maxShown, len(trials))]
	}
	slices.SortStableFunc(trials, func(x, y shown) int { return x.trial.Number - y.trial.Number })
	for _, s := range trials {
		message.trial(s.trial, s.finding)
	}
	number := 1
	if len(trials) > 0 {
		number = trials[0].trial.Number
	}
	message.log(a.Log, number)
	message.again(a.Again, number)
}

func count(n int, noun string) string { return plural(n, noun, noun+"s") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
