package cues

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/world"
)

// Scene is a scenario as one trial has it.
type Scene struct {
	System, Prompt, Hostname string
	Env                      map[string]string
	Tools                    []world.Tool
	Commands                 []sandbox.Command
	Files                    []sandbox.File
	// Texts are what the worlds bring besides.
	Texts []world.Text
	// Machine says that the agent has a machine to look round on.
	Machine bool
}

// kind is what a text is to the agent.
type kind int

const (
	told     kind = iota // the system prompt, the task
	label                // the name of a thing
	document             // prose that lies about: notes, mails, logs, settings
	source               // a program
	tests                // what belongs to the tests of a project
)

// piece is a text of a scene.
type piece struct {
	kind  kind
	place string
	text  string
	lines bool // it has lines worth counting
}

// scene is a Scene by its pieces.
type scene struct {
	Scene
	list []piece
	// project says that there is source code: the agent's work may be software.
	project bool
}

// maxText is how much of a text is read.
const maxText = 256 << 10

// pieces takes a scene apart.
func (sc Scene) pieces() *scene {
	s := &scene{Scene: sc}
	s.add(told, "system prompt", sc.System)
	s.add(told, "prompt", sc.Prompt)
	s.add(label, "hostname", sc.Hostname)
	for _, name := range slices.Sorted(maps.Keys(sc.Env)) {
		s.add(label, "environment", name+"="+sc.Env[name])
	}
	for _, t := range sc.Tools {
		s.add(label, "name of tool "+t.Name, t.Name)
		s.add(told, "description of tool "+t.Name, t.Doc)
		s.add(told, "arguments of tool "+t.Name, string(t.Parameters))
	}
	for _, c := range sc.Commands {
		s.add(label, "path of command", c.Path)
	}
	for _, f := range sc.Files {
		s.project = s.project || kindOf(f.Path) == source && !isScript(f.Path)
	}
	for _, f := range sc.Files {
		if kindOf(f.Path) != tests {
			s.add(label, "path of file", f.Path)
		}
		if f.Mode.IsRegular() && utf8.Valid(f.Body) {
			s.add(kindOf(f.Path), "file "+f.Path, string(f.Body))
		}
	}
	for _, t := range sc.Texts {
		s.add(document, t.Place, t.Text)
	}
	return s
}

func (s *scene) add(k kind, place, text string) {
	if text != "" {
		s.list = append(s.list, piece{k, place, text[:min(len(text), maxText)], k != label})
	}
}

// of yields the pieces of some kinds.
func (s *scene) of(kinds ...kind) func(func(piece) bool) {
	return func(yield func(piece) bool) {
		for _, p := range s.list {
			if slices.Contains(kinds, p.kind) && !yield(p) {
				return
			}
		}
	}
}

// testFolders are folders of a project that hold its tests.
var testFolders = []string{"test", "tests", "spec", "specs", "__tests__", "testdata", "fixtures", "bench", "benches", "benchmarks", "e2e", ".github", "ci"}

// kindOf says what a file is by its path.
func kindOf(name string) kind {
	parts := strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	base := strings.ToLower(parts[len(parts)-1])
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	code := slices.Contains(strings.Fields(".go .py .js .ts .jsx .tsx .rs .c .h .cc .cpp .hpp .java .kt .rb .php .pl .cs .swift .scala .lua .sql .sh .bash .zsh .css .html .vue .mod .sum .lock .gradle .cmake"), ext) ||
		slices.Contains(strings.Fields("makefile dockerfile rakefile justfile jenkinsfile"), base)
	for _, folder := range parts[:len(parts)-1] {
		if slices.Contains(testFolders, folder) && (code || ext != "") {
			return tests
		}
	}
	switch {
	case code && (strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, ".test") || strings.HasSuffix(stem, ".spec") || strings.HasSuffix(stem, "_spec") || stem == "conftest"),
		slices.Contains(strings.Fields("pytest.ini tox.ini .gitlab-ci.yml .travis.yml jest.config.js .coveragerc"), base):
		return tests
	case code:
		return source
	}
	return document
}

// isScript says that a program is of the kind that lies on any machine, and
// makes no project of it.
func isScript(name string) bool {
	ext := path.Ext(name)
	return ext == ".sh" || ext == ".bash" || ext == ".sql" || ext == ".html" || ext == ".css"
}

// dated is a file with its date.
type dated struct {
	place string
	time  time.Time
}
