//go:build unix

package ginkgokit_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2/types"
)

// The traps of Ginkgo that evalkit knows of, found by running suites with the
// ginkgo command. testdata/suite is compiled once; labels choose what runs.

var workshop string // a folder for what the tests build

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "kit")
	if err != nil {
		panic(err)
	}
	workshop = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// built compiles the suite and finds the ginkgo command.
var built = sync.OnceValues(func() (string, error) {
	suite := filepath.Join(workshop, "suite.test")
	if out, err := exec.Command("go", "test", "-c", "-o", suite, "./testdata/suite").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	out, err := exec.Command("go", "tool", "-n", "ginkgo").Output()
	return strings.TrimSpace(string(out)), err
})

// outcome of one run of the ginkgo command.
type outcome struct {
	code   int
	output string
	report types.Report // of the last suite
}

type run struct {
	env    []string
	args   []string
	suites []string // default: the suite
}

// ginkgo runs the suite with flags. A run that hangs fails the test.
func (r run) ginkgo(t *testing.T) outcome {
	t.Helper()
	command, err := built()
	if err != nil {
		t.Fatal(err)
	}
	if r.suites == nil {
		r.suites = []string{filepath.Join(workshop, "suite.test")}
	}
	dir := t.TempDir()
	args := append([]string{"run", "--no-color", "--output-dir=" + dir, "--json-report=report.json"}, r.args...)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, append(args, r.suites...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Env = append(environ(), append([]string{"EVALKIT_LOG_DIR=" + filepath.Join(dir, "logs")}, r.env...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("ginkgo %v hangs; it said\n%s", r.args, out)
	case err != nil && !errors.As(err, &exit):
		t.Fatal(err)
	}
	o := outcome{code: cmd.ProcessState.ExitCode(), output: string(out)}
	if text, err := os.ReadFile(filepath.Join(dir, "report.json")); err == nil {
		var reports []types.Report
		if err := json.Unmarshal(text, &reports); err != nil {
			t.Fatal(err)
		}
		if len(reports) > 0 {
			o.report = reports[len(reports)-1]
		}
	}
	return o
}

// environ is this process's environment without what would change the runs.
func environ() []string {
	var kept []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case strings.HasPrefix(name, "EVALKIT_"), strings.HasPrefix(name, "GINKGO_"), strings.HasPrefix(name, "OPENAI_"),
			strings.HasPrefix(name, "KIT_"), name == "GITHUB_ACTIONS", name == "NO_COLOR":
			continue
		}
		kept = append(kept, entry)
	}
	return kept
}

// want checks the run's exit and that its output holds the texts.
func (o outcome) want(t *testing.T, green bool, texts ...string) {
	t.Helper()
	if (o.code == 0) != green {
		t.Errorf("exit status %d, want green %v", o.code, green)
	}
	// Ginkgo breaks lines and indents them where it likes.
	flat := strings.Join(strings.Fields(o.output), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			t.Errorf("the output lacks %q", text)
		}
	}
	if t.Failed() {
		t.Log(o.output)
	}
}

func (o outcome) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(o.output, text) {
			t.Errorf("the output holds %q:\n%s", text, o.output)
		}
	}
}
