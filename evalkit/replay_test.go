package evalkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/evallog"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

type noteIn struct {
	Text string `json:"text"`
}

// desk is a scenario without a sandbox: a tool that takes notes, and submit.
func desk() evalkit.Scenario {
	note := evalkit.Func("note", "Take a note.", func(_ context.Context, in noteIn) (string, error) {
		if in.Text == "fail" {
			return "", errors.New("the pencil broke")
		}
		return "noted " + in.Text, nil
	})
	return evalkit.Scenario{Name: "replay/desk", Prompt: "Take notes.", Tools: []evalkit.Tool{note, evalkit.Submit()}}
}

const (
	noteA   = `{"role":"assistant","content":null,"tool_calls":[{"id":"n1","type":"function","function":{"name":"note","arguments":"{\"text\":\"a\"}"}}]}`
	submits = `{"role":"assistant","content":null,"tool_calls":[{"id":"s1","type":"function","function":{"name":"submit","arguments":"{\"answer\":\"done\"}"}}]}`
	speaks  = `{"role":"assistant","content":"I am done."}`
)

func transcriptOf(t *testing.T, lines ...string) scripted.Transcript {
	t.Helper()
	tr, err := scripted.ReadTranscript("run.jsonl", strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func replayed(t *testing.T, s evalkit.Scenario, lines ...string) evalkit.Replayed {
	t.Helper()
	r, err := evalkit.Replay(t.Context(), s, transcriptOf(t, lines...), evalkit.LogDir(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// results are the ids and results of the calls that were carried out.
func results(t *testing.T, trial evalkit.Trial) (made []string) {
	t.Helper()
	record, err := trial.Transcript()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range record.ToolCalls {
		made = append(made, strings.TrimSpace(fmt.Sprintf("%s %s%s", c.ID, c.Result, c.Error)))
	}
	return made
}

func TestReplayEndsAsALiveTrialDoes(t *testing.T) {
	talks := desk()
	talks.User = func(_ context.Context, said string) (string, bool) { return "Go on.", said != "I am done." }
	short, frugal := desk(), desk()
	short.Limits.Turns, frugal.Limits.Tokens = 2, 1
	thinks := `{"role":"assistant","content":"Let me think."}`
	cases := []struct {
		name     string
		scenario evalkit.Scenario
		lines    []string
		end      transcript.Reason
		limit    string
		turns    int
		leftover int
		ranOut   bool
	}{
		{"submitted", desk(), []string{noteA, submits}, transcript.EndSubmitted, "", 2, 0, false},
		{"submitted too early", desk(), []string{submits, noteA, speaks}, transcript.EndSubmitted, "", 1, 2, false},
		{"words end it", desk(), []string{thinks, submits}, transcript.EndStopped, "", 1, 1, false},
		{"the user answers words", talks, []string{thinks, noteA, speaks}, transcript.EndStopped, "", 3, 0, false},
		{"the user would answer", talks, []string{thinks}, transcript.EndLimit, "transcript", 1, 0, true},
		{"the recording ends", desk(), []string{noteA, noteA}, transcript.EndLimit, "transcript", 2, 0, true},
		{"the scenario's turns", short, []string{noteA, noteA, noteA, submits}, transcript.EndLimit, "turns", 2, 2, false},
		{"the scenario's turns, used up", short, []string{noteA, noteA}, transcript.EndLimit, "turns", 2, 0, false},
		{"the scenario's tokens", frugal, []string{noteA, submits}, transcript.EndLimit, "tokens", 1, 1, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := replayed(t, c.scenario, c.lines...)
			if r.End.Reason != c.end || r.End.Limit != c.limit || r.Turns != c.turns || len(r.Leftover) != c.leftover || r.RanOut != c.ranOut {
				t.Errorf("ended %q %q after %d turns, %d left over, ran out %v", r.End.Reason, r.End.Limit, r.Turns, len(r.Leftover), r.RanOut)
			}
			for i, left := range r.Leftover {
				if left.Turn != c.turns+i+1 || left.Line != left.Turn {
					t.Errorf("left over: %+v", left)
				}
			}
		})
	}
}

// What does not fit is told to the "model", played past, reported, and in the
// log.
func TestReplayReportsWhatDoesNotFit(t *testing.T) {
	lines := []string{
		`{"role":"user","content":"x"}`,
		`{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"note","arguments":"{\"text\":\"1\"}"}},{"id":"b","function":{"name":"browse","arguments":"{}"}},{"id":"c","function":{"name":"note","arguments":"{\"words\":\"2\"}"}}]}`,
		`{"role":"assistant","tool_calls":[{"id":"d","function":{"name":"note","arguments":"{\"text"}},{"id":"e","function":{"name":"note","arguments":{"text":"fail"}}}]}`,
		`{"role":"assistant","tool_calls":[{"id":"f","function":{"name":"submit","arguments":"{}"}},{"id":"g","function":{"name":"note","arguments":{"text":"3"}}}]}`,
		speaks,
	}
	r := replayed(t, desk(), lines...)
	ids := func(list []evalkit.Misfit) (ids []string) {
		for _, m := range list {
			ids = append(ids, fmt.Sprintf("%s:%d:%d", m.ID, m.Turn, m.Line))
		}
		return ids
	}
	if got := ids(r.Unmatched); !slices.Equal(got, []string{"b:1:2", "c:1:2", "d:2:3"}) {
		t.Errorf("unmatched %v: the tool's own error is none, the others are", got)
	}
	if got := ids(r.NotRun); !slices.Equal(got, []string{"g:3:4"}) {
		t.Errorf("not run %v", got)
	}
	if got := results(t, r.Trial); len(got) != 7 || got[0] != "a noted 1" || !strings.Contains(got[1], `unknown tool "browse"`) || got[4] != "e the pencil broke" {
		t.Errorf("calls %q", got)
	}
	log, err := evallog.Open(r.Log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	record, err := log.Sample(1)
	if err != nil {
		t.Fatal(err)
	}
	logged, err := evalkit.ReadPlayed(record)
	if err != nil || logged.File != "run.jsonl" || logged.RecordedTurns != 4 || !slices.Equal(ids(logged.Unmatched), ids(r.Unmatched)) ||
		!slices.Equal(ids(logged.NotRun), ids(r.NotRun)) || len(logged.Leftover) != 1 || logged.Leftover[0].Text != "I am done." {
		t.Errorf("the log has %+v, %v", logged, err)
	}
	var line map[string]any
	if text, err := json.Marshal(r); err != nil || json.Unmarshal(text, &line) != nil {
		t.Fatal(err)
	}
	if line["leftover_turns"] != 1.0 || len(line["unmatched"].([]any)) != 3 || line["end"] != "submitted" || line["error"] != nil {
		t.Errorf("JSON %v", line)
	}
}

// A recorded run is a subject like any other: matchers ask it.
func TestATranscriptIsASubject(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	if err := os.WriteFile(path, []byte(noteA+"\n"+submits+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ft := &fakeT{name: t.Name()}
	trials := evalkit.Run(t.Context(), ft, evalkit.Transcript(path), desk(), evalkit.Samples(2), evalkit.LogDir(t.TempDir()))
	sample, err := trials.Sample()
	if err != nil || len(sample) != 2 || sample[1].Answer != "done" || sample[1].Subject != "scripted/transcript" {
		t.Errorf("got %v, %v", sample, err)
	}
	if ft.end(); ft.Failed() {
		t.Error(ft.errors)
	}

	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	if err := os.WriteFile(bad, []byte(noteA+"\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := desk()
	s.Tools[0].Call = func(context.Context, json.RawMessage) (string, error) { panic("something was run") }
	ft = &fakeT{name: t.Name() + "bad"}
	defer ft.end()
	_, err = evalkit.Run(t.Context(), ft, evalkit.Transcript(bad), s, evalkit.LogDir(t.TempDir())).Sample()
	if err == nil || !strings.HasPrefix(err.Error(), "SPEC  ") || !strings.Contains(err.Error(), "bad.jsonl:2") {
		t.Errorf("a malformed line: %v", err)
	}
}

func TestReplayFilesGoesOnPastABadOne(t *testing.T) {
	t.Setenv("EVALKIT_TRIAL", "7") // and others of specs: they are not for recorded runs
	t.Setenv("EVALKIT_REJUDGE", "/nowhere")
	t.Setenv("EVALKIT_CONCURRENCY", "none")
	dir, logs := t.TempDir(), t.TempDir()
	t.Setenv("EVALKIT_LOG_DIR", logs)
	var paths []string
	for name, text := range map[string]string{"a.jsonl": noteA + "\n" + submits, "b.jsonl": "{", "c.jsonl": submits, "d.jsonl": `{"role":"assistant","tool_calls":[{"id":"x","function":{"name":"exit","arguments":"{}"}}]}`, "e.jsonl": submits} {
		paths = append(paths, filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(paths)
	s := desk()
	s.Tools = append(s.Tools, evalkit.Tool{Name: "exit", Call: func(context.Context, json.RawMessage) (string, error) { runtime.Goexit(); return "", nil }})
	var got []string
	for r, err := range evalkit.ReplayFiles(t.Context(), s, paths, evalkit.Concurrency(3)) {
		if err != nil {
			t.Fatal(err)
		}
		state := string(r.End.Reason)
		var fault *evalkit.SeriesError
		if errors.As(r.Err, &fault) {
			state = "error of " + string(fault.Whose)
		}
		if r.Log != "" && filepath.Dir(r.Log) != logs {
			t.Errorf("log %s", r.Log)
		}
		got = append(got, fmt.Sprintf("%s %d %d %s", filepath.Base(r.File), r.Number, r.Seed, state))
	}
	want := []string{"a.jsonl 1 1 submitted", "b.jsonl 2 1 error of SPEC", "c.jsonl 3 1 submitted", "d.jsonl 4 1 error of SPEC", "e.jsonl 5 1 submitted"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReplayRefusesAWrongScenarioAtOnce(t *testing.T) {
	s := desk()
	s.Prompt = ""
	_, err := evalkit.Replay(t.Context(), s, transcriptOf(t, submits), evalkit.LogDir(t.TempDir()))
	if err == nil || !strings.HasPrefix(err.Error(), "SPEC  replay into replay/desk") || !strings.Contains(err.Error(), "no Prompt") {
		t.Errorf("got %v", err)
	}
	n := 0
	for _, err := range evalkit.ReplayFiles(t.Context(), s, []string{"a", "b"}, evalkit.LogDir(t.TempDir())) {
		if n++; err == nil {
			t.Error("no error")
		}
	}
	if n != 1 {
		t.Errorf("%d results", n)
	}
}

// What is finished when the context ends is there; what is not says so.
func TestReplayFilesCutOff(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s := desk()
	s.Tools = append(s.Tools, evalkit.Tool{Name: "wait", Call: func(ctx context.Context, _ json.RawMessage) (string, error) {
		stop()
		<-ctx.Done()
		return "", context.Cause(ctx)
	}})
	dir := t.TempDir()
	var paths []string
	for i, text := range []string{submits, `{"role":"assistant","tool_calls":[{"id":"x","function":{"name":"wait"}}]}`, submits} {
		paths = append(paths, filepath.Join(dir, fmt.Sprint(i)))
		if err := os.WriteFile(paths[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var interrupted []bool
	for r, err := range evalkit.ReplayFiles(ctx, s, paths, evalkit.LogDir(t.TempDir()), evalkit.Concurrency(1)) {
		if err != nil {
			t.Fatal(err)
		}
		if interrupted = append(interrupted, r.Interrupted); r.Interrupted != (r.Err != nil) {
			t.Errorf("%s: interrupted %v, %v", r.File, r.Interrupted, r.Err)
		}
	}
	if !slices.Equal(interrupted, []bool{false, true, true}) {
		t.Errorf("interrupted: %v", interrupted)
	}
}
