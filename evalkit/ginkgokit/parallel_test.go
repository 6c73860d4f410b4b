//go:build unix

package ginkgokit_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/report"
	"github.com/evalkit-go/evalkit/evalkit/scripted"
)

// assertions are the entries of a run by spec, without what differs from run to
// run.
func assertions(t *testing.T, o outcome) map[string]report.Assertion {
	t.Helper()
	found := map[string]report.Assertion{}
	for _, spec := range o.report.SpecReports {
		for _, entry := range spec.ReportEntries {
			var a report.Assertion
			if err := json.Unmarshal([]byte(entry.Value.AsJSON), &a); err != nil {
				t.Fatal(err)
			}
			a.Log = ""
			if strings.Contains(a.Spec, "at once") { // which trials are pending at a verdict follows from time
				a = report.Assertion{Verdict: a.Verdict}
			}
			found[spec.FullText()] = a
		}
	}
	return found
}

// table is the part of the summary that holds verdicts, without the rows whose
// figures follow from time.
func table(t *testing.T, o outcome) string {
	t.Helper()
	var lines []string
	within, judged := false, true
	for line := range strings.Lines(o.output) {
		line = strings.Join(strings.Fields(line), " ")
		within = within || strings.HasPrefix(line, "verdict good interval")
		if strings.HasSuffix(line, ".AtLeast(0.9)") {
			judged = !strings.Contains(line, "at once")
		}
		if within && judged && !strings.HasPrefix(line, "in all") {
			lines = append(lines, line)
		}
		if within && strings.HasPrefix(line, "evalkit:") {
			return strings.Join(lines, "\n")
		}
	}
	t.Fatalf("no summary in\n%s", o.output)
	return ""
}

func TestVerdictsUnderPAreThoseInSeries(t *testing.T) {
	series := run{args: []string{"--procs=1", "--label-filter=verdicts"}}.ginkgo(t)
	// A plain test of the same package draws trials before the suite starts.
	parallel := run{args: []string{"--procs=3", "--label-filter=verdicts"}, env: []string{"KIT_PLAIN=1"}}.ginkgo(t)
	want, got := assertions(t, series), assertions(t, parallel)
	if len(want) != 18 {
		t.Fatalf("%d assertions in series, want 18\n%s", len(want), series.output)
	}
	for spec, w := range want {
		if g := got[spec]; g != w {
			t.Errorf("%s\nin series %+v\nunder -p  %+v", spec, w, g)
		}
	}
	if len(got) != len(want) {
		t.Errorf("under -p there are %v", slices.Sorted(maps.Keys(got)))
	}
	if w, g := table(t, series), table(t, parallel); w != g {
		t.Errorf("summary in series\n%s\nunder -p\n%s", w, g)
	}
	if series.code != parallel.code {
		t.Errorf("exit %d in series, %d under -p", series.code, parallel.code)
	}
	processes := map[int]bool{}
	for _, spec := range parallel.report.SpecReports {
		if len(spec.ReportEntries) > 0 {
			processes[spec.ParallelProcess] = true
		}
	}
	if len(processes) < 2 {
		t.Errorf("under -p all was judged in process %v: nothing was compared", processes)
	}
}

// endpoint is a model at an address that all processes of a run know.
type endpoint struct {
	url              string
	calls, now, most atomic.Int64
}

func serve(t *testing.T, takes time.Duration) *endpoint {
	t.Helper()
	e := &endpoint{}
	policy := scripted.Policy{Name: "kit", Doc: "Counts its calls.", Reply: func(c *scripted.Conversation) scripted.Reply {
		e.calls.Add(1)
		now := e.now.Add(1)
		defer e.now.Add(-1)
		for most := e.most.Load(); now > most && !e.most.CompareAndSwap(most, now); most = e.most.Load() {
		}
		select { // a model takes time to think
		case <-c.Context().Done():
		case <-time.After(takes):
		}
		r := scripted.Do("submit", map[string]string{"answer": "good"})
		r.Usage = &scripted.Usage{Prompt: 90, Completion: 10}
		return r
	}}
	server, err := scripted.Start(t.Context(), scripted.Config{Policies: []scripted.Policy{policy}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	e.url = server.URL() + "#kit?check=off"
	return e
}

func TestCallSlotsAreSharedUnderP(t *testing.T) {
	for slots, limit := range map[string]int64{"EVALKIT_CONCURRENCY=2": 2, "EVALKIT_CONCURRENCY=30": 30, "EVALKIT_CONCURRENCY=": 10} {
		e := serve(t, 10*time.Millisecond)
		tmp := socketFolder(t)
		o := run{args: []string{"--procs=4", "--label-filter=shared"}, env: []string{"KIT_ENDPOINT=" + e.url, slots, "TMPDIR=" + tmp}}.ginkgo(t)
		o.want(t, true, "4 Passed")
		if most := e.most.Load(); most > limit || most <= limit/3 { // 80 calls want to be made at once
			t.Errorf("%s: %d calls at once", slots, most)
		}
		if calls := e.calls.Load(); calls != 80 {
			t.Errorf("%s: %d calls, want 80", slots, calls)
		}
		if left, _ := filepath.Glob(filepath.Join(tmp, "evalkit-*", "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// socketFolder is a temporary folder with a short name.
func socketFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Each of four processes has 20 calls to make, and 10 are paid for in all.
func TestTheBudgetIsOneUnderP(t *testing.T) {
	e := serve(t, time.Millisecond)
	o := run{args: []string{"--procs=4", "--label-filter=shared"}, env: []string{"KIT_ENDPOINT=" + e.url, "EVALKIT_CONCURRENCY=2", "EVALKIT_MAX_TOKENS=1000"}}.ginkgo(t)
	o.want(t, false, "budget")
	if calls := e.calls.Load(); calls < 10 || calls > 12 { // those under way end
		t.Errorf("%d calls of 100 tokens, want the 10 of the budget and those under way", calls)
	}
}

func TestBudgetThatCannotBeReadCallsNothing(t *testing.T) {
	for _, procs := range []string{"--procs=1", "--procs=2"} {
		e := serve(t, 0)
		o := run{args: []string{procs, "--label-filter=shared"}, env: []string{"KIT_ENDPOINT=" + e.url, "EVALKIT_MAX_TOKENS=1k"}}.ginkgo(t)
		o.want(t, false, `EVALKIT_MAX_TOKENS="1k" is not a whole number above 0`, "0 Passed")
		if calls := e.calls.Load(); calls != 0 {
			t.Errorf("%s: %d calls were made", procs, calls)
		}
	}
}

// Without process 1 nobody counts, and nothing is called any more.
func TestWithoutProcess1NothingIsCalled(t *testing.T) {
	e := serve(t, 20*time.Millisecond)
	working := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for e.calls.Load() < 5 && r.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}))
	defer working.Close()
	o := run{args: []string{"--procs=3", "--label-filter=shared"}, env: []string{"KIT_ENDPOINT=" + e.url, "EVALKIT_CONCURRENCY=2", "KIT_DIE=" + working.URL, "TMPDIR=" + socketFolder(t)}}.ginkgo(t)
	o.want(t, false, "process 1 of ginkgo -p, which holds this run's call slots and budget, is gone")
	if calls := e.calls.Load(); calls > 30 {
		t.Errorf("%d calls were made, want few: nobody counted them", calls)
	}
}

func TestProcessesThatCannotShareAreRed(t *testing.T) {
	tmp := socketFolder(t)
	if err := os.Chmod(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	e := serve(t, 0)
	blocked := filepath.Join(tmp, "no folder")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := run{args: []string{"--procs=2", "--label-filter=shared"}, env: []string{"KIT_ENDPOINT=" + e.url, "TMPDIR=" + blocked}}.ginkgo(t)
	o.want(t, false, "sharing call slots and the budget under ginkgo -p", "set TMPDIR to a folder that can be written")
	if calls := e.calls.Load(); calls != 0 {
		t.Errorf("%d calls were made that nobody counted", calls)
	}
}

// Under -p progress reports are all that is live.
func TestProgressShows(t *testing.T) {
	for _, procs := range []string{"--procs=1", "--procs=2"} {
		e := serve(t, 100*time.Millisecond)
		o := run{
			args: []string{procs, "--label-filter=shared", "--focus=asked by a", "--poll-progress-after=50ms", "--poll-progress-interval=100ms"},
			env:  []string{"KIT_ENDPOINT=" + e.url, "EVALKIT_CONCURRENCY=4"},
		}.ginkgo(t)
		o.want(t, true, "Begin Additional Progress Reports", "#kit?check=off in kit/answer (a): ", " trials ended, 20 under way")
		o.lacks(t, "evalkit.(*Trials).draw") // the stack of a trial under way
	}
}
