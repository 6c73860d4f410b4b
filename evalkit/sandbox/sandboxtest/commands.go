package sandboxtest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// commandChecks: executables that Go code answers look like any other.
func commandChecks() []check {
	needs := []sandbox.Promise{sandbox.SystemFiles}
	return []check{
		{"commands_answered_by_go", needs, answered},
		{"commands_know_their_caller", needs, func(k *kit) {
			calls := make(chan *sandbox.Call, 1)
			s := k.open(sandbox.Config{Commands: []sandbox.Command{{Path: "who", Run: func(_ context.Context, c *sandbox.Call) int {
				calls <- c
				return 0
			}}}})
			k.out(s, "cd /tmp; MARK=7 who; true")
			c := <-calls
			if !slices.Contains(c.Env, "MARK=7") || c.Dir != "/tmp" || len(c.Caller) < 2 || c.Caller[0].Name != "who" {
				k.Errorf("%+v", c)
			}
		}},
		{"commands_run_processes", needs, func(k *kit) {
			s := k.open(sandbox.Config{Commands: []sandbox.Command{{Path: "outer", Run: func(ctx context.Context, c *sandbox.Call) int {
				r, err := c.Run(ctx, sandbox.Process{Argv: shell(c.Args[1])})
				if err != nil {
					fmt.Fprint(c.Stderr, err)
					return 90
				}
				return r.Exit
			}}}})
			k.want(s, sandbox.Process{Argv: shell(`cd /tmp; outer 'pwd; echo e >&2; outer "echo deep"; exit 5'`)}, "/tmp\ndeep\n", "e\n", 5)
		}},
		{"commands_end_with_their_caller", needs, calledOff},
		{"command_that_calls_run_is_refused", needs, func(k *kit) {
			var s sandbox.Sandbox
			failed := make(chan error, 1)
			s = k.open(sandbox.Config{Commands: []sandbox.Command{{Path: "wrong", Run: func(ctx context.Context, c *sandbox.Call) int {
				_, err := s.Run(ctx, sandbox.Process{Argv: []string{"true"}})
				failed <- err
				return 0
			}}}})
			k.out(s, "wrong")
			k.fails(<-failed, nil, "Call.Run")
		}},
	}
}

func answered(k *kit) {
	say := func(_ context.Context, c *sandbox.Call) int {
		fmt.Fprintln(c.Stdout, strings.Join(c.Args[1:], " "))
		return 0
	}
	s := k.open(sandbox.Config{Commands: []sandbox.Command{
		{Path: "say", Run: say}, {Path: "./local", Run: say}, {Path: "/usr/sbin/deployctl", Run: say},
		{Path: "upper", Run: func(_ context.Context, c *sandbox.Call) int {
			b, err := io.ReadAll(c.Stdin)
			if err != nil {
				return 99
			}
			io.WriteString(c.Stdout, strings.ToUpper(string(b)))
			if len(c.Args) > 1 {
				fmt.Fprintf(c.Stderr, "%q", c.Args[1:])
			}
			return len(c.Args) - 1
		}},
	}})
	for _, c := range []struct {
		script, stdout, stderr string
		exit                   int
	}{
		{`upper 'a b' "" '$x' </dev/null`, "", `["a b" "" "$x"]`, 3},
		{"echo abc | upper | cat", "ABC\n", "", 0},
		{"(echo one; say two; echo three) > o; say four >> o; cat o", "one\ntwo\nthree\nfour\n", "", 0},
		{`for i in 1 2 3; do say $i; done; echo "[$(say in)]"; exec say x`, "1\n2\n3\n[in]\nx\n", "", 0},
		{"./local a; deployctl b; ln -s ./local l; ./l c", "a\nb\nc\n", "", 0},
		{"command -v deployctl", "/usr/sbin/deployctl\n", "", 0},
	} {
		k.want(s, sandbox.Process{Argv: shell(c.script)}, c.stdout, c.stderr, c.exit)
	}
}

// calledOff: the context of a command's function ends when the process that
// called is no more, by its time, by its parent's, or by a signal of its own.
func calledOff(k *kit) {
	var hung atomic.Int32
	s := k.open(sandbox.Config{Commands: []sandbox.Command{{Path: "hang", Run: func(ctx context.Context, _ *sandbox.Call) int {
		hung.Add(1)
		<-ctx.Done()
		hung.Add(-1)
		return 0
	}}}})
	if r := k.run(s, sandbox.Process{Argv: shell("hang; true"), Time: 300 * time.Millisecond}); !r.TimedOut {
		k.Errorf("%+v", r)
	}
	k.soon("called off at the time limit", func() bool { return hung.Load() == 0 })
	r := k.sh(s, "hang & sleep 0.1; kill -9 $!; wait $!; echo $?")
	if string(r.Stdout) != "137\n" {
		k.Errorf("%+v", r)
	}
	k.soon("called off with its caller", func() bool { return hung.Load() == 0 })
}
