package texttools

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Call is a call that a message holds.
type Call struct {
	// Name is the tool's; [Unreadable] where the text does not tell.
	Name string
	// Arguments are the JSON object as it was written. Of a call with a mistake
	// they are what there is.
	Arguments string
	// Mistake, if not empty, says why this is no call: it must not be carried
	// out, and the model is told.
	Mistake string
}

// Unreadable stands for the name of a tool that could not be read. No tool can
// have it.
const Unreadable = "(unreadable)"

// Message is what a text says: calls in their order, and the rest.
type Message struct {
	// Prose is the text without its calls; as it came where there are none. What
	// was quoted, thought, or in another protocol's form stays in it.
	Prose string
	Calls []Call
}

// Read takes the calls out of what a model said. tools are the names of those
// that it may call: a bare JSON object that names one of them looks like a call
// too.
func Read(text string, tools []string) Message {
	r := reader{text: text, tools: tools, lineStart: true}
	for r.at < len(r.text) {
		r.step()
	}
	m := Message{Prose: text, Calls: r.calls}
	if r.taken {
		r.keep(len(text))
		m.Prose = strings.TrimSpace(r.prose.String())
	}
	return m
}

// reader walks over the text line by line.
type reader struct {
	text  string
	tools []string
	at    int
	// lineStart: nothing but blanks and calls stands before at on its line.
	lineStart bool
	fence     string // what closes the code fence that at is in; "" outside
	imitated  bool   // the model has written a tool response itself

	calls []Call
	taken bool // a call was taken out of the prose
	prose strings.Builder
	kept  int // text before it is in prose, or taken out
}

// keep moves the text up to end into the prose.
func (r *reader) keep(end int) {
	if end > r.kept {
		r.prose.WriteString(r.text[r.kept:end])
		r.kept = end
	}
}

// step looks at what begins at r.at: a call, the start of thinking, or the rest
// of a line.
func (r *reader) step() {
	rest := r.text[r.at:]
	line := rest
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		line = rest[:end+1]
	}
	trimmed := strings.TrimLeft(line, " \t\r\n")
	indent := len(line) - len(trimmed)
	switch {
	case r.fence != "":
		if r.insideFence(line, trimmed) {
			return
		}
	case r.lineStart && strings.HasPrefix(trimmed, "<think"):
		if end := strings.Index(rest, "</think"); end >= 0 {
			r.goBehindTag(end)
			return
		}
		r.at = len(r.text) // cut within its thinking
		return
	case r.lineStart && strings.HasPrefix(trimmed, "</think"):
		r.forget() // some templates open the thinking themselves
		r.goBehindTag(indent)
		return
	case r.lineStart && strings.HasPrefix(trimmed, openCall):
		r.at += indent
		r.call()
		return
	case r.lineStart && opensFence(trimmed):
		r.fence = fenceOf(trimmed)
	default:
		if r.lineStart && strings.HasPrefix(trimmed, "<tool_response") {
			r.imitated = true
		}
		if r.lookAlike(line, trimmed) {
			return
		}
	}
	r.at += len(line)
	r.lineStart = true
}

// goBehindTag goes on behind the > of the tag that begins that far on.
func (r *reader) goBehindTag(distance int) {
	r.at += distance
	if end := strings.IndexByte(r.text[r.at:], '>'); end >= 0 {
		r.at += end + 1
	} else {
		r.at = len(r.text)
	}
	r.lineStart = true
}

// forget takes back what was found so far: it was thinking.
func (r *reader) forget() {
	r.calls, r.taken, r.kept, r.imitated = nil, false, 0, false
	r.prose.Reset()
}

// insideFence reads a line of a code fence: quoted text, in which no call is
// carried out. It reports whether it has moved on.
func (r *reader) insideFence(line, trimmed string) bool {
	if closesFence(trimmed, r.fence) {
		r.fence = ""
		return false
	}
	if i := strings.Index(line, openCall); i >= 0 && r.objectFollows(r.at+i+len(openCall)) {
		r.mistaken(r.at+i+len(openCall), "a call inside a code fence is not carried out; write it outside, on lines of its own")
		return true
	}
	r.bare(r.at + len(line) - len(trimmed))
	return false
}

const noTags = "a call must stand between " + openCall + " and " + closeCall + ", outside of code fences; this was not carried out"

// otherForms are how calls of other protocols begin.
var otherForms = regexp.MustCompile(`^(?:<tool_calls?\b|&lt;tool_call|<function[=_ >]|<function_calls?>|<invoke\b|\[TOOL_CALLS?\]|<\|(?:tool_call|python_tag|channel\|>commentary)|<｜tool|functions\.[A-Za-z0-9_-]+:)`)

// lookAlike finds what looks like a call in a line and is none. It reports
// whether it has moved on.
func (r *reader) lookAlike(line, trimmed string) bool {
	if r.lineStart {
		if r.bare(r.at + len(line) - len(trimmed)) {
			return false
		}
		if form := otherForms.FindString(trimmed); form != "" {
			r.calls = append(r.calls, Call{Name: Unreadable, Arguments: strings.TrimSpace(line), Mistake: fmt.Sprintf("%q begins no call here; %s", strings.TrimSpace(form), noTags)})
			return false
		}
	}
	i := strings.Index(line, openCall)
	if i < 0 || !r.objectFollows(r.at+i+len(openCall)) || strings.Count(line[:i], "`")%2 == 1 {
		return false // a mention, or quoted
	}
	r.mistaken(r.at+i+len(openCall), "a call must begin on a line of its own; this one stood within a line and was not carried out")
	return true
}

// bare finds a JSON object without tags that names a tool and arguments.
func (r *reader) bare(i int) bool {
	m := bareCall.FindStringSubmatch(r.text[i:])
	if m == nil || !slices.Contains(r.tools, m[1]) {
		return false
	}
	r.calls = append(r.calls, Call{Name: m[1], Arguments: strings.TrimSpace(r.text[i:]), Mistake: noTags})
	return true
}

var bareCall = regexp.MustCompile(`^\{\s*"name"\s*:\s*"([^"\\]*)"\s*,\s*"(?:arguments|parameters)"\s*:`)

func (r *reader) objectFollows(i int) bool {
	return strings.HasPrefix(strings.TrimLeft(r.text[i:], " \t\r\n"), "{")
}

// mistaken adds the call whose body begins at i as one that is not carried out,
// and goes on behind it. It stays in the prose.
func (r *reader) mistaken(i int, why string) {
	call, length := readBody(r.text[i:])
	call.Mistake = why
	r.calls = append(r.calls, call)
	r.at, r.lineStart = i+length, false
}

// call reads the call whose tag begins at r.at, and goes on behind it.
func (r *reader) call() {
	body := r.at + len(openCall)
	call, length := readBody(r.text[body:])
	if r.imitated && call.Mistake == "" {
		call.Mistake = "not carried out: it stands behind a tool response that you wrote yourself; wait for the real one"
	}
	r.calls = append(r.calls, call)
	r.keep(r.at)
	r.at = body + length
	r.kept, r.taken, r.lineStart = r.at, true, true
}

func opensFence(line string) bool {
	fence := fenceOf(line)
	return fence != "" && !(fence[0] == '`' && strings.Contains(line[len(fence):], "`"))
}

// fenceOf is the run of three or more backticks or tildes that a line begins
// with, or "".
func fenceOf(line string) string {
	if line == "" || line[0] != '`' && line[0] != '~' {
		return ""
	}
	n := len(line) - len(strings.TrimLeft(line, line[:1]))
	if n < 3 {
		return ""
	}
	return line[:n]
}

func closesFence(line, fence string) bool {
	own := fenceOf(line)
	return len(own) >= len(fence) && own[0] == fence[0] && strings.TrimSpace(line) == own
}
