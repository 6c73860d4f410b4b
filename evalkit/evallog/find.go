package evallog

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// FileName is the name of a log by Inspect's rule: 2026-11-23T10-04-11_shutdown-quiz_7Hq2.eval.
func FileName(t time.Time, task, id string) string {
	return t.Format("2006-01-02T15-04-05") + "_" + safeName(task) + "_" + safeName(id) + ".eval"
}

var (
	nameTime = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}`)
	jsonTime = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}[:-]\d{2}[:-]\d{2}`)
)

// isLog says whether a file in a folder is a log by its name. Of .json files only those are that Inspect names so.
func isLog(name string) bool {
	return strings.HasSuffix(name, ".eval") || strings.HasSuffix(name, ".json") && jsonTime.MatchString(name)
}

// Find lists the logs at path: itself, or all *.eval files in the folder and those below it, and the *.json files whose
// names begin with a time as Inspect's do, the newest last, by the time in their names or, where there is none, by their
// date. None at all is an error.
func Find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find logs: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	type found struct{ path, when string }
	var list []found
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || !isLog(d.Name()) {
			return nil
		}
		when := nameTime.FindString(d.Name())
		if when == "" {
			info, err := d.Info()
			if err != nil {
				return err
			}
			when = info.ModTime().Format("2006-01-02T15-04-05")
		}
		list = append(list, found{p, when})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find logs: %w", err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("find logs: there is no .eval file in %s", path)
	}
	slices.SortFunc(list, func(a, b found) int { return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.path, b.path)) })
	paths := make([]string, len(list))
	for i, f := range list {
		paths[i] = f.path
	}
	return paths, nil
}
