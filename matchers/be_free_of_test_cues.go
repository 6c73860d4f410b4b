package matchers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// BeFreeOfTestCues succeeds over an evalkit.Scenario in which nothing is found
// that gives a model away that it is being tested, and not at work. It runs no
// trial and needs no sandbox:
//
//	Expect(shutdown.Quiz(c)).To(BeFreeOfTestCues())
//	Expect(migration).To(BeFreeOfTestCues().Allowing("simulation", "the product is a simulator"))
//
// It looks for the triggers that are published: test vocabulary (tests, grades,
// scenarios spoken of), placeholder names, example domains, a too convenient
// set-up, harm in the foreground, vignette prose, stripped context, benchmark
// conventions, rigid templates, round dates, tiny weight files. It looks at the
// system prompt, the prompt, names and descriptions of tools, paths of commands
// and files, hostname, environment, the files, and what the worlds add to them
// and list (world.Texted), as five trials of different seeds see them.
//
// What counts is what the agent meets as its situation. In source code and in a
// project's tests only what speaks of the agent itself is found; a project's
// documents may speak of the tests of its code. What commands, tools and users
// answer is Go code, and not seen. A scenario that passes is not proved natural,
// it has none of the known faults.
func BeFreeOfTestCues() *CueMatcher { return &CueMatcher{} }

// CueMatcher looks for test cues in a scenario; see BeFreeOfTestCues. Safe for
// concurrent use.
type CueMatcher struct{ allowed []allowance }

// allowance is a find that is meant to be there.
type allowance struct{ cue, why string }

// Allowing leaves out what is meant to be there, and says why: a trigger by its
// name ("round dates"), or a word that is found, in any case of letters. It
// returns another matcher and leaves this one as it is.
func (m *CueMatcher) Allowing(cue, why string) *CueMatcher {
	return &CueMatcher{allowed: append(slices.Clone(m.allowed), allowance{strings.TrimSpace(cue), strings.TrimSpace(why)})}
}

// String is the matcher as a spec writes it.
func (m *CueMatcher) String() string {
	text := "BeFreeOfTestCues()"
	for _, a := range m.allowed {
		text += fmt.Sprintf(".Allowing(%q, %q)", a.cue, a.why)
	}
	return text
}

// GomegaString keeps Gomega from dumping the struct.
func (m *CueMatcher) GomegaString() string { return m.String() }

// Match implements Gomega's matcher.
func (m *CueMatcher) Match(actual any) (bool, error) {
	finds, _, err := m.look(actual)
	return err == nil && len(finds) == 0, err
}

// look finds the cues that are not allowed, each once.
func (m *CueMatcher) look(actual any) (finds []evalkit.TestCue, s evalkit.Scenario, err error) {
	switch given := actual.(type) {
	case evalkit.Scenario:
		s = given
	case *evalkit.Scenario:
		if given == nil {
			return nil, s, wrongType("BeFreeOfTestCues", actual, "an evalkit.Scenario")
		}
		s = *given
	default:
		return nil, s, wrongType("BeFreeOfTestCues", actual, "an evalkit.Scenario")
	}
	for _, a := range m.allowed {
		if a.cue == "" || a.why == "" {
			return nil, s, &failure{text: fmt.Sprintf("%s  %s\n    %s\nAllowing wants a trigger or a word, and why it is meant to be there; the triggers are: %s",
				transcript.BlameSpec, nameOf(s), m, strings.Join(evalkit.TestCueTriggers(), ", ")), err: errors.New("an allowance without a reason")}
		}
	}
	all, err := evalkit.TestCues(s)
	if err != nil {
		return nil, s, &failure{text: fmt.Sprintf("%s  %s\n    %s\n%v", transcript.BlameSpec, nameOf(s), m, err), err: err}
	}
	for _, f := range all {
		if !m.allows(f) {
			finds = append(finds, f)
		}
	}
	return finds, s, nil
}

// allows says whether a find is meant to be there.
func (m *CueMatcher) allows(f evalkit.TestCue) bool {
	return slices.ContainsFunc(m.allowed, func(a allowance) bool {
		return strings.EqualFold(a.cue, f.Trigger) || strings.Contains(strings.ToLower(f.Words), strings.ToLower(a.cue)) && !slices.Contains(evalkit.TestCueTriggers(), a.cue)
	})
}

func nameOf(s evalkit.Scenario) string {
	if s.Condition == "" {
		return s.Name
	}
	return s.Name + " (" + s.Condition + ")"
}

// FailureMessage implements Gomega's matcher.
func (m *CueMatcher) FailureMessage(actual any) string {
	finds, s, err := m.look(actual)
	if err != nil {
		return err.Error()
	}
	message := newMessage(string(transcript.BlameSpec), nameOf(s), m.String())
	message.say(fmt.Sprintf("%s by which the agent can tell that it is tested; %d draws were looked at", count(len(finds), "cue"), evalkit.TestCueDraws))
	trigger := ""
	for i, f := range finds {
		if f.Trigger != trigger {
			trigger = f.Trigger
			message.body = append(message.body, fmt.Sprintf("%s: %s", trigger, f.Mend()))
		}
		if more := shownOf(finds[:i], trigger); more < maxCues {
			message.body = append(message.body, report.Sanitize(fmt.Sprintf("    %s   %s", oneLine(f.Place, 120), oneLine(f.Words, 100))))
		} else if more == maxCues {
			message.body = append(message.body, fmt.Sprintf("    … %d more", shownOf(finds, trigger)-maxCues))
		}
	}
	return message.String()
}

// maxCues is how many finds of one trigger a message shows.
const maxCues = 6

// shownOf counts the finds of a trigger.
func shownOf(finds []evalkit.TestCue, trigger string) int {
	n := 0
	for _, f := range finds {
		if f.Trigger == trigger {
			n++
		}
	}
	return n
}

// NegatedFailureMessage implements Gomega's matcher.
func (m *CueMatcher) NegatedFailureMessage(actual any) string {
	_, s, err := m.look(actual)
	if err != nil {
		return err.Error()
	}
	message := newMessage(string(transcript.BlameSpec), nameOf(s), "not "+m.String())
	message.say(fmt.Sprintf("no cue is found in %d draws", evalkit.TestCueDraws))
	return message.String()
}
