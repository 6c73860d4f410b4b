package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/evallog"
)

// openLog opens a log for reading, or says what is wrong with the path and what to do.
func openLog(path string) (*evallog.Log, error) {
	log, err := evallog.Open(path)
	switch {
	case err == nil:
		return log, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no log %s; `go tool evalkit logs list` shows which there are", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the log %s may not be read: %w", path, err)
	}
	return nil, fmt.Errorf("%w; if its writer was killed or its bytes were damaged, `go tool evalkit logs recover %s` keeps what is whole", err, path)
}

// findLogs lists the logs at a path, which is a log or a folder.
func findLogs(path string) ([]string, error) {
	paths, err := evallog.Find(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no log and no folder %s; EVALKIT_LOG_DIR says where runs write, else the folder logs beside go.mod", path)
	}
	return paths, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// defaultFolder is where runs write their logs: EVALKIT_LOG_DIR, else the folder logs beside the go.mod above the
// working directory.
func defaultFolder() string {
	if dir := os.Getenv("EVALKIT_LOG_DIR"); dir != "" {
		return dir
	}
	wd, err := os.Getwd()
	if err != nil {
		return "logs"
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			if rel, err := filepath.Rel(wd, filepath.Join(dir, "logs")); err == nil {
				return rel
			}
			return filepath.Join(dir, "logs")
		}
		if dir == filepath.Dir(dir) {
			return "logs"
		}
	}
}

// numbersText writes numbers in ascending order as "1–5, 7".
func numbersText(numbers []int) string {
	if len(numbers) == 0 {
		return "none"
	}
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			parts = append(parts, fmt.Sprint(numbers[i]))
		case 1:
			parts = append(parts, fmt.Sprint(numbers[i]), fmt.Sprint(numbers[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d–%d", numbers[i], numbers[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
