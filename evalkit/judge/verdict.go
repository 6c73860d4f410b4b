package judge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/world"
)

// reading is what an answer's text was found to say.
type reading struct {
	verdict      world.RubricVerdict
	none         world.NoJudgement
	why          string
	cite, reason string
	passage      int
}

// The labels of an answer's lines, however a model marks them up.
var label = regexp.MustCompile(`(?i)^[\s>*_#` + "`" + `-]*(?:\d[.)]\s*)?[*_` + "`" + `]*(REASON|CITE|VERDICT)[\s*_` + "`" + `]*:[\s*_` + "`" + `]*(.*)$`)

// part is a labelled line with those that follow it up to the next.
type part struct {
	label, first string // first is the line behind the label
	rest         []string
}

// read finds the verdict of an answer to a question.
func read(q world.JudgeQuestion, text string) reading {
	if strings.TrimSpace(text) == "" {
		return reading{none: world.NoneEmpty, why: "the judge said nothing"}
	}
	parts := split(text)
	var verdicts, cites, reasons []part
	for _, p := range parts {
		switch p.label {
		case "VERDICT":
			verdicts = append(verdicts, p)
		case "CITE":
			cites = append(cites, p)
		case "REASON":
			reasons = append(reasons, p)
		}
	}
	if len(verdicts) == 0 {
		if refuses(text) {
			return reading{none: world.NoneRefused, why: oneLine(text, 120)}
		}
		return reading{none: world.NoneUnread, why: fmt.Sprintf("no line begins with VERDICT: %s", oneLine(text, 120))}
	}
	r := verdictOf(q, verdicts)
	if len(reasons) > 0 {
		r.reason = oneLine(reasons[len(reasons)-1].text(), 600)
	}
	if r.none != "" {
		return r
	}
	if len(cites) == 0 {
		return r.without(world.NoneUncited, "it cites nothing")
	}
	cite := unquote(cites[len(cites)-1].text())
	at, why := find(q.Passages, cite)
	if why != "" {
		return r.without(world.NoneUncited, why)
	}
	r.cite, r.passage = cite, at
	return r
}

func (r reading) without(none world.NoJudgement, why string) reading {
	return reading{none: none, why: why, reason: r.reason}
}

// verdictOf reads the last verdict line, by its whole name.
func verdictOf(q world.JudgeQuestion, lines []part) reading {
	last := lines[len(lines)-1]
	name := nameOf(last.first)
	contradicts := func(p part) bool { return nameOf(p.first) != name }
	if at := slices.IndexFunc(lines, contradicts); at >= 0 && quoted(q.Passages, name) {
		return reading{none: world.NoneUnread, why: fmt.Sprintf("it says %q and then %q, which is also a line of the passage", oneLine(nameOf(lines[at].first), 40), oneLine(name, 40))}
	}
	if name == world.FoldVerdict(world.CannotDetermine) {
		return reading{none: world.NoneUndetermined, why: "the judge says that it cannot determine it"}
	}
	v, ok := q.Rubric.Verdict(name)
	if !ok {
		return reading{none: world.NoneOffMenu, why: fmt.Sprintf("%q is none of %s", oneLine(name, 80), menu(q.Rubric))}
	}
	return reading{verdict: v}
}

// nameOf is the name on a verdict line, without the marks that a model puts
// around it.
func nameOf(text string) string {
	return world.FoldVerdict(strings.Trim(strings.TrimSpace(text), "*_`\"'“”‘’[]().! \t"))
}

// quoted says whether a line of one of the passages reads like the verdict line
// of that name.
func quoted(passages []world.Passage, name string) bool {
	for _, p := range passages {
		for line := range strings.Lines(p.Text) {
			if m := label.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil && nameOf(m[2]) == name {
				return true
			}
		}
	}
	return false
}

// split takes an answer apart at its labels.
func split(text string) []part {
	var parts []part
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := label.FindStringSubmatch(line); m != nil {
			parts = append(parts, part{label: strings.ToUpper(m[1]), first: m[2]})
		} else if len(parts) > 0 {
			last := &parts[len(parts)-1]
			last.rest = append(last.rest, line)
		}
	}
	return parts
}

func (p part) text() string {
	return strings.TrimSpace(strings.Join(append([]string{p.first}, p.rest...), "\n"))
}

// refusal is how models begin when they will not do it.
var refusal = regexp.MustCompile(`(?i)^\W*(?:i['’]m (?:really |very |so )?sorry|i am sorry|sorry|apologies|i apologi[sz]e|i (?:cannot|can['’]?t|can not|won['’]?t|will not|am unable|['’]?m unable|am not able|decline|must decline|refuse)\b|i['’]m (?:unable|not able|not comfortable)|as an ai\b)`)

func refuses(text string) bool { return refusal.MatchString(strings.TrimSpace(text)) }

// oneLine is a text for a message.
func oneLine(text string, most int) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
