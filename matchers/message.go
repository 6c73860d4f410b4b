package matchers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/report"
)

// Gomega cuts messages at 4,000 characters, so that a longer one would lose its
// end: the log and the command that draws a trial again.
const (
	messageLimit  = 3800
	evidenceLimit = 900 // bytes of one trial's events
)

// message is a text of the form that DESIGN §1 shows: whose fault it is and
// where, the assertion, what came of it, the decisive evidence, and where to
// read on. If it grows too long the evidence is cut, at its end.
type message struct {
	head, body, tail []string
}

func newMessage(whose, title, text string) *message {
	m := &message{}
	m.say(whose + "  " + oneLine(title, 300))
	m.say("    " + oneLine(text, 600))
	return m
}

// say adds a line on the assertion.
func (m *message) say(line string) { m.head = append(m.head, report.Sanitize(cut(line, 900))) }

// split divides the judged trials by what the subject said of being tested, if
// any said anything.
func (m *message) split(judged []evalkit.Judgement) {
	if split := evalkit.SplitOf(judged); split.Said() {
		m.say(split.String())
	}
}

// trial adds what one trial came to, and the evidence.
func (m *message) trial(t evalkit.Trial, f finding) {
	m.body = append(m.body, report.Sanitize(fmt.Sprintf("trial %d: %s", t.Number, oneLine(f.what, 200))))
	if f.detail != "" {
		for line := range strings.SplitSeq(strings.TrimSpace(cut(f.detail, 500)), "\n") {
			m.body = append(m.body, report.Sanitize("    "+line))
		}
	}
	if len(f.because) == 0 {
		return
	}
	record, err := t.Transcript()
	if err != nil {
		m.body = append(m.body, report.Sanitize("    the transcript cannot be read: "+oneLine(err.Error(), 200)))
		return
	}
	if lines := report.EventLines(record, f.because, evidenceLimit); lines != "" {
		m.body = append(m.body, strings.Split(lines, "\n")...)
	}
}

// log says where the trial can be read.
func (m *message) log(path string, number int) {
	if path != "" {
		path = fromModule(path)
		m.tail = append(m.tail, report.Sanitize(fmt.Sprintf("log    %s   (go tool evalkit show %s --trial %d)", cut(path, 400), cut(path, 400), number)))
	}
}

// again gives the command that draws the trial anew.
func (m *message) again(command string, number int) {
	if command != "" {
		m.tail = append(m.tail, report.Sanitize("again  "+cut(fmt.Sprintf(command, number), 600)+"   (a fresh sample)"))
	}
}

func (m *message) String() string {
	room := messageLimit
	for _, line := range append(m.head, m.tail...) {
		room -= len(line) + 1
	}
	body, left := m.body, 0
	for size := length(body); size > room && len(body) > 0; size = length(body) {
		body, left = body[:len(body)-1], left+1
	}
	lines := append(append([]string{}, m.head...), body...)
	if left > 0 {
		lines = append(lines, fmt.Sprintf("    … %d more lines left out, the log has them", left))
	}
	return strings.Join(append(lines, m.tail...), "\n")
}

func length(lines []string) int {
	n := 0
	for _, line := range lines {
		n += len(line) + 1
	}
	return n
}

// titleOf names a trial's series as evalkit does.
func titleOf(t evalkit.Trial) string {
	title := t.Subject + " in " + t.Scenario
	if t.Condition != "" {
		title += " (" + t.Condition + ")"
	}
	return title
}

// titleOfSeries is the series' own title.
func titleOfSeries(ts *evalkit.Trials) string { return strings.TrimPrefix(ts.String(), "trials of ") }

// oneLine makes one line of a text, of at most max bytes.
func oneLine(s string, max int) string {
	if len(s) > 4*max {
		s = s[:4*max] // enough for what is left when blanks are gone
	}
	return cut(strings.Join(strings.Fields(s), " "), max)
}

// cut keeps the beginning of a text.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max] + "…"
}

// fromModule is a path as it is seen from the folder of the go.mod, where the
// commands that a message gives are run.
func fromModule(path string) string {
	dir, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		if rel, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(rel, "..") {
			return filepath.ToSlash(rel)
		}
		break
	}
	return path
}

// failure is an error with a text made for reading; it wraps what it is about.
type failure struct {
	text string
	err  error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// withAssertion is an error that ended a series, with the assertion as the
// second line as in every other message, unless the error says it by itself.
func withAssertion(text string, err error) error {
	said := err.Error()
	if !strings.Contains(said, strings.TrimPrefix(text, "not ")) {
		title, rest, more := strings.Cut(said, "\n")
		said = title + "\n    " + oneLine(text, 600)
		if more {
			said += "\n" + rest
		}
	}
	return &failure{text: report.Sanitize(cut(said, messageLimit)), err: err}
}
