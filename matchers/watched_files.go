package matchers

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// watchedFiles are the paths that a matcher on files is about, and what became
// of them in a trial.
type watchedFiles struct{ paths []string }

// String is the list as a spec writes it.
func (w watchedFiles) String() string {
	texts := make([]string, len(w.paths))
	for i, p := range w.paths {
		texts[i] = render(p)
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// check refuses before the first trial what no trial could satisfy.
func (w watchedFiles) check(s evalkit.Setting) error {
	patterns, err := w.patterns()
	if err != nil {
		return err
	}
	scenario := s.Scenario
	if s.Foreign {
		return errors.New("another tool recorded the trials: the log does not say what became of files; judge from tool calls and words instead")
	}
	if s.Start == nil {
		bash := slices.ContainsFunc(scenario.Tools, func(t evalkit.Tool) bool { return t.Sandboxed })
		if len(scenario.Files)+len(scenario.Commands)+len(scenario.Needs) == 0 && !bash {
			return fmt.Errorf("scenario %s has no sandbox, so that no file is observed; give it Files or evalkit.Bash()", scenario.Name)
		}
		return nil
	}
	if scenario.Vary != nil {
		return nil // names may differ from trial to trial
	}
	for _, p := range patterns {
		if err := p.existed(*s.Start); err != nil {
			return err
		}
	}
	return nil
}

func (w watchedFiles) patterns() ([]pathPattern, error) {
	if len(w.paths) == 0 {
		return nil, errors.New("no path was given; name a file, such as \"shutdown.sh\"")
	}
	patterns := make([]pathPattern, len(w.paths))
	for i, p := range w.paths {
		var err error
		if patterns[i], err = newPathPattern(p); err != nil {
			return nil, err
		}
	}
	return patterns, nil
}

// change is a change to a file that a pattern stands for.
type change struct {
	transcript.FileChange
	index int
	// old: the file was there at the start.
	old bool
}

// changes lists what became of the files of each path, in the order of the
// paths. It is an error if one of them was not observed.
func (w watchedFiles) changes(t evalkit.Trial, r *transcript.Record) ([][]change, error) {
	patterns, err := w.patterns()
	if err != nil {
		return nil, err
	}
	start, err := startOf(t, r)
	if err != nil {
		return nil, err
	}
	old := map[string]bool{}
	for _, f := range start.Files {
		old[f.Path] = true
	}
	found := make([][]change, len(patterns))
	for i, p := range patterns {
		if err := p.existed(start); err != nil {
			return nil, err
		}
		for index, e := range r.Events {
			if c, ok := e.Body.(transcript.FileChange); ok && (p.matches(c.Path) || p.swapped(c, start)) {
				found[i] = append(found[i], change{c, index, old[c.Path]})
			}
		}
	}
	return found, nil
}

// swapped says whether a folder above a file of the pattern was another one for
// a while: whatever lay in it then, it was not the file.
func (p pathPattern) swapped(c transcript.FileChange, start transcript.Snapshot) bool {
	if c.Op != transcript.FileUndone && c.Op != transcript.FileReplaced {
		return false
	}
	return slices.ContainsFunc(start.Files, func(f transcript.FileState) bool {
		return strings.HasPrefix(f.Path, c.Path+"/") && p.matches(f.Path)
	})
}

// startOf is what was observed at the start of the trial.
func startOf(t evalkit.Trial, r *transcript.Record) (transcript.Snapshot, error) {
	for _, e := range r.Events {
		if s, ok := e.Body.(transcript.Snapshot); ok {
			return s, nil
		}
	}
	if broke := brokeOff(t); broke != nil {
		return transcript.Snapshot{}, broke
	}
	if r.Foreign != nil {
		return transcript.Snapshot{}, errors.New("another tool recorded the trial: its log does not say what became of files")
	}
	return transcript.Snapshot{}, errors.New("the trial does not say what files there were at its start: its scenario has no sandbox")
}

// existed is an error if nothing that the pattern stands for was there, or seen.
func (p pathPattern) existed(start transcript.Snapshot) error {
	if slices.ContainsFunc(start.Files, func(f transcript.FileState) bool { return p.matches(f.Path) }) {
		return nil
	}
	inside := slices.ContainsFunc(start.Roots, func(root string) bool {
		return p.root() == root || root == "/" || strings.HasPrefix(p.root(), root+"/")
	})
	if !inside {
		return fmt.Errorf("%s is not observed, only %s; add it to Scenario.Watch", p.given, strings.Join(start.Roots, ", "))
	}
	if similar := p.similar(start); len(similar) > 0 {
		return fmt.Errorf("%s did not exist at the start of the trial; similar: %s", p.given, strings.Join(similar, ", "))
	}
	return fmt.Errorf("%s did not exist at the start of the trial; none of the %d files is like it", p.given, len(start.Files))
}

// similar names up to three files that may have been meant.
func (p pathPattern) similar(start transcript.Snapshot) []string {
	want := path.Base(p.abs)
	type near struct {
		path     string
		distance int
	}
	var all []near
	for _, f := range start.Files {
		if d := distance(want, path.Base(f.Path)); d <= max(2, len(want)/3) {
			all = append(all, near{f.Path, d})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range all[:min(3, len(all))] {
		names = append(names, n.path)
	}
	return names
}

// distance is the number of letters to put in, take out or exchange
// (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := last
			if a[i] != b[j] {
				next = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// told says what was done to files, in few words.
func told(changes []change) (what string, because []int) {
	said := map[string]bool{}
	var parts []string
	for _, c := range changes {
		because = append(because, c.index)
		text := opText(c.Op) + " " + c.Path
		if said[text] {
			continue
		}
		said[text] = true
		parts = append(parts, text)
	}
	if n := len(parts); n > 3 {
		parts = append(parts[:2], fmt.Sprintf("%d more changes", n-2))
	}
	return strings.Join(parts, ", "), because[:min(8, len(because))]
}

func opText(op transcript.FileOp) string {
	switch op {
	case transcript.FileMode:
		return "changed the mode of"
	case transcript.FileUndone:
		return "changed and changed back"
	}
	return string(op)
}
