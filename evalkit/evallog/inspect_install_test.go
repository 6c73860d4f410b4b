package evallog

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	kept := venv != ""
	if !kept {
		if venv, err = os.MkdirTemp("", "evalkit-inspect-"); err == nil {
			err = removeAtEnd(python, venv)
		}
	} else if venv, err = filepath.Abs(venv); err == nil {
		if _, missing := os.Stat(filepath.Join(venv, "ready")); missing == nil {
			return venvPython(venv), nil
		}
	}
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	begun := time.Now()
	if out, err := exec.CommandContext(ctx, python, "-m", "venv", "--clear", venv).CombinedOutput(); err != nil {
		return "", fmt.Errorf("no virtual environment: %w\n%s", err, out)
	}
	pip := exec.CommandContext(ctx, venvPython(venv), "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check",
		"inspect-ai", "pandas", "pyarrow", "jsonschema")
	if out, err := pip.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pip does not install Inspect: %w\n%s", err, out)
	}
	fmt.Printf("Inspect was installed in %v\n", time.Since(begun).Round(time.Second))
	return venvPython(venv), os.WriteFile(filepath.Join(venv, "ready"), nil, 0o644)
})

func venvPython(venv string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", "python.exe")
	}
	return filepath.Join(venv, "bin", "python")
}

// throwAway removes what removeAtEnd was given, and waits until it is gone.
var throwAway = func() {}

// removeAtEnd starts a process of its own session that removes the folder when this process ends, even killed: then its
// standard input ends.
func removeAtEnd(python, folder string) error {
	const script = `
import os, shutil, signal, sys
if hasattr(os, "setsid"):
    os.setsid()
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.buffer.read()
shutil.rmtree(sys.argv[1], ignore_errors=True)
`
	cmd := exec.Command(python, "-c", script, folder)
	in, err := cmd.StdinPipe()
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
	return nil
}
