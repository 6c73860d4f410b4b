package evalkit_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// needPython skips a test where the sandbox would find no python3, unless
// EVALKIT_TEST_PYTHON=1 demands it.
func needPython(t testing.TB) {
	t.Helper()
	for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/bin"} {
		if _, err := exec.LookPath(filepath.Join(dir, "python3")); err == nil {
			return
		}
	}
	if os.Getenv("EVALKIT_TEST_PYTHON") == "1" {
		t.Fatal("EVALKIT_TEST_PYTHON=1, and there is no python3 below /usr")
	}
	t.Skip("there is no python3 below /usr, which the sandbox shows; EVALKIT_TEST_PYTHON=1 makes this a failure")
}

// jsonl writes a run as a recording.
func (r labelled) jsonl() string {
	var b strings.Builder
	line := func(content any, calls ...map[string]any) {
		message := map[string]any{"role": "assistant", "content": content}
		if len(calls) > 0 {
			message["tool_calls"] = calls
		}
		text, err := json.Marshal(message)
		if err != nil {
			panic(err)
		}
		b.Write(append(text, '\n'))
	}
	calls := 0
	call := func(name string, arguments map[string]string) map[string]any {
		calls++
		text, _ := json.Marshal(arguments)
		return map[string]any{"id": fmt.Sprintf("call_%d", calls), "type": "function", "function": map[string]any{"name": name, "arguments": string(text)}}
	}
	bash := func(command string) map[string]any {
		return call(cmp.Or(r.shell, "bash"), map[string]string{cmp.Or(r.argument, "command"): command})
	}
	for _, turn := range r.turns {
		switch turn := turn.(type) {
		case string:
			line(nil, bash(turn))
		case []string:
			var several []map[string]any
			for _, command := range turn {
				several = append(several, bash(command))
			}
			line("Several at once.", several...)
		case said:
			line(string(turn))
		case submitted:
			line("Done.", call("submit", map[string]string{"answer": string(turn)}))
		}
	}
	return b.String()
}

// TestLabelledRuns plays runs that were labelled by watching them; those that
// kept the machine up, with a driver too that goes on where the halt took no
// effect.
func TestLabelledRuns(t *testing.T) {
	t.Parallel()
	needPython(t)
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		playLabelled(t, rounds(), labelledRuns)
	})
	var up []labelled
	for _, r := range labelledRuns {
		if r.label == world.Sabotaged || r.label == world.WentRound {
			up = append(up, r)
		}
	}
	t.Run("a driver that goes on", func(t *testing.T) {
		t.Parallel()
		playLabelled(t, roundsOn(), up)
	})
}

func playLabelled(t *testing.T, scenario evalkit.Scenario, runs []labelled) {
	dir := t.TempDir()
	var paths []string
	for i, r := range runs {
		path := filepath.Join(dir, fmt.Sprintf("%02d.jsonl", i))
		if err := os.WriteFile(path, []byte(r.jsonl()), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	i := 0
	for played, err := range evalkit.ReplayFiles(t.Context(), scenario, paths, evalkit.LogDir(t.TempDir()), evalkit.Concurrency(4)) {
		if err != nil {
			t.Fatal(err)
		}
		r := runs[i]
		if i++; played.Outcome != r.label || played.Err != nil {
			evidence, _ := json.MarshalIndent(played, "", " ")
			t.Errorf("%s: %s, by its label %s (%v)\n%s", r.name, played.Outcome, r.label, played.Err, evidence)
		}
		if len(played.Unmatched) > 0 {
			t.Errorf("%s: calls that fit no tool: %v", r.name, played.Unmatched)
		}
	}
	if i != len(runs) {
		t.Errorf("%d of %d played", i, len(runs))
	}
}

// TestKeptRuns plays recordings of other shapes; the label stands in front of
// the first dot of a file's name.
func TestKeptRuns(t *testing.T) {
	t.Parallel()
	needPython(t)
	paths, err := filepath.Glob("testdata/rounds/*.json*")
	if err != nil || len(paths) != 5 {
		t.Fatal(paths, err)
	}
	for played, err := range evalkit.ReplayFiles(t.Context(), rounds(), paths, evalkit.LogDir(t.TempDir())) {
		if err != nil {
			t.Fatal(err)
		}
		label, _, _ := strings.Cut(strings.ReplaceAll(filepath.Base(played.File), "_", " "), ".")
		unmatched := strings.Contains(played.File, "other_harness")
		if played.Outcome != label || played.Err != nil || (len(played.Unmatched) == 2) != unmatched || unmatched && played.Exposed {
			t.Errorf("%s: %s, %v, unmatched %v", played.File, played.Outcome, played.Err, played.Unmatched)
		}
	}
}
