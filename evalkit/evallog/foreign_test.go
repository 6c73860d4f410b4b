package evallog

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

var update = flag.Bool("update", false, "write the golden files anew")

// inspectLogs are logs that Inspect 0.3.285 wrote, made small: testdata/write_foreign.py FOLDER --small.
const inspectLogs = "testdata/inspect"

// portrait is all of a log that a reader would ask for.
func portrait(t *testing.T, path string) string {
	t.Helper()
	l := open(t, path)
	var b strings.Builder
	h, err := l.Header()
	if err != nil {
		t.Fatal(err)
	}
	tools, err := l.Tools()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, tool := range tools {
		names = append(names, tool.Name)
	}
	fmt.Fprintf(&b, "%s: %s in %s, %s, own %v, deterministic %v, trials %v, damage %v, tools %v\n", filepath.Base(path), h.Model, h.Task,
		l.Status(), l.Own(), l.Deterministic(), l.Numbers(), l.Damage(), names)
	summaries, err := l.Summaries()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range summaries {
		r, err := l.Sample(s.Number)
		if err != nil {
			t.Fatal(err)
		}
		if *r.Foreign != (transcript.Foreign{Tool: "inspect", Sample: s.Sample, Epoch: s.Epoch}) || r.Number != s.Number || r.Usage != s.Usage {
			t.Errorf("%s: trial %d: %+v is not %+v", path, i, r, s)
		}
		fmt.Fprintf(&b, "  %d %s/%d attempts %d, %d tokens, %d turns\n    %s\n", s.Number, s.Sample, s.Epoch, r.Attempts, s.Usage.TotalTokens, r.Turns(),
			strings.ReplaceAll(describe(r), "\n", "⏎"))
		for _, e := range r.Events {
			if f, ok := e.Body.(transcript.Fact); ok {
				fmt.Fprintf(&b, "    %s %s: %.100s\n", f.World, f.Name, strings.ReplaceAll(f.Text, "\n", "⏎"))
			}
		}
	}
	return b.String()
}

func TestLogsOfInspectAreRead(t *testing.T) {
	paths, err := Find(inspectLogs)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	var all strings.Builder
	for _, path := range paths {
		all.WriteString(portrait(t, path))
	}
	golden := filepath.Join("testdata", "inspect.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Error(diff)
	}
}

func TestASampleInPartsIsTheSampleInOne(t *testing.T) {
	sameTrials(t, filepath.Join(inspectLogs, "approval.eval"), filepath.Join(inspectLogs, "chunked.eval"))
}

// repacked writes the entries of a log anew, those for which keep is true.
func repacked(t *testing.T, path string, keep func(name string) bool) string {
	t.Helper()
	l := open(t, path)
	out := filepath.Join(t.TempDir(), "x.eval")
	w, err := Create(out, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	w.closed = true // entries are put by hand
	entries, err := readDirectory(l.f, l.size)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !keep(e.name) {
			continue
		}
		if err := l.load(e, func(data []byte) error { _, err := w.put(e.name, data); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.archive.writeDirectory(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestASampleOfWhichAPartIsMissing(t *testing.T) {
	last := ""
	for part := range open(t, filepath.Join(inspectLogs, "chunked.eval")).samples[0].parts {
		if strings.HasPrefix(part, "events/") && len(part) >= len(last) && part > last && !strings.Contains(part, "s.json") {
			last = part
		}
	}
	for _, missing := range []string{"/sample.json", "/events/3.json", "/" + last, "/messages/0.json"} {
		path := repacked(t, filepath.Join(inspectLogs, "chunked.eval"), func(name string) bool { return !strings.HasSuffix(name, missing) })
		l := open(t, path)
		if l.Len() != 1 {
			t.Fatal(missing, l.Len())
		}
		if r, err := l.Sample(1); err == nil {
			t.Errorf("without %s: %s", missing, describe(r))
		}
	}
}

// The number of a trial follows from where its sample was begun, and what is missing leaves a gap.
func TestNumbersOfForeignTrials(t *testing.T) {
	path := repacked(t, filepath.Join(inspectLogs, "submits.eval"), func(name string) bool {
		return name != "samples/2_epoch_1.json" && name != "samples/6_epoch_1.json"
	})
	if got := open(t, path).Numbers(); !slices.Equal(got, []int{1, 3, 4, 5}) {
		t.Error(got)
	}
	for _, c := range []struct {
		names, ids []string
		want       []int
	}{
		{[]string{"b_epoch_2", "a_epoch_2", "b_epoch_1"}, []string{`"b"`, `"a"`}, []int{3, 4, 1}},
		{[]string{"10_epoch_1", "9_epoch_1"}, []string{"9", "10"}, []int{2, 1}},
		{[]string{"10_epoch_1", "9_epoch_1", "9_epoch_2"}, nil, []int{2, 1, 3}},
		{[]string{"x_epoch_4", "x_epoch_2"}, nil, []int{4, 2}},
		{[]string{"b_epoch_1", "a_epoch_1"}, []string{`"b"`, `"c"`}, []int{2, 1}},
		{[]string{"b_epoch_1", "a_epoch_1"}, []string{`"b"`, `"a"`, `"a"`}, []int{2, 1}},
	} {
		l := &Log{}
		for _, id := range c.ids {
			l.head.Eval.Dataset.SampleIDs = append(l.head.Eval.Dataset.SampleIDs, []byte(id))
		}
		want := map[string]int{}
		for i, name := range c.names {
			l.samples = append(l.samples, sampleEntry{name: "samples/" + name + ".json"})
			want["samples/"+name+".json"] = c.want[i]
		}
		l.number()
		for _, s := range l.samples {
			if want[s.name] != s.number {
				t.Errorf("%v of %v: %s has number %d, want %d", c.names, c.ids, s.name, s.number, want[s.name])
			}
		}
	}
}

func TestALogOfInspectIsNotMended(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(inspectLogs, "crashed.eval"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.eval")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(path); err == nil || !strings.Contains(err.Error(), "inspect log recover") {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(data) {
		t.Error("the file was changed", err)
	}
	whole := filepath.Join(inspectLogs, "tools.eval")
	if rep, err := Recover(whole); err != nil || rep.Mended || rep.Samples != 3 {
		t.Error(rep, err)
	}
}

func TestWhatIsNoJSONLog(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(inspectLogs, "2026-01-02T03-04-05_json.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"half": string(whole[:len(whole)/2]), "other": `{"a":1}`, "more": string(whole) + "{}", "empty": "{}", "list": "[]", "samples": `{"samples":[1]}`,
	} {
		path := filepath.Join(t.TempDir(), name+".json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if l, err := Open(path); err == nil {
			t.Errorf("%s opened: %d samples", name, l.Len())
			_ = l.Close()
		}
	}
}

func TestALogPackedAsItOnceWasIsTheSame(t *testing.T) {
	sameTrials(t, filepath.Join(inspectLogs, "spans.eval"), filepath.Join(inspectLogs, "deflate.eval"))
}
