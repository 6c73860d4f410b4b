package main

import (
	"errors"
	"flag"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden files in the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"evalkit": main})
}

// TestScripts runs the program on real logs, written by evallog: see logs_test.go for what each holds.
func TestScripts(t *testing.T) {
	referee := serveReferee(t)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "cmpfields": cmpFields, "showlog": showLog},
		Setup: func(env *testscript.Env) error {
			env.Setenv("EVALKIT_LOG_DIR", "")
			inspect, err := filepath.Abs("../../evallog/testdata/inspect")
			if err != nil {
				return err
			}
			env.Setenv("INSPECT", inspect)
			env.Setenv("JUDGE", referee)
			return errors.Join(goEnvironment(env), writeLogs(env.WorkDir))
		},
	})
}

// exits is a script command: "exits CODE ARGS…" runs evalkit with the arguments and demands the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	err := ts.Exec("evalkit", args[1:]...)
	code := "0"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = strconv.Itoa(exit.ExitCode())
	} else {
		ts.Check(err)
	}
	if code != args[0] {
		ts.Fatalf("evalkit %s exits with %s, not %s", strings.Join(args[1:], " "), code, args[0])
	}
}
