package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/evalkit-go/evalkit/evalkit"
)

// own is a scenario of a module that the program was not built with: what a package exports.
type own struct{ pkg, name string }

// ownScenario reads "./path/to/package.Name" and "import/path.Name".
func ownScenario(text string) (own, bool) {
	slash := strings.LastIndexAny(text, `/\`)
	dot := strings.LastIndexByte(text, '.')
	if dot <= slash || !token.IsExported(text[dot+1:]) || !token.IsIdentifier(text[dot+1:]) {
		return own{}, false
	}
	pkg := text[:dot]
	if pkg == "" {
		pkg = "."
	}
	return own{filepath.ToSlash(pkg), text[dot+1:]}, true
}

func (o own) String() string { return o.pkg + "." + o.name }

// replay builds a program of the scenario's package and the replay, and runs it. Its source lies in a temporary folder
// and takes a place in the module for the build alone, so that nothing is written there.
func (o own) replay(ctx context.Context, c *console, command evalkit.ReplayCommand) error {
	found, err := o.find(ctx)
	if err != nil {
		return fmt.Errorf("replay: the scenario %s: %w", o, err)
	}
	dir, err := os.MkdirTemp("", "evalkit-replay-")
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program, err := o.build(ctx, dir, found)
	if err != nil {
		return fmt.Errorf("replay: the scenario %s: %w", o, err)
	}
	return runProgram(ctx, c, program, command)
}

//go:embed replay_main.go.tmpl
var mainText string

var mainTemplate = template.Must(template.New("main").Parse(mainText))

// build makes the program, and gives its path.
func (o own) build(ctx context.Context, dir string, found goPackage) (string, error) {
	var source bytes.Buffer
	if err := mainTemplate.Execute(&source, map[string]string{"Package": found.ImportPath, "Name": o.name}); err != nil {
		return "", err
	}
	home := found.home()
	place := filepath.Join(home, filepath.Base(dir)) // a name that is not taken
	written := filepath.Join(dir, "main.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(place, "main.go"): written}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(written, source.Bytes(), 0o600), os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600)); err != nil {
		return "", err
	}
	program := filepath.Join(dir, "replay.exe") // Windows asks for the ending, nobody else minds it
	build := exec.CommandContext(ctx, "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "./"+filepath.Base(place))
	build.Dir = home
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the go command could not build it: %w\n%s%s", err, said, found.hint(o.name))
	}
	return program, nil
}

// runProgram runs it with the console's output, and gives its exit code's meaning.
func runProgram(ctx context.Context, c *console, program string, command evalkit.ReplayCommand) error {
	arguments, err := json.Marshal(command)
	if err != nil {
		return err
	}
	run := exec.CommandContext(ctx, program, string(arguments))
	run.Stdout, run.Stderr = c.out, c.err
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = time.Minute
	err = run.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == exitFinding:
		return errFinding
	case errors.As(err, &exit) && exit.ExitCode() == exitError:
		return errSaid
	case err != nil:
		return fmt.Errorf("replay: %s: %w", path.Base(filepath.ToSlash(program)), err)
	}
	return nil
}
