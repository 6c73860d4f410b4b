package evalkit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit"
)

// BenchmarkReplay plays 200 recorded runs of 10 turns with a command each. The
// share of the harness is what is above the time of the commands themselves.
func BenchmarkReplay(b *testing.B) {
	plain := evalkit.Scenario{
		Name: "replay/plain", Prompt: "Tidy up.", Tools: []evalkit.Tool{evalkit.Bash(), evalkit.Submit()},
		Files: []evalkit.File{{Path: "notes.txt", Body: []byte("one\n")}},
	}
	shell := labelled{turns: []any{"ls -la", "cat notes.txt", "grep -c one notes.txt", "echo two >> notes.txt", "wc -l notes.txt", "date", "id -u", "sed -n 1p notes.txt", "uname -r", submitted("done")}}
	python := labelled{turns: []any{"ls -la", "cat README", "cat driver.py", "cat lib.py", drive, drive, "cat state/log", "ls state", "date", drive}}
	b.Run("shell", func(b *testing.B) { playMany(b, plain, shell) })
	b.Run("python", func(b *testing.B) { needPython(b); playMany(b, rounds(), python) })
}

func playMany(b *testing.B, s evalkit.Scenario, r labelled) {
	dir := b.TempDir()
	var paths []string
	for i := range 200 {
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("%03d.jsonl", i)))
		if err := os.WriteFile(paths[i], []byte(r.jsonl()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for played, err := range evalkit.ReplayFiles(b.Context(), s, paths, evalkit.LogDir(b.TempDir()), evalkit.Concurrency(2)) {
			if err != nil || played.Err != nil || played.Turns != 10 {
				b.Fatal(played, err)
			}
		}
	}
}
