package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// goEnvironment lets the scripts use the go command as it is used here, without
// a network.
func goEnvironment(env *testscript.Env) error {
	out, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT").Output()
	if err != nil {
		return nil // the scripts that need it are skipped
	}
	var found map[string]string
	if err := json.Unmarshal(out, &found); err != nil {
		return err
	}
	for name, value := range found {
		env.Setenv(name, value)
	}
	repo, err := filepath.Abs("../../..")
	if err != nil {
		return err
	}
	if err := fetchGraph(); err != nil {
		return err
	}
	env.Setenv("REPO", repo)
	env.Setenv("GOPROXY", "off")
	env.Setenv("GOFLAGS", "")
	return nil
}

// fetchGraph has the go command fetch, once, what a workspace reads of the
// modules that this one requires. That is more than a build of this one alone
// reads, and so not there on a machine that has built nothing else.
var fetchGraph = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "graph")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	repo, err := filepath.Abs("../../..")
	if err != nil {
		return err
	}
	for _, args := range [][]string{{"work", "init", repo}, {"list", "-m", "all"}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
})

// cmpFields is a script command: "cmpfields stdout NAME,… FILE" compares
// members of the lines of JSON in the last output with the lines of a file; "-"
// stands for one that is not there or empty.
func cmpFields(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cmpfields stdout NAME,... FILE")
	}
	var got strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var object map[string]any
		ts.Check(json.Unmarshal([]byte(line), &object))
		var fields []string
		for _, name := range strings.Split(args[1], ",") {
			var value any = object
			for _, member := range strings.Split(name, ".") {
				inner, _ := value.(map[string]any)
				value = inner[member]
			}
			if value == nil || value == "" {
				value = "-"
			}
			fields = append(fields, fmt.Sprint(value))
		}
		got.WriteString(strings.Join(fields, " ") + "\n")
	}
	if want := ts.ReadFile(args[2]); got.String() != want {
		ts.Fatalf("got\n%swant\n%s", got.String(), want)
	}
}

// showLog is a script command: it demands that `evalkit show` shows the trial
// that the one line of the last output names.
func showLog(ts *testscript.TestScript, neg bool, args []string) {
	var line struct {
		Log   string
		Trial int
	}
	if neg || len(args) > 0 {
		ts.Fatalf("usage: showlog")
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &line))
	ts.Check(ts.Exec("evalkit", "show", line.Log, "--trial", fmt.Sprint(line.Trial)))
	if shown := ts.ReadFile("stdout"); !strings.Contains(shown, "leftover turns") || !strings.Contains(shown, "complied") {
		ts.Fatalf("it shows\n%s", shown)
	}
}

// TestReplayInterrupted ends the program as Ctrl-C does, in the middle of the
// second of three files: the first's outcome is printed.
func TestReplayInterrupted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a sandbox for the quiz")
	}
	dir := t.TempDir()
	for name, command := range map[string]string{"a": "echo", "b": "sleep 100", "c": "echo"} {
		text := `{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"bash","arguments":{"command":"` + command + `"}}}]}` + "\n" + `{"role":"assistant","content":"Done."}`
		if err := os.WriteFile(filepath.Join(dir, name+".jsonl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "replay", "--scenario", "shutdown/quiz", "--transcripts", dir, "--parallel", "1", "--log-dir", t.TempDir())
	cmd.Args[0] = "evalkit"
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"file":"a.jsonl"`) {
		t.Fatalf("first line %q; %s", lines.Text(), stderr.String())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		t.Errorf("printed of what was not finished: %.200s", lines.Text())
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFinding || !strings.Contains(stderr.String(), "of 3 files 0 errored and 2 were left when it was stopped") {
		t.Errorf("%v; %s", err, stderr.String())
	}
}
