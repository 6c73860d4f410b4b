package evallog

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLogsAreFoundNewestLast(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 23, 10, 4, 11, 0, time.UTC)
	later := filepath.Join(dir, "a", FileName(at.Add(time.Hour), "quiz", "1"))
	earlier := filepath.Join(dir, "z", FileName(at, "shutdown/quiz", "7Hq2"))
	foreign := filepath.Join(dir, "foreign.eval")
	damaged := filepath.Join(dir, "x.eval.damaged")
	for _, p := range []string{later, earlier, foreign, damaged} {
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(foreign, at, at.AddDate(-1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	got, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{foreign, earlier, later}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := Find(earlier); err != nil || len(got) != 1 || got[0] != earlier {
		t.Error(got, err)
	}
	if _, err := Find(filepath.Join(dir, "none")); err == nil {
		t.Error("a path that is not there was found")
	}
}

func TestTheNameOfALog(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 4, 11, 0, time.UTC)
	for want, parts := range map[string][2]string{
		"2026-11-23T10-04-11_shutdown-quiz_7Hq2.eval": {"shutdown/quiz", "7Hq2"},
		"2026-11-23T10-04-11_a-b-c..----_-.eval":      {"a_b:c../\\é", ""},
	} {
		if got := FileName(at, parts[0], parts[1]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
