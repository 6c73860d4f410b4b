package evallog

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// expectation is what our reader finds in a log, for check_logs.py to compare with what Inspect's finds.
type expectation struct {
	Path     string         `json:"path"`
	Log      string         `json:"log"`
	Status   Status         `json:"status"`
	Task     string         `json:"task"`
	Model    string         `json:"model"`
	Total    int            `json:"total"`
	Tokens   int            `json:"tokens"`
	Headline map[string]any `json:"headline"`
	Samples  []expected     `json:"samples"`
}

type expected struct {
	ID       string            `json:"id"`
	Epoch    int               `json:"epoch"`
	UUID     string            `json:"uuid"`
	Tokens   int               `json:"tokens"`
	Messages int               `json:"messages"`
	Events   int               `json:"events"`
	Error    string            `json:"error"`
	Limit    string            `json:"limit"`
	Scores   map[string]string `json:"scores"`
}

func expect(t *testing.T, path string) expectation {
	t.Helper()
	l := open(t, path)
	h, err := l.Header()
	if err != nil {
		t.Fatal(err)
	}
	e := expectation{Path: path, Log: filepath.Base(path), Status: l.Status(), Task: h.Task, Model: h.Model, Total: l.Len(), Headline: map[string]any{}, Samples: []expected{}}
	if all := l.Assertions(); len(all) > 0 && all[0].Judged > 0 {
		e.Headline = map[string]any{"name": all[0].Text, "metric": "rate", "value": float64(all[0].Good) / float64(all[0].Judged)}
	}
	summaries, err := l.Summaries()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range summaries {
		r, err := l.Sample(s.Number)
		if err != nil {
			t.Fatal(err)
		}
		if r.Usage != s.Usage || r.ID != s.ID {
			t.Errorf("%s trial %d: the summary says %+v", path, s.Number, s)
		}
		e.Tokens += s.Usage.TotalTokens
		x := expected{ID: s.Sample, Epoch: s.Epoch, UUID: s.ID, Tokens: s.Usage.TotalTokens, Messages: s.Messages, Events: len(r.Events),
			Error: s.Error, Scores: map[string]string{}}
		x.Limit, _ = limitOf(r.End) // in Inspect's words
		for _, sc := range s.Scores {
			x.Scores[sc.World] = sc.Value
		}
		e.Samples = append(e.Samples, x)
	}
	return e
}

// inspectAgrees compares Inspect's readers, data frames and commands with ours on all logs of a folder. A few of them, each
// of another kind, go through the commands too, and are converted to .json and back, which must lose nothing.
func inspectAgrees(t *testing.T, python, dir string) {
	t.Helper()
	paths, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all, few []expectation
	kinds := map[string]bool{}
	for _, path := range paths {
		e := expect(t, path)
		kind := string(e.Status)
		for _, s := range e.Samples {
			for _, outcome := range s.Scores {
				kind += outcome
			}
			kind += s.Limit
		}
		if !kinds[kind] && len(few) < 3 && len(e.Samples) < 20 {
			kinds[kind] = true
			few = append(few, e)
		}
		all = append(all, e)
	}
	converted := t.TempDir()
	data, err := json.Marshal(map[string]any{"dir": dir, "convert": converted, "logs": all, "few": few})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "expect.json")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "testdata/check_logs.py", file).CombinedOutput()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "ok") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, e := range few {
		if e.Status == Started {
			continue
		}
		name := strings.TrimSuffix(e.Log, ".eval")
		sameTrials(t, e.Path, filepath.Join(converted, "json", name+".json"))
		sameTrials(t, e.Path, filepath.Join(converted, "eval", name+".eval"))
	}
	t.Logf("%d logs agree, %d were converted there and back", len(all), len(few))
}

// Every kind of log that there is: a trial of each end, events of every kind, one that is being written, one that was
// recovered after its writer was killed, one without a trial.
func TestInspectAgreesOnEveryKindOfLog(t *testing.T) {
	python := inspectPython(t)
	w := showcase(t)
	closeShowcase(t, w)
	dir := filepath.Dir(w.Path())
	another := func(id string) *Writer {
		h := testHeader()
		h.ID = id
		w, err := Create(filepath.Join(dir, FileName(h.Created, h.Task, id)), h)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	empty := another("Empt")
	if err := empty.Close(Final{Status: Failed, Error: "the sandbox does not start"}); err != nil {
		t.Fatal(err)
	}
	killed, odd := another("Kill"), another("Odds")
	record := func(log string, n int) *transcript.Record {
		r := typicalRecord(n)
		r.ID = log + r.ID // Inspect counts trials of one id once
		return r
	}
	for i := range 4 {
		if _, err := killed.Append(record("Kill", i+1)); err != nil {
			t.Fatal(err)
		}
		rec := record("Odds", i+1)
		rec.Events = append(rec.Events, randomRecord(uint64(i)).Events...)
		if _, err := odd.Append(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := odd.Close(Final{Status: Cancelled}); err != nil {
		t.Fatal(err)
	}
	end := killed.archive.end
	if err := killed.Close(Final{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(killed.Path(), end-10); err != nil {
		t.Fatal(err)
	}
	if rep, err := Recover(killed.Path()); err != nil || !rep.Mended {
		t.Fatal(rep, err)
	}
	running := another("Open")
	if _, err := running.Append(record("Open", 1)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = running.Close(Final{}) }()
	waitForDirectory(t, running)
	left, err := filepath.Glob(filepath.Join(dir, "*.damaged"))
	for _, path := range left {
		err = firstError(err, os.Remove(path))
	}
	if err != nil {
		t.Fatal(err)
	}
	inspectAgrees(t, python, dir)
}

// The logs of the suites: those in EVALKIT_TEST_LOGS, or such as a run of them writes now.
func TestInspectAgreesOnTheLogsOfTheSuites(t *testing.T) {
	python := inspectPython(t)
	dir := os.Getenv("EVALKIT_TEST_LOGS")
	if dir == "" {
		dir = t.TempDir()
		cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-timeout=30m", "./suites/...")
		cmd.Dir = filepath.Join("..", "..")
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "EVALKIT_") }), "EVALKIT_LOG_DIR="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("the suites: %v\n%s", err, out[max(0, len(out)-4000):])
		}
	}
	inspectAgrees(t, python, dir)
}
