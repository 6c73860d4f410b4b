package evallog

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const childEnv = "EVALLOG_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		appendForEver(path)
	}
	code := m.Run()
	throwAway()
	os.Exit(code)
}

// appendForEver says the number of each trial once Append has returned.
func appendForEver(path string) {
	w, err := Create(path, testHeader())
	if err != nil {
		panic(err)
	}
	for i := 1; ; i++ {
		if _, err := w.Append(typicalRecord(i)); err != nil {
			panic(err)
		}
		fmt.Println(i)
	}
}

// TestKill9LosesOnlyWhatWasInFlight kills a process that appends as fast as it can.
func TestKill9LosesOnlyWhatWasInFlight(t *testing.T) {
	for _, after := range []int{1, 7, 300, 2000} {
		path := filepath.Join(t.TempDir(), "killed.eval")
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := 0
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatal(err)
			}
			if last == after {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		rep, err := Recover(path)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Samples < last || rep.Samples > last+1 {
			t.Fatalf("%d trials were appended, %d recovered: %v", last, rep.Samples, rep.Lost)
		}
		l := open(t, path)
		for i := 1; i <= last; i += max(1, last/50) {
			got, err := l.Sample(i)
			if err != nil {
				t.Fatal(err)
			}
			same(t, typicalRecord(i), got)
		}
	}
}
