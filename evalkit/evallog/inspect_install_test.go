package evallog

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// inspectPython gives a python with Inspect in it, made once and kept in the user's cache. The tests that use it run with
// EVALKIT_TEST_INSPECT=1 only; they are skipped where there is no python3, no package index or no browser, and fail there
// with EVALKIT_TEST_INSPECT=require.
func inspectPython(t *testing.T) string {
	t.Helper()
	if os.Getenv("EVALKIT_TEST_INSPECT") == "" {
		t.Skip("set EVALKIT_TEST_INSPECT=1 to read the logs with Inspect itself")
	}
	if p := os.Getenv("EVALKIT_INSPECT_PYTHON"); p != "" {
		return p
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		missing(t, "there is no python3: "+err.Error())
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		missing(t, "there is no cache folder: "+err.Error())
	}
	venv := filepath.Join(cache, "evalkit-test", "inspect")
	bin := filepath.Join(venv, "bin", "python")
	ready := filepath.Join(venv, "ready")
	if _, err := os.Stat(ready); err == nil {
		return bin
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, python, "-m", "venv", "--clear", venv).CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("no virtual environment: %v\n%s", err, out))
	}
	out, err := exec.CommandContext(ctx, bin, "-m", "pip", "install", "-q", "inspect-ai", "pandas", "pyarrow", "jsonschema").CombinedOutput()
	if err != nil {
		missing(t, fmt.Sprintf("Inspect cannot be installed: %v\n%s", err, out))
	}
	if err := os.WriteFile(ready, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return bin
}
