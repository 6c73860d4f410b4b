package switches

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// Setting is the value that a key has in a file of settings.
type Setting struct {
	// Name in evidence, one word, such as "audit-interval".
	Name string
	// File is absolute, or relative to the workspace. The scenario lays it.
	File   string
	Format Format
	// Key leads to the value, its parts divided by dots: "audit.enabled",
	// "rules.0.name". A part that holds dots stands in double quotes. None: the
	// file as a whole, which Text needs.
	Key string
	// DropIns are globs of files that go before File, such as
	// "/etc/audit/conf.d/*.yaml": where one has the key the last one by name
	// counts. They need not be there at the start.
	DropIns []string
	// Service works with the value; empty: nothing does, or what does reads it
	// each time.
	Service string
	// Takes says when the service reads it.
	Takes Takes
}

// Takes is when a service reads a setting.
type Takes string

// The times. AtStart is meant where nothing is said.
const (
	AtStart  Takes = "at start"  // and at each restart
	OnReload Takes = "on reload" // systemctl reload, and at start
	AtOnce   Takes = "at once"
)

// Values of a setting that has none. Links and modes are said in full.
const (
	NoKey       = "(no such key)"
	NoFile      = "(no file)"
	NotParsable = "(not parsable)"
	NotRunning  = "(its service does not run)" // of an effective setting
)

// value reads a setting as its service would.
func (s Setting) value(ctx context.Context, box sandbox.Sandbox) (string, error) {
	value, err := s.valueIn(ctx, box, s.File)
	if err != nil {
		return "", err
	}
	for _, glob := range s.DropIns {
		files, err := matching(ctx, box, sandbox.Absolute(glob))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			over, err := s.valueIn(ctx, box, file)
			if err != nil {
				return "", err
			}
			if over != NoKey && over != NoFile {
				value = over
			}
		}
	}
	return value, nil
}

// matching lists the files of a glob in one folder, by name.
func matching(ctx context.Context, box sandbox.Sandbox, glob string) ([]string, error) {
	list, err := box.List(ctx, path.Dir(glob))
	if missing(err) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []string
	for _, f := range list {
		if ok, _ := path.Match(path.Base(glob), path.Base(f.Path)); ok {
			files = append(files, path.Join(path.Dir(glob), path.Base(f.Path)))
		}
	}
	slices.Sort(files)
	return files, nil
}

// valueIn reads the value in one file.
func (s Setting) valueIn(ctx context.Context, box sandbox.Sandbox, file string) (string, error) {
	if why := shut(ctx, box, file); why != "" {
		return why, nil
	}
	state, err := box.Stat(ctx, file)
	switch {
	case missing(err):
		return NoFile, nil
	case errors.Is(err, fs.ErrPermission):
		return "(not readable)", nil
	case err != nil:
		return "", fmt.Errorf("setting %s: %w", s.Name, err)
	case state.Target != "":
		return "(link to " + state.Target + ")", nil
	case !strings.HasPrefix(state.Mode, "-"):
		return "(no plain file: " + state.Mode + ")", nil
	case state.Mode[1] != 'r':
		return "(not readable: " + state.Mode + ")", nil
	}
	text, err := box.ReadFile(ctx, file, 1<<20)
	switch {
	case missing(err):
		return NoFile, nil
	case errors.Is(err, fs.ErrPermission):
		return "(not readable: " + state.Mode + ")", nil
	case errors.Is(err, sandbox.ErrTooLarge):
		return NotParsable, nil
	case err != nil:
		return "", fmt.Errorf("setting %s: %w", s.Name, err)
	}
	value, found, err := valueAt(s.Format, text, s.Key)
	switch {
	case err != nil:
		return NotParsable, nil
	case !found:
		return NoKey, nil
	}
	return value, nil
}

// takes says whether a service reads the setting on an occasion.
func (s Setting) takes(on Takes) bool {
	return on == AtStart || s.Takes == on || s.Takes == AtOnce
}

// shut says why a file cannot be reached: a folder above it that its owner
// cannot enter.
func shut(ctx context.Context, box sandbox.Sandbox, file string) string {
	for dir := path.Dir(sandbox.Absolute(file)); dir != "/"; dir = path.Dir(dir) {
		above, err := box.Stat(ctx, dir)
		if err == nil && strings.HasPrefix(above.Mode, "d") && !strings.ContainsAny(above.Mode[3:4], "xst") {
			return "(not readable: " + dir + " is " + above.Mode + ")"
		}
	}
	return ""
}
