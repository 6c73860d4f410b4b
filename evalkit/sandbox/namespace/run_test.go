//go:build linux && (amd64 || arm64)

package namespace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func TestRun(t *testing.T) {
	s := machineFor(t, sandbox.Config{
		Hostname: "build-7",
		Env:      map[string]string{"GREETING": "hello there"},
		Files: []sandbox.File{
			{Path: "sub", Mode: fs.ModeDir},
			{Path: "sub/here.txt", Body: []byte("here\n")},
			{Path: "tool.sh", Mode: 0o755, Body: []byte("#!/bin/sh\necho tool $1\n")},
		},
	})
	sh := func(script string) []string { return []string{"bash", "-c", script} }
	for name, c := range map[string]struct {
		p              sandbox.Process
		stdout, stderr string
		exit           int
	}{
		"output":             {p: sandbox.Process{Argv: []string{"echo", "foo bar"}}, stdout: "foo bar\n"},
		"argv as it is":      {p: sandbox.Process{Argv: []string{"printf", "%s|", "$HOME", "`id`", `"\`, "a\nb", "\xc3\x28", ""}}, stdout: "$HOME|`id`|\"\\|a\nb|\xc3\x28||"},
		"stderr":             {p: sandbox.Process{Argv: sh("echo no >&2")}, stderr: "no\n"},
		"exit code":          {p: sandbox.Process{Argv: sh("exit 70")}, exit: 70},
		"signal":             {p: sandbox.Process{Argv: sh("kill -TERM $$")}, exit: 143},
		"environment":        {p: sandbox.Process{Argv: sh(`echo "$GREETING,$MORE,$HOME,$PWD"`), Env: map[string]string{"MORE": "a b"}}, stdout: "hello there,a b,/root,/app\n"},
		"no stdin":           {p: sandbox.Process{Argv: []string{"cat"}}},
		"empty stdin":        {p: sandbox.Process{Argv: []string{"cat"}, Stdin: strings.NewReader("")}},
		"stdin as it is":     {p: sandbox.Process{Argv: []string{"cat"}, Stdin: strings.NewReader("$HOME `x` \"\\\n\x00\xc3\x28")}, stdout: "$HOME `x` \"\\\n\x00\xc3\x28"},
		"stdin is not read":  {p: sandbox.Process{Argv: []string{"true"}, Stdin: bytes.NewReader(make([]byte, 1<<20))}},
		"large stdin":        {p: sandbox.Process{Argv: []string{"wc", "-c"}, Stdin: bytes.NewReader(make([]byte, 50<<20))}, stdout: "52428800\n"},
		"workspace":          {p: sandbox.Process{Argv: []string{"pwd"}}, stdout: "/app\n"},
		"relative folder":    {p: sandbox.Process{Argv: []string{"ls"}, Dir: "sub"}, stdout: "here.txt\n"},
		"absolute folder":    {p: sandbox.Process{Argv: []string{"pwd"}, Dir: "/usr/bin"}, stdout: "/usr/bin\n"},
		"relative program":   {p: sandbox.Process{Argv: []string{"./tool.sh", "x"}}, stdout: "tool x\n"},
		"hostname":           {p: sandbox.Process{Argv: []string{"hostname"}}, stdout: "build-7\n"},
		"user":               {p: sandbox.Process{Argv: []string{"whoami"}}, stdout: "root\n"},
		"own session":        {p: sandbox.Process{Argv: sh(`set -- $(cat /proc/self/stat); [ "$5" = "$6" ] && [ "$6" = $$ ] || [ "$6" = $$ ] && echo own`)}, stdout: "own\n"},
		"outputs reopened":   {p: sandbox.Process{Argv: sh("echo out >/dev/stdout; echo err >/dev/stderr")}, stdout: "out\n", stderr: "err\n"},
		"not a login shell":  {p: sandbox.Process{Argv: sh("shopt -q login_shell || echo plain; echo $0")}, stdout: "plain\nbash\n"},
		"whole script first": {p: sandbox.Process{Argv: sh("echo one\nif")}, stdout: "one\n", stderr: "bash: -c: line 3: syntax error: unexpected end of file\n", exit: 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, s, c.p)
			if string(r.Stdout) != c.stdout || string(r.Stderr) != c.stderr || r.Exit != c.exit {
				t.Errorf("stdout %q, stderr %q, exit %d; want %q, %q, %d", r.Stdout, r.Stderr, r.Exit, c.stdout, c.stderr, c.exit)
			}
			if r.TimedOut || r.Cut || r.Down || r.Took <= 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestLongArguments(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	argv := []string{"printf", "%s"}
	for i := range 16 {
		argv = append(argv, strings.Repeat(string(rune('a'+i)), 64<<10))
	}
	r := run(t, s, sandbox.Process{Argv: argv, Output: 4 << 20})
	if want := strings.Join(argv[2:], ""); string(r.Stdout) != want {
		t.Errorf("%d bytes came back, want %d", len(r.Stdout), len(want))
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "plain", Body: []byte("x")}}})
	for name, c := range map[string]struct {
		p    sandbox.Process
		is   error
		says string
	}{
		"no program":        {sandbox.Process{Argv: []string{"nosuch-tool"}}, fs.ErrNotExist, "nosuch-tool"},
		"no program there":  {sandbox.Process{Argv: []string{"./nosuch"}}, fs.ErrNotExist, "./nosuch"},
		"not executable":    {sandbox.Process{Argv: []string{"/etc/passwd"}}, fs.ErrPermission, "/etc/passwd"},
		"no folder":         {sandbox.Process{Argv: []string{"true"}, Dir: "gone"}, fs.ErrNotExist, "gone"},
		"a file for folder": {sandbox.Process{Argv: []string{"true"}, Dir: "plain"}, nil, "plain"},
		"nothing":           {sandbox.Process{}, nil, "Argv"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Run(within20(t), c.p)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %v naming %s", err, c.is, c.says)
			}
		})
	}
	if got := output(t, s, "echo still here"); got != "still here" {
		t.Error(got)
	}
}

// The children are shown to live before the end of time, and to be gone after.
func TestTimeoutKillsEverything(t *testing.T) {
	t.Parallel()
	s := machineFor(t, sandbox.Config{})
	script := `sleep 1000 </dev/null >/dev/null 2>&1 & echo $!
		setsid sleep 1001 </dev/null >/dev/null 2>&1 & echo $!
		(setsid bash -c 'trap "" TERM INT HUP; echo $$; sleep 1002 & sleep 1003' &) 
		while [ $(ps -A -o args= | grep -c '^sleep 100') -lt 4 ]; do :; done; echo all; sleep 1004`
	for limit := 500 * time.Millisecond; ; limit *= 4 { // until it got as far as that
		r := run(t, s, sandbox.Process{Argv: []string{"bash", "-c", script}, Time: limit})
		if !r.TimedOut || r.Exit != 137 {
			t.Fatalf("%+v", r)
		}
		if lines := strings.Fields(string(r.Stdout)); len(lines) == 4 && lines[3] == "all" {
			break
		}
	}
	if got := output(t, s, "ps -A -o args= | grep '^sleep' || true"); got != "" {
		t.Errorf("still alive: %s", got)
	}
}

func TestQuickDeathIsNoTimeout(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	if r := bash(t, s, "kill -KILL $$"); r.TimedOut || r.Exit != 137 {
		t.Errorf("%+v", r)
	}
}

func TestBackgroundChildLivesOn(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	began := time.Now()
	r := bash(t, s, "(while :; do echo tick; sleep 0.01; done) & echo $! >&2")
	if took := time.Since(began); took > 5*time.Second {
		t.Fatalf("waited for the pipe: %v", took)
	}
	pid := strings.TrimSpace(string(r.Stderr))
	before := len(r.Stdout)
	// It writes to a pipe that nobody reads from any more, and must not die.
	if got := output(t, s, "sleep 0.1; kill -0 "+pid+" && echo alive"); got != "alive" {
		t.Errorf("%q", got)
	}
	if len(r.Stdout) != before {
		t.Error("the result changed after it was given")
	}
}

func TestOutputLimit(t *testing.T) {
	s := machineFor(t, sandbox.Config{Limits: sandbox.Limits{Output: 1000}})
	r := bash(t, s, "printf '%01000d' 7; printf '%01001d' 7 >&2")
	if len(r.Stdout) != 1000 || len(r.Stderr) != 1000 || !r.Cut {
		t.Errorf("%d and %d bytes, cut %v", len(r.Stdout), len(r.Stderr), r.Cut)
	}
	if r := bash(t, s, "printf '%01000d' 7"); r.Cut {
		t.Error("exactly the limit is not cut")
	}
	// The writer is not held up: it gets to its end.
	if r := bash(t, s, "head -c 100000000 /dev/zero; echo done >&2"); string(r.Stderr) != "done\n" || !r.Cut || len(r.Stdout) != 1000 {
		t.Errorf("stderr %q, cut %v, %d bytes", r.Stderr, r.Cut, len(r.Stdout))
	}
	r = run(t, s, sandbox.Process{Argv: []string{"yes"}, Time: 300 * time.Millisecond})
	if !r.TimedOut || !r.Cut || cap(r.Stdout) > 1<<20 {
		t.Errorf("timed out %v, cut %v, holding %d", r.TimedOut, r.Cut, cap(r.Stdout))
	}
}

// All that was written before the end is there, background child or not.
func TestNoOutputIsLost(t *testing.T) {
	t.Parallel()
	s := machineFor(t, sandbox.Config{})
	for i := range 20 {
		r := bash(t, s, "sleep 3 & head -c 60000 /dev/zero")
		if len(r.Stdout) != 60000 {
			t.Fatalf("round %d: %d bytes", i, len(r.Stdout))
		}
	}
}

func TestParallelCallsQueue(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			r, err := s.Run(within20(t), sandbox.Process{Argv: []string{"bash", "-c",
				"mkdir lock || exit 9; echo " + fmt.Sprint(i) + "; sleep 0.02; rmdir lock"}})
			if err != nil || r.Exit != 0 || string(r.Stdout) != fmt.Sprintln(i) {
				t.Errorf("%v %d %q %q", err, r.Exit, r.Stdout, r.Stderr)
			}
		})
	}
	wg.Wait()
}

func TestContextEndsRun(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	why := errors.New("enough of it")
	ctx, cancel := context.WithCancelCause(context.Background())
	in, out := io.Pipe()
	defer out.Close()
	go func() {
		out.Write([]byte("go\n")) // taken once the process runs
		cancel(why)
	}()
	_, err := s.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c", "read x; setsid sleep 1000 & sleep 1000"}, Stdin: in})
	if !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	if got := output(t, s, "ps -A -o args= | grep '^sleep' || true"); got != "" {
		t.Errorf("still alive: %s", got)
	}
	ended, cancel2 := context.WithCancelCause(context.Background())
	cancel2(why)
	if _, err := s.Run(ended, sandbox.Process{Argv: []string{"true"}}); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
}

// Zombies that are PID 1's to reap would fill the limit of processes.
func TestOrphansAreReaped(t *testing.T) {
	t.Parallel()
	s := machineFor(t, sandbox.Config{Limits: sandbox.Limits{Processes: 40}})
	r := bash(t, s, `for i in $(seq 60); do (true & ); sleep 0.01; done; ps -A -o stat= | grep -c Z || true`)
	if r.Exit != 0 || len(r.Stderr) > 0 {
		t.Errorf("exit %d, stderr %q", r.Exit, r.Stderr)
	}
	output(t, s, "true")
	eventually(t, "no zombie", func() bool { return output(t, s, "ps -A -o stat= | grep -c Z || true") == "0" })
}

func TestNothingOfTheHost(t *testing.T) {
	os.Setenv("EVALKIT_TEST_SECRET", "swordfish")
	defer os.Unsetenv("EVALKIT_TEST_SECRET")
	s := machineFor(t, sandbox.Config{})
	if got := output(t, s, "env; cat /proc/self/environ | tr '\\0' '\\n'"); strings.Contains(got, "swordfish") {
		t.Errorf("the host's environment: %s", got)
	}
	for _, script := range []string{
		"cat /proc/1/environ", "readlink /proc/1/exe", "readlink /proc/1/fd/3", "cat /proc/1/maps", "cat /proc/1/mem",
		"ls /proc/1/root/", "cat /etc/ssl/private/*", "cat /proc/sysrq-trigger; echo b > /proc/sysrq-trigger",
		"echo x > /usr/x", "echo x > /etc/x", "echo x > /x", "echo x > /bin/bash", "mkdir /var/lib/x", "mount -t tmpfs t /mnt",
		"unshare -U true", "unshare -m true", "chroot /tmp true", "mknod /tmp/d b 8 0", "cat /dev/sda /dev/vda",
		"echo 100 > /proc/sys/user/max_user_namespaces", "dmesg", "date -s 2001-01-01 > /dev/null",
		"exec 3<>/dev/tcp/127.0.0.1/22", "exec 3<>/dev/tcp/169.254.169.254/80",
	} {
		if r := bash(t, s, script); r.Exit == 0 || len(r.Stdout) > 0 {
			t.Errorf("%s: exit %d, %q", script, r.Exit, r.Stdout)
		}
	}
	host, _ := os.Hostname()
	if got := output(t, s, "hostname; cat /etc/hostname"); got != "localhost\nlocalhost" {
		t.Errorf("hostname %q (the host's is %q)", got, host)
	}
	if got := output(t, s, "ls -A /home /opt /srv /mnt /media /var/log /tmp | grep -v ':$' | tr -d '\\n'"); got != "" {
		t.Errorf("found %q", got)
	}
	if got := output(t, s, "ps -A -o pid= | wc -l"); got > "5" {
		t.Errorf("%s processes", got)
	}
	if got := output(t, s, "cut -d: -f1 /etc/passwd | tr '\\n' ' '"); got != "root daemon bin sys mail www-data nobody" {
		t.Errorf("accounts: %s", got)
	}
	if got := output(t, s, "cat /proc/1/comm; tr '\\0' ' ' < /proc/1/cmdline; cat /proc/1/task/*/comm | sort -u; cat /proc/self/mountinfo"); strings.Contains(got, "test") || !strings.HasPrefix(got, "init\n/sbin/init init\n") {
		t.Errorf("PID 1 says %q", got)
	}
	if got := output(t, s, "grep -h Cap /proc/1/status /proc/self/status | sort -u | cut -f2 | sort -u"); got != "0000000000000000" {
		t.Errorf("capabilities %s", got)
	}
}
