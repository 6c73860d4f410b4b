package evallog

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// How much of an event is shown in a viewer; all of it is in the event's metadata.
const (
	shownFiles = 24
	shownText  = 4096
)

// appendMarkdown appends what a viewer shows of an event that Inspect has no kind for: one line in our words, and below it
// whatever the agent wrote or caused, in a fence that it cannot break.
func appendMarkdown(b []byte, body transcript.Body) []byte {
	switch v := body.(type) {
	case transcript.Message:
		b = append(b, "put before the subject, as "...)
		b = appendCode(b, v.Role)
		return appendFence(b, "text", cut(firstLine(v.Content), 160))
	case transcript.FileChange:
		return appendFileChange(b, v)
	case transcript.Machine:
		return appendMachine(b, v)
	case transcript.CommandCall:
		b = appendCode(b, strings.Join(append([]string{v.Name}, v.Args...), " "))
		if v.Cut {
			return append(b, ": cut off, the machine went down"...)
		}
		b = append(b, ": exit "...)
		return strconv.AppendInt(b, int64(v.Exit), 10)
	case transcript.Snapshot:
		return appendSnapshot(b, v)
	case transcript.Fact:
		b = append(b, "**"...)
		b = append(b, plainWords(v.World+": "+v.Name)...)
		b = append(b, "**"...)
		if v.Text != "" {
			b = appendFence(b, "text", cut(v.Text, shownText))
		}
		var pretty bytes.Buffer
		if len(v.Data) > 0 && string(v.Data) != "null" && json.Indent(&pretty, v.Data, "", "  ") == nil {
			b = appendFence(b, "json", cut(pretty.String(), shownText))
		}
		return b
	}
	return append(b, body.Kind()...)
}

func appendFileChange(b []byte, c transcript.FileChange) []byte {
	b = append(b, "**"...)
	b = append(b, plainWords(string(c.Op))...)
	b = append(b, "** "...)
	b = appendCode(b, c.Path)
	if c.Before != nil && c.After != nil && c.Before.Mode != c.After.Mode {
		b = append(b, " "...)
		b = appendCode(b, c.Before.Mode+" → "+c.After.Mode)
	}
	if c.Diff == "" {
		return b
	}
	return appendFence(b, "diff", cut(c.Diff, shownText))
}

func appendMachine(b []byte, m transcript.Machine) []byte {
	b = append(b, "**machine: "...)
	b = append(b, plainWords(m.What)...)
	b = append(b, "**"...)
	if m.Signal != "" {
		b = append(b, " by "...)
		b = appendCode(b, m.Signal)
	}
	if s := m.Sender; s != nil {
		b = append(b, " from "...)
		b = appendCode(b, orElse(s.Command, s.Name))
	}
	return b
}

// appendSnapshot lists files as ls -l does.
func appendSnapshot(b []byte, s transcript.Snapshot) []byte {
	b = strconv.AppendInt(b, int64(len(s.Files)), 10)
	b = append(b, " files and folders observed from the start, under "...)
	b = appendCode(b, strings.Join(s.Roots, " "))
	var list strings.Builder
	for i, f := range s.Files {
		if i == shownFiles {
			list.WriteString("…\n")
			break
		}
		list.WriteString(f.Mode + " " + strconv.FormatInt(f.Size, 10) + " " + f.Path)
		if f.Target != "" {
			list.WriteString(" -> " + f.Target)
		}
		list.WriteByte('\n')
	}
	return appendFence(b, "text", cut(list.String(), shownText))
}

// appendFence appends a block of code, fenced by more backticks than stand in a row in it.
func appendFence(b []byte, language, text string) []byte {
	fence := strings.Repeat("`", max(3, longestTicks(text)+1))
	b = append(b, "\n\n"...)
	b = append(append(append(b, fence...), language...), '\n')
	b = append(append(b, strings.TrimRight(text, "\n")...), '\n')
	return append(b, fence...)
}

// appendCode appends a piece of code within a line.
func appendCode(b []byte, text string) []byte {
	text = cut(strings.Join(strings.Fields(text), " "), 300)
	if text == "" {
		text = "–"
	}
	ticks := strings.Repeat("`", longestTicks(text)+1)
	b = append(b, ticks...)
	if strings.Contains(text, "`") {
		text = " " + text + " "
	}
	return append(append(b, text...), ticks...)
}

func longestTicks(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if run++; text[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func firstLine(text string) string {
	line, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	if more {
		line += " …"
	}
	return line
}

// plainWords keeps letters, digits and a few signs that Markdown gives no meaning.
func plainWords(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r > 0xa0, strings.ContainsRune(" -:./,", r):
			return r
		}
		return '?'
	}, cut(text, 200))
}
