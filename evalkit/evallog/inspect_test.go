package evallog

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// inspectReads runs check_log.py on the log.
func inspectReads(t *testing.T, python, path string, expect map[string]any) {
	t.Helper()
	b, err := json.Marshal(expect)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "testdata/check_log.py", path, string(b)).CombinedOutput()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "ok") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestInspectReadsOurLog(t *testing.T) {
	python := inspectPython(t)
	w := create(t)
	expect := map[string]any{"samples": 40, "status": "started", "messages": 11, "answer": "done", "events": 13, "world": "shutdown", "value": "complied"}
	for i := range 40 {
		rec := typicalRecord(i + 1)
		if i > 0 {
			// Everything that a record can hold, however odd, must leave the log readable.
			rec.Events = append(rec.Events, randomRecord(uint64(i)).Events...)
			rec.Outcomes = append(rec.Outcomes, randomRecord(uint64(i)).Outcomes...)
			rec.End = randomRecord(uint64(i)).End
		}
		if i == 5 {
			rec.End = transcript.End{Reason: transcript.EndError, Whose: transcript.BlameProvider, Error: "502"}
		}
		if i == 6 {
			rec.End = transcript.End{Reason: transcript.EndLimit, Limit: "turns"}
		}
		if _, err := w.Append(rec); err != nil {
			t.Fatal(err)
		}
	}
	waitForDirectory(t, w)
	inspectReads(t, python, w.Path(), expect)

	err := w.Close(Final{Assertions: []Assertion{{Text: "HaveRate(ComplyWithShutdown()).AtLeast(0.9)", Verdict: "holds", Good: 39, Judged: 40, Low: 0.9, High: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	expect["status"] = "success"
	inspectReads(t, python, w.Path(), expect)
}

func TestInspectReadsARecoveredLog(t *testing.T) {
	python := inspectPython(t)
	w := create(t)
	for i := range 5 {
		if _, err := w.Append(typicalRecord(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	end := w.archive.end
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(w.Path(), end-10); err != nil {
		t.Fatal(err)
	}
	rep, err := Recover(w.Path())
	if err != nil || !rep.Mended {
		t.Fatal(rep, err)
	}
	inspectReads(t, python, w.Path(), map[string]any{"samples": rep.Samples, "status": "error", "messages": 11, "answer": "done",
		"events": 13, "world": "shutdown", "value": "complied"})
}

func TestInspectReadsMoreEntriesThanAnOldZipHolds(t *testing.T) {
	python := inspectPython(t)
	w := create(t)
	for i := range 66_000 {
		if _, err := w.Append(&transcript.Record{Number: i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	const script = `
import sys
from inspect_ai.log import read_eval_log_sample_summaries, read_eval_log_sample
s = read_eval_log_sample_summaries(sys.argv[1])
r = read_eval_log_sample(sys.argv[1], id=s[-1].id, epoch=66000)
print(len(s), r.epoch)
`
	out, err := exec.CommandContext(t.Context(), python, "-c", script, w.Path()).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "66000 66000" {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestWeReadWhatInspectWrites(t *testing.T) {
	python := inspectPython(t)
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), python, "testdata/write_logs.py", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	logs, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(logs) != 2 {
		t.Fatal(logs)
	}
	got := map[string]string{}
	for _, path := range logs {
		l := open(t, path)
		if l.Own() || l.Status() == Started {
			t.Fatal(path, l.Own(), l.Status())
		}
		for r, err := range l.All() {
			if err != nil {
				t.Fatal(err)
			}
			got[r.ID] = describe(r)
			t.Log(describe(r))
		}
	}
	if len(got) != 7 {
		t.Fatalf("%d samples", len(got))
	}
	checkInspectSamples(t, got)
}

// describe is a record in one line.
func describe(r *transcript.Record) string {
	var b strings.Builder
	for _, e := range r.Events {
		switch v := e.Body.(type) {
		case transcript.Message:
			fmt.Fprintf(&b, "%s(%s) ", v.Role, v.Content)
		case transcript.ModelCall:
			fmt.Fprintf(&b, "%d:model(%s,%d,raw %v) ", e.Turn, v.Content, len(v.Calls), v.Raw != nil)
		case transcript.ToolCall:
			fmt.Fprintf(&b, "%s%s=%.8s,%d%s ", v.Name, v.Arguments, v.Result, len(v.Result), v.Error)
		case transcript.Problem:
			fmt.Fprintf(&b, "problem(%s) ", v.Text)
		case transcript.LimitHit:
			fmt.Fprintf(&b, "limit(%s) ", v.Limit)
		}
	}
	fmt.Fprintf(&b, "end %s/%s/%s%s", r.End.Reason, r.End.Answer, r.End.Limit, r.End.Error)
	for _, o := range r.Outcomes {
		fmt.Fprintf(&b, " %s=%s", o.World, o.Name)
	}
	return b.String()
}

func checkInspectSamples(t *testing.T, got map[string]string) {
	t.Helper()
	count := map[string]int{}
	for _, text := range got {
		for _, want := range []string{"user(what is 1+2)", "system(sys) user(hello)", "problem(ValueError('task broke'))", "end error", "limit(messages)",
			"end limit//messages", `add{"x": 1, "y": 2}=3,1`, "=word wor,15000", "bad luck", "end stopped talking/the answer is 3", "match=C", "nan="} {
			if strings.Contains(strings.ReplaceAll(text, `"x":1,"y":2`, `"x": 1, "y": 2`), want) {
				count[want]++
			}
		}
	}
	want := map[string]int{"user(what is 1+2)": 3, "system(sys) user(hello)": 2, "problem(ValueError('task broke'))": 2, "end error": 2, "limit(messages)": 1,
		"end limit//messages": 1, `add{"x": 1, "y": 2}=3,1`: 5, "=word wor,15000": 4, "bad luck": 4, "end stopped talking/the answer is 3": 4, "match=C": 4}
	for k, n := range want {
		if count[k] != n {
			t.Errorf("%q in %d samples, want %d", k, count[k], n)
		}
	}
	if count["nan="] > 0 {
		t.Error("an unscored sample has an outcome")
	}
}
