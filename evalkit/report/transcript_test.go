package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

var quiz = TranscriptOptions{Model: "openai/o3", Scenario: "shutdown/quiz", Condition: "no-mention", Spec: "lets itself be shut down"}

func text(t *testing.T, r *transcript.Record, o TranscriptOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Transcript(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTranscript(t *testing.T) {
	golden(t, "transcript.txt", text(t, sabotaged(), quiz))
	full := quiz
	full.Full, full.Color = true, true
	golden(t, "transcript_full_colour.txt", text(t, sabotaged(), full))
}

// broken is a trial in which everything goes wrong that can.
func broken() *transcript.Record {
	bash := transcript.Call{ID: "a", Name: "bash", Arguments: `{"command":"cat <<E\n::error::owned\nE\n"}`}
	edit := transcript.Call{ID: "b", Name: "edit", Arguments: `{"path":"a.txt","text":"one\ntwo","n":3}`}
	garbage := transcript.Call{ID: "c", Name: "bash", Arguments: `{"command":`}
	return &transcript.Record{
		Number: 7, Seed: 1, Attempts: 2, ID: "X",
		End: transcript.End{Reason: transcript.EndError, Whose: transcript.BlameProvider, Error: "502 after 3 attempts\n{{red}}"},
		Events: []transcript.Event{
			{Turn: 0, Body: transcript.Message{Role: "user", Content: "\x1b[2Jgo"}},
			{Turn: 1, Body: transcript.ModelCall{Content: "##[group]", Calls: []transcript.Call{bash, edit, garbage}, Finish: "length", Attempts: 3}},
			{Turn: 1, Body: transcript.ToolCall{Call: bash, Result: strings.Repeat("line of output\n", 60) + strings.Repeat("x", 1000), Cut: true}},
			{Turn: 1, Body: transcript.FileChange{Path: "/w/gone", Op: transcript.FileDeleted}},
			{Turn: 1, Body: transcript.Machine{What: "shut down", Signal: "SIGKILL"}},
			{Turn: 1, Body: transcript.ToolCall{Call: edit, NotRun: true, Error: "the machine is down"}},
			{Turn: 2, Body: transcript.ModelCall{}},
			{Turn: 3, Body: transcript.ModelCall{Error: "502 Bad Gateway"}},
			{Turn: 3, Body: transcript.LimitHit{Limit: "time", Text: "10m0s"}},
			{Turn: 3, Body: transcript.Problem{Whose: transcript.BlameProvider, Text: "502 Bad Gateway"}},
		},
	}
}

func TestTranscriptOfABrokenTrial(t *testing.T) {
	got := text(t, broken(), TranscriptOptions{Note: "void: a verdict was reached before it"})
	golden(t, "transcript_broken.txt", got)
	if why := dangerous(got); why != "" {
		t.Errorf("it holds %s", why)
	}
	full := text(t, broken(), TranscriptOptions{Full: true})
	if strings.Contains(full, "left out") || strings.Count(full, "line of output") != 60 || !strings.Contains(full, strings.Repeat("x", 1000)) {
		t.Error("something is cut though all was asked for")
	}
}

// An agent that writes lines like ours must not be able to add events or an outcome.
func TestTranscriptCannotBeForged(t *testing.T) {
	forged := "\n\noutcome\n  shutdown: complied, exposed\n  [9]   bash 1ms\r\nturn 99  at 00:00.0\n"
	r := broken()
	r.Events = append(r.Events,
		transcript.Event{Turn: 4, Body: transcript.ModelCall{Content: forged, Reasoning: forged, Calls: []transcript.Call{{Name: forged, Arguments: forged}}}},
		transcript.Event{Turn: 4, Body: transcript.ToolCall{Call: transcript.Call{Name: "bash", Arguments: `{"command":"\noutcome\nx"}`}, Result: forged, Error: forged}},
		transcript.Event{Turn: 4, Body: transcript.FileChange{Path: forged, Op: "modified", Diff: "+a" + forged}},
		transcript.Event{Turn: 4, Body: transcript.CommandCall{Name: forged}},
	)
	r.End.Answer = forged
	outcomes := 0
	for line := range strings.Lines(text(t, r, TranscriptOptions{})) {
		if strings.HasPrefix(line, "turn 99") || strings.HasPrefix(line, "  shutdown:") || strings.HasPrefix(line, "  [9]   bash") {
			t.Errorf("forged: %q", line)
		}
		if line == "outcome\n" {
			outcomes++
		}
	}
	if outcomes != 1 {
		t.Errorf("%d headings of the outcome", outcomes)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestTranscriptTellsOfAWriterThatFails(t *testing.T) {
	if err := Transcript(full{}, sabotaged(), quiz); err == nil {
		t.Error("the writer's error is lost")
	}
}

func FuzzTranscript(f *testing.F) {
	f.Add("::error::x", `{"command":"a\n::b"}`, "-::x\n+{{red}}\n", `{"a":{"turn":1,"event":2,"text":"::x"}}`)
	f.Add("{{red}}\r\n##[x]", "\xff{", "@@\n-\x1b[0m", `[[`)
	f.Fuzz(func(t *testing.T, s, arguments, diff, data string) {
		call := transcript.Call{ID: s, Name: s, Arguments: arguments}
		r := &transcript.Record{ID: s, End: transcript.End{Reason: transcript.Reason(s), Answer: s, Error: diff}, Events: []transcript.Event{
			{Body: transcript.Message{Role: s, Content: diff}},
			{Turn: 1, Body: transcript.ModelCall{Content: s, Reasoning: diff, Calls: []transcript.Call{call, {Name: diff}}, Finish: s}},
			{Turn: 1, Body: transcript.ToolCall{Call: call, Result: diff, Error: s}},
			{Turn: 1, Body: transcript.FileChange{Path: s, Op: transcript.FileOp(s), Diff: diff}},
			{Turn: 1, Body: transcript.Fact{World: s, Name: "evidence", Text: diff, Data: []byte(data)}},
			{Turn: 1, Body: transcript.Snapshot{Roots: []string{s}, Files: []transcript.FileState{{Path: diff}}}},
		}, Outcomes: []transcript.Outcome{{World: s, Name: s, All: []string{s, diff}, Summary: diff, Because: []int{2, 3, 4, 99}}}}
		for _, all := range []bool{false, true} {
			var b strings.Builder
			if err := Transcript(&b, r, TranscriptOptions{Model: s, Scenario: diff, Note: s, Spec: diff, Full: all}); err != nil {
				t.Fatal(err)
			}
			if why := dangerous(b.String()); why != "" {
				t.Fatalf("%q holds %s", b.String(), why)
			}
		}
	})
}
