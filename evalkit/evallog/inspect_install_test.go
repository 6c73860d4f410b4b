package evallog

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// missing skips a test for want of something, or fails it where it must not be skipped.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("EVALKIT_TEST_INSPECT") == "require" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// inspectPython gives a python with Inspect in it. The first test that asks installs it, from PyPI, into an environment
// of its own in a temporary folder, which the tests of one run share and which is removed when their process ends,
// however it ends; pip's cache makes all but the first time quick. The tests that use it run with EVALKIT_TEST_INSPECT=1
// only; they are skipped where there is no python3, no package index or no browser, and fail there with
// EVALKIT_TEST_INSPECT=require. With EVALKIT_INSPECT_VENV=FOLDER the environment is made in that folder, unless it is
// there already, and stays: for who works on these tests.
func inspectPython(t *testing.T) string {
	t.Helper()
	if os.Getenv("EVALKIT_TEST_INSPECT") == "" {
		t.Skip("set EVALKIT_TEST_INSPECT=1 to read the logs with Inspect itself")
	}
	python, err := installed()
	if err != nil {
		missing(t, err.Error())
	}
	return python
}

// installed installs Inspect once and gives the python that has it.
var installed = sync.OnceValues(func() (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("there is no python3: %w", err)
	}
	venv := os.Getenv("EVALKIT_INSPECT_VENV")
	if venv == "" {
		if venv, err = os.MkdirTemp("", "evalkit-inspect-"); err != nil {
			return "", err
		}
		return venvPython(venv), install(python, "testdata/inspect_env.py", venv)
	}
	if venv, err = filepath.Abs(venv); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(venv, "ready")); err == nil {
		return venvPython(venv), nil
	}
	return venvPython(venv), install(python, "testdata/inspect_env.py", venv, "--keep")
})

func venvPython(venv string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", "python.exe")
	}
	return filepath.Join(venv, "bin", "python")
}

// throwAway removes what install made, and returns when it is gone.
var throwAway = func() {}

// install starts a process that makes the environment, waits until it has, and leaves it there to remove it in the end.
func install(python string, args ...string) error {
	begun := time.Now()
	cmd := exec.Command(python, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	throwAway = func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
	tooLong := time.AfterFunc(8*time.Minute, func() { _ = in.Close() })
	defer tooLong.Stop()
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			fmt.Printf("Inspect was installed in %v\n", time.Since(begun).Round(time.Second))
			return nil
		}
		fmt.Fprintln(&said, lines.Text())
	}
	return fmt.Errorf("installing Inspect: not there after %v:\n%s", time.Since(begun).Round(time.Second), said.String())
}
