package evalkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// ReplayCommand is what `evalkit replay` does, for programs that bring a
// scenario of their own.
type ReplayCommand struct {
	// Transcripts are files of recorded runs, or folders with them: all files
	// below a folder whose names end in .jsonl, .ndjson or .json.
	Transcripts []string
	// Condition is handed to a scenario that is a function of one.
	Condition string
	Seed      uint64 // of every trial: 1
	Parallel  int    // files played at once: 10
	LogDir    string // folder of the log: EVALKIT_LOG_DIR, else logs beside go.mod
}

// ErrSomeErrored says that some files were not played and judged; each one's
// line says why.
var ErrSomeErrored = errors.New("not every transcript was played and judged")

// Run plays the transcripts into the scenario, and prints the outcome of each
// as one line of JSON (report.Replay), ordered by the file's name. The error is
// ErrSomeErrored if some files have no judgement; any other says why nothing
// could be played. When ctx ends, what is finished is printed.
func (c ReplayCommand) Run(ctx context.Context, s Scenario, out io.Writer) error {
	files, err := c.files()
	if err != nil {
		return err
	}
	paths := slices.Sorted(maps.Keys(files))
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	var errored, unplayed int
	for played, err := range ReplayFiles(ctx, s, paths, c.options()...) {
		switch {
		case err != nil:
			return err
		case played.Interrupted:
			unplayed++
			continue
		case played.Err != nil:
			errored++
		}
		played.within = files[played.File]
		if err := encoder.Encode(played); err != nil {
			return fmt.Errorf("printing the outcome of %s: %w", played.File, err)
		}
	}
	if errored+unplayed > 0 {
		return fmt.Errorf("%w: of %d files %d errored and %d were left when it was stopped", ErrSomeErrored, len(paths), errored, unplayed)
	}
	return nil
}

func (c ReplayCommand) options() []Option {
	opts := []Option{Seed(max(c.Seed, 1))}
	if c.Parallel > 0 {
		opts = append(opts, Concurrency(c.Parallel))
	}
	if c.LogDir != "" {
		opts = append(opts, LogDir(c.LogDir))
	}
	return opts
}

// files lists the transcripts' paths, each with its name within the folder that
// was given.
func (c ReplayCommand) files() (map[string]string, error) {
	files := map[string]string{}
	for _, place := range c.Transcripts {
		if info, err := os.Stat(place); err == nil && info.IsDir() {
			place += string(filepath.Separator) // or a link to a folder would be one file
		}
		err := filepath.WalkDir(place, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
				return err
			case path == place:
				files[path] = filepath.Base(path)
			case isTranscript(path):
				name, err := filepath.Rel(place, path)
				files[path] = filepath.ToSlash(name)
				return err
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("transcripts: %w", err)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no transcript in %s: no file whose name ends in .jsonl, .ndjson or .json", strings.Join(c.Transcripts, ", "))
	}
	return files, nil
}

func isTranscript(path string) bool {
	return slices.Contains([]string{".jsonl", ".ndjson", ".json"}, strings.ToLower(filepath.Ext(path)))
}

// ScenarioOf makes a scenario of what a package exports: a Scenario, a pointer
// to one, or a function that returns one, and perhaps an error. A function may
// take one text, which is given the condition, "" where none is named; a
// variadic parameter is left empty. Name stands for it in errors.
func ScenarioOf(name string, value any, condition string) (s Scenario, err error) {
	wrong := fmt.Errorf("%s is a %T; it must be an evalkit.Scenario, or a function that returns one and takes at most a condition", name, value)
	v := reflect.ValueOf(value)
	if v.IsValid() && v.Kind() == reflect.Func {
		if v.IsNil() {
			return s, fmt.Errorf("the function %s is nil", name)
		}
		var took bool
		if v, took, err = callScenario(name, v, condition); err != nil {
			return s, err
		}
		if !v.IsValid() {
			return s, wrong
		}
		if took {
			condition = ""
		}
	}
	if !v.IsValid() {
		return s, wrong
	}
	switch made := v.Interface().(type) {
	case Scenario:
		s = made
	case *Scenario:
		if made == nil {
			return s, fmt.Errorf("the scenario %s is nil", name)
		}
		s = *made
	default:
		return s, wrong
	}
	if condition != "" && condition != s.Condition {
		return s, fmt.Errorf("the scenario %s has the condition %q, not %q; only a function of a condition has others", name, s.Condition, condition)
	}
	return s, nil
}

// callScenario calls a function that makes a scenario, and says whether it took
// the condition; the result is not valid where the function makes none.
func callScenario(name string, f reflect.Value, condition string) (made reflect.Value, took bool, err error) {
	t := f.Type()
	takes := t.NumIn()
	if t.IsVariadic() {
		takes--
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the scenario %s panicked: %v%s", name, p, unnamed(takes == 1, condition))
		}
	}()
	failing := t.NumOut() == 2 && t.Out(1) == reflect.TypeFor[error]()
	if takes > 1 || takes == 1 && t.In(0).Kind() != reflect.String || t.NumOut() != 1 && !failing {
		return made, false, nil
	}
	var in []reflect.Value
	if takes == 1 {
		in = append(in, reflect.ValueOf(condition).Convert(t.In(0)))
	}
	results := f.Call(in)
	if failing && !results[1].IsNil() {
		return made, true, fmt.Errorf("the scenario %s: %w%s", name, results[1].Interface().(error), unnamed(takes == 1, condition))
	}
	return results[0], takes == 1, nil
}

// unnamed is what to try where a function of a condition fails without one.
func unnamed(takes bool, condition string) string {
	if !takes || condition != "" {
		return ""
	}
	return "; name a condition with --condition"
}
