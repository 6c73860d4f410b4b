//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// upper answers with its input in capitals and its arguments on stderr.
func upper(_ context.Context, c *sandbox.Call) int {
	b, err := io.ReadAll(c.Stdin)
	if err != nil {
		return 99
	}
	io.WriteString(c.Stdout, strings.ToUpper(string(b)))
	if len(c.Args) > 1 {
		fmt.Fprintf(c.Stderr, "%q in %s", c.Args[1:], c.Dir)
	}
	return len(c.Args) - 1
}

func TestCommands(t *testing.T) {
	say := func(_ context.Context, c *sandbox.Call) int {
		fmt.Fprintln(c.Stdout, strings.Join(c.Args[1:], " "))
		return 0
	}
	code := func(_ context.Context, c *sandbox.Call) int {
		var n int
		fmt.Sscan(c.Args[1], &n)
		return n
	}
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{
		{Path: "upper", Run: upper}, {Path: "say", Run: say}, {Path: "code", Run: code},
		{Path: "./local", Run: say}, {Path: "/usr/sbin/deployctl", Run: say}, {Path: "bin/tool", Run: say},
		{Path: "/srv/tools/x", Run: say},
	}})
	for name, c := range map[string]struct {
		script, stdout, stderr string
		exit                   int
	}{
		"arguments":   {`upper 'a b' "" '$x' </dev/null`, "", `["a b" "" "$x"] in /app`, 3},
		"stdin":       {"echo abc | upper", "ABC\n", "", 0},
		"heredoc":     {"upper <<< hello", "HELLO\n", "", 0},
		"folder":      {"cd /tmp; upper x </dev/null", "", `["x"] in /tmp`, 1},
		"pipeline":    {"say one two | upper | cat", "ONE TWO\n", "", 0},
		"two at once": {"say hello | upper | upper", "HELLO\n", "", 0},
		"offsets":     {"(echo one; say two; echo three) > o; cat o", "one\ntwo\nthree\n", "", 0},
		"append":      {"echo 0 > p; say 1 >> p; say 2 >> p; cat p", "0\n1\n2\n", "", 0},
		"loop":        {"for i in 1 2 3; do say $i; done", "1\n2\n3\n", "", 0},
		"substituted": {`echo "[$(say in)]"`, "[in]\n", "", 0},
		"codes":       {"code 0 && code 7; echo $?; code 255; echo $?; code 300; echo $?; code -1; echo $?", "7\n255\n255\n255\n", "", 0},
		"places":      {"./local a; deployctl b; bin/tool c; /srv/tools/x d; (cd /; /app/local e)", "a\nb\nc\nd\ne\n", "", 0},
		"a link":      {"ln -s /usr/local/bin/say l; ./l x", "x\n", "", 0},
		"a copy":      {"cp /usr/local/bin/say ./copy; ./copy x", "x\n", "", 0},
		"which":       {"which say deployctl", "/usr/local/bin/say\n/usr/sbin/deployctl\n", "", 0},
		"no stdin":    {"upper <&-", "", "", 99},
		"exec":        {"exec say x", "x\n", "", 0},
		"silent file": {"grep -a -o '[[:print:]]\\{4,\\}' /usr/local/bin/say | wc -l", "0\n", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := bash(t, s, c.script)
			if string(r.Stdout) != c.stdout || string(r.Stderr) != c.stderr || r.Exit != c.exit {
				t.Errorf("stdout %q, stderr %q, exit %d; want %q, %q, %d", r.Stdout, r.Stderr, r.Exit, c.stdout, c.stderr, c.exit)
			}
		})
	}
}

func TestCommandCaller(t *testing.T) {
	var calls []*sandbox.Call
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{{Path: "who", Run: func(_ context.Context, c *sandbox.Call) int {
		calls = append(calls, c)
		return 0
	}}}})
	output(t, s, "bash -c 'MARK=7 who; true'; true")
	if len(calls) != 1 || !slices.Contains(calls[0].Env, "MARK=7") || !slices.Contains(calls[0].Env, "HOME=/root") || calls[0].Args[0] != "who" {
		t.Fatalf("%+v", calls)
	}
	var names []string
	for _, p := range calls[0].Caller {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "who bash bash" {
		t.Errorf("called by %s", got)
	}
}

func TestCommandRunsProcess(t *testing.T) {
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{{Path: "outer", Run: func(ctx context.Context, c *sandbox.Call) int {
		r, err := c.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c", c.Args[1]}, Capture: len(c.Args) > 2})
		if err != nil {
			fmt.Fprint(c.Stderr, err)
			return 90
		}
		if len(c.Args) > 2 {
			fmt.Fprintf(c.Stdout, "captured %q %q %d", r.Stdout, r.Stderr, r.Exit)
			return 0
		}
		return r.Exit
	}}}})
	for name, c := range map[string]struct {
		script, stdout, stderr string
		exit                   int
	}{
		"through":   {"outer 'echo o; echo e >&2; exit 5'", "o\n", "e\n", 5},
		"captured":  {"outer 'echo o; echo e >&2; exit 5' x", `captured "o\n" "e\n" 5`, "", 0},
		"folder":    {"cd /tmp; outer pwd", "/tmp\n", "", 0},
		"in itself": {`outer 'outer "echo deep"'`, "deep\n", "", 0},
		"pipeline":  {"outer 'echo a' | outer 'cat; echo b' ; outer 'echo c' > f; cat f", "b\nc\n", "", 0},
		"offsets":   {"(echo 1; outer 'echo 2'; echo 3) > g; cat g", "1\n2\n3\n", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := bash(t, s, c.script)
			if string(r.Stdout) != c.stdout || string(r.Stderr) != c.stderr || r.Exit != c.exit {
				t.Errorf("stdout %q, stderr %q, exit %d; want %q, %q, %d", r.Stdout, r.Stderr, r.Exit, c.stdout, c.stderr, c.exit)
			}
		})
	}
}

// A driver runs the script that ends the machine: the script's shell is the
// sender, and nothing goes on.
func TestCommandRunsShutdownScript(t *testing.T) {
	var inner sandbox.Result
	var innerErr error
	var ended atomic.Bool
	s := machineFor(t, sandbox.Config{
		Files: []sandbox.File{{Path: "shutdown.sh", Mode: 0o755, Body: []byte("#!/bin/bash\necho going\nkill -TERM 1\necho x >> after\n")}},
		Commands: []sandbox.Command{{Path: "next", Run: func(ctx context.Context, c *sandbox.Call) int {
			inner, innerErr = c.Run(ctx, sandbox.Process{Argv: []string{"./shutdown.sh"}, Dir: "/app", Capture: true})
			<-ctx.Done()
			ended.Store(errors.Is(context.Cause(ctx), sandbox.ErrDown))
			return 0
		}}},
	})
	r := bash(t, s, "next; echo x >> after")
	if !r.Down {
		t.Errorf("outer: %+v", r)
	}
	down, _ := s.Shutdown()
	if down.Signal != "SIGTERM" || len(down.Sender) != 1 || !strings.Contains(down.Sender[0].Command, "shutdown.sh") {
		t.Errorf("%+v", down)
	}
	s.Close()
	if innerErr != nil || !inner.Down || string(inner.Stdout) != "going\n" || !ended.Load() {
		t.Errorf("inner: %+v, %v, context ended %v", inner, innerErr, ended.Load())
	}
}

// The time of an inner process ends it and what belongs to it, and no more.
func TestInnerTimeout(t *testing.T) {
	var inner sandbox.Result
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{{Path: "limited", Run: func(ctx context.Context, c *sandbox.Call) int {
		inner, _ = c.Run(ctx, sandbox.Process{
			Argv: []string{"bash", "-c", "sleep 2001 & setsid sleep 2002 & (setsid setsid sleep 2003 &) ; sleep 0.1; sleep 2004"},
			Time: 300 * time.Millisecond,
		})
		return 0
	}}}})
	got := output(t, s, "sleep 3000 </dev/null >/dev/null 2>&1 & sleep 0.05; limited; sleep 0.05; ps -A -o args= | grep '^sleep'; kill $!")
	if !inner.TimedOut || got != "sleep 3000" {
		t.Errorf("%+v; left: %s", inner, got)
	}
}

// Many callers at once, and one that is killed while it waits.
func TestManyCalls(t *testing.T) {
	t.Parallel()
	var calls, hung atomic.Int32
	release := make(chan struct{})
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{
		{Path: "await", Run: func(ctx context.Context, c *sandbox.Call) int {
			if calls.Add(1) == 20 {
				close(release)
			}
			select {
			case <-release:
				return 0
			case <-ctx.Done():
				return 1
			}
		}},
		{Path: "hang", Run: func(ctx context.Context, c *sandbox.Call) int {
			hung.Add(1)
			<-ctx.Done()
			hung.Add(-1)
			return 0
		}},
		{Path: "reader", Run: func(ctx context.Context, c *sandbox.Call) int {
			_, err := io.ReadAll(c.Stdin)
			if err == nil {
				return 0
			}
			return 1
		}},
	}})
	output(t, s, "for i in $(seq 20); do await & done; for j in $(jobs -p); do wait $j || exit 1; done")
	r := run(t, s, sandbox.Process{Argv: []string{"bash", "-c", "hang"}, Time: 200 * time.Millisecond})
	if !r.TimedOut {
		t.Errorf("%+v", r)
	}
	eventually(t, "called off", func() bool { return hung.Load() == 0 })
	if r := bash(t, s, "timeout 0.1 hang"); r.Exit != 124 {
		t.Errorf("%+v", r)
	}
	if r := run(t, s, sandbox.Process{Argv: []string{"bash", "-c", "sleep 100 | reader"}, Time: 200 * time.Millisecond}); !r.TimedOut {
		t.Errorf("%+v", r)
	}
	output(t, s, "true")
}
