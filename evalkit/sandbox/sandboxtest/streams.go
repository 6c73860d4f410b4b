package sandboxtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// streamChecks: a process can be talked with while it runs.
func streamChecks() []check {
	return []check{
		{name: "stream_in_turns", run: streamInTurns},
		{name: "stream_without_limit", run: func(k *kit) {
			s := k.open(sandbox.Config{Limits: sandbox.Limits{Output: 100}})
			var out, errs counter
			r := k.run(s, sandbox.Process{Argv: shell("head -c 20000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 3"), Stdout: &out, Stderr: &errs})
			if out.n != 20_000_000 || errs.n != 3_000_000 || r.Cut || len(r.Stdout)+len(r.Stderr) > 0 || r.Exit != 3 {
				k.Errorf("%d and %d bytes, cut %v, %d kept, exit %d", out.n, errs.n, r.Cut, len(r.Stdout)+len(r.Stderr), r.Exit)
			}
		}},
		{name: "stream_one_and_keep_the_other", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			var out bytes.Buffer
			r := k.run(s, sandbox.Process{Argv: shell("echo one; echo two >&2"), Stdout: &out})
			if out.String() != "one\n" || string(r.Stderr) != "two\n" || len(r.Stdout) > 0 {
				k.Errorf("%q, %q, %q", out.String(), r.Stdout, r.Stderr)
			}
		}},
		{name: "stream_back_pressure", run: backPressure},
		{name: "stream_broken_writer", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: shell("while :; do echo x || exit 9; done 2>/dev/null"), Stdout: failing{}})
			if r.TimedOut || r.Exit == 0 {
				k.Errorf("%+v", r)
			}
		}},
		{name: "stream_nothing_after_the_end", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			var out counter
			r := k.run(s, sandbox.Process{Argv: shell("(while :; do echo tick; done) & echo $! >&2; echo first"), Stdout: &out})
			before := out.count()
			k.out(s, "sleep 0.2; kill -0 "+strings.TrimSpace(string(r.Stderr)))
			if before == 0 || out.count() != before {
				k.Errorf("%d bytes at the end, %d later", before, out.count())
			}
		}},
		{name: "stream_writer_that_never_returns", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			why := errors.New("had enough")
			ctx, cancel := context.WithCancelCause(within(k))
			w := &stuck{began: make(chan struct{}), end: make(chan struct{})}
			defer close(w.end)
			go func() { <-w.began; cancel(why) }()
			_, err := s.Run(ctx, sandbox.Process{Argv: shell("echo x"), Stdout: w})
			if !errors.Is(err, why) {
				k.Error(err)
			}
		}},
		{name: "input_open_after_the_end", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			in, w := io.Pipe() // nobody writes, nobody closes
			defer w.Close()
			r := k.run(s, sandbox.Process{Argv: shell("echo done"), Stdin: in})
			if string(r.Stdout) != "done\n" || r.TimedOut {
				k.Errorf("%+v", r)
			}
		}},
		{name: "parallel_processes", needs: []sandbox.Promise{sandbox.OwnInit}, run: parallel},
		{name: "parallel_one_is_killed", needs: []sandbox.Promise{sandbox.OwnInit}, run: parallelKilled},
	}
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += len(p)
	return len(p), nil
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("broken") }

// stuck waits in its first Write.
type stuck struct {
	once       sync.Once
	began, end chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.began) })
	<-s.end
	return len(p), nil
}

// session is a process that is talked with.
type session struct {
	k    *kit
	in   *io.PipeWriter
	out  *bufio.Reader
	done chan sandbox.Result
}

func (k *kit) talk(s sandbox.Sandbox, p sandbox.Process) *session {
	in, feed := io.Pipe()
	out, w := io.Pipe()
	p.Stdin, p.Stdout = in, w
	t := &session{k: k, in: feed, out: bufio.NewReader(out), done: make(chan sandbox.Result, 1)}
	go func() {
		r, err := s.Run(within(k), p)
		if err != nil {
			k.Errorf("run %q: %v", p.Argv, err)
		}
		w.Close()
		t.done <- r
	}()
	return t
}

// say writes a line and wants one back.
func (t *session) say(line, want string) {
	t.k.Helper()
	if _, err := io.WriteString(t.in, line+"\n"); err != nil {
		t.k.Fatal(err)
	}
	if got, err := t.out.ReadString('\n'); got != want+"\n" {
		t.k.Fatalf("%q, %v; want %q", got, err, want)
	}
}

// end closes the input, and gives what came of the process.
func (t *session) end() sandbox.Result {
	t.k.Helper()
	t.in.Close()
	select {
	case r := <-t.done:
		return r
	case <-time.After(time.Minute):
		t.k.Fatal("it does not end with its input")
		return sandbox.Result{}
	}
}

const parrot = `while read -r line; do echo "you said $line"; done; exit 5`

func streamInTurns(k *kit) {
	s := k.open(sandbox.Config{})
	t := k.talk(s, sandbox.Process{Argv: shell(parrot)})
	for i := range 200 {
		t.say(fmt.Sprint(i), fmt.Sprint("you said ", i))
	}
	if r := t.end(); r.Exit != 5 || r.TimedOut {
		k.Errorf("%+v", r)
	}
}

// backPressure: a process whose output nobody takes waits, and goes on when
// somebody does.
func backPressure(k *kit) {
	s := k.open(sandbox.Config{})
	w := &stuck{began: make(chan struct{}), end: make(chan struct{})}
	done := make(chan sandbox.Result, 1)
	go func() {
		r, err := s.Run(within(k), sandbox.Process{Argv: shell("head -c 5000000 /dev/zero; : > written"), Stdout: w})
		if err != nil {
			k.Error(err)
		}
		done <- r
	}()
	<-w.began
	time.Sleep(100 * time.Millisecond) // it could have written all by now
	if _, err := s.Stat(within(k), "written"); err == nil {
		k.Error("it did not wait")
	}
	close(w.end)
	if r := <-done; r.Exit != 0 {
		k.Errorf("%+v", r)
	}
	k.out(s, "ls written")
}

func parallel(k *kit) {
	s := k.open(sandbox.Config{})
	var all []*session
	for range 5 {
		all = append(all, k.talk(s, sandbox.Process{Argv: shell(parrot), Parallel: true}))
	}
	for i := range 3 {
		for j, t := range all {
			t.say(fmt.Sprint(i, j), fmt.Sprint("you said ", i, " ", j))
		}
		k.out(s, "echo one in turn, besides")
	}
	for _, t := range all {
		if r := t.end(); r.Exit != 5 {
			k.Errorf("%+v", r)
		}
	}
}

// parallelKilled: at its end of time a process takes with it what it started,
// and neither a later session nor what an ended one left behind.
func parallelKilled(k *kit) {
	s := k.open(sandbox.Config{})
	earlier := k.talk(s, sandbox.Process{Argv: shell(parrot), Parallel: true})
	earlier.say("a", "you said a")
	doomed := make(chan sandbox.Result, 1)
	go func() {
		r, err := s.Run(within(k), sandbox.Process{Argv: shell("(sleep 3598 & echo $! > doomed.pid); exec sleep 3597"), Parallel: true, Time: 3 * time.Second})
		if err != nil {
			k.Error(err)
		}
		doomed <- r
	}()
	k.soon("the doomed one has started", func() bool { return k.sh(s, "test -s doomed.pid").Exit == 0 })
	later := k.talk(s, sandbox.Process{Argv: shell(parrot), Parallel: true})
	later.say("b", "you said b")
	k.run(s, sandbox.Process{Argv: shell("sleep 3596 & echo $! > left.pid"), Parallel: true})
	if r := <-doomed; !r.TimedOut {
		k.Errorf("%+v", r)
	}
	if child := k.out(s, "cat doomed.pid"); k.alive(s, child) {
		k.Error("its child lives on")
	}
	if left := k.out(s, "cat left.pid"); !k.alive(s, left) {
		k.Error("what another left behind was killed")
	}
	earlier.say("c", "you said c")
	later.say("d", "you said d")
	// One in turn ends at its time without those beside it.
	if r := k.run(s, sandbox.Process{Argv: shell("sleep 3595"), Time: 300 * time.Millisecond}); !r.TimedOut {
		k.Errorf("%+v", r)
	}
	earlier.say("e", "you said e")
	later.say("f", "you said f")
	for _, t := range []*session{earlier, later} {
		if r := t.end(); r.Exit != 5 {
			k.Errorf("%+v", r)
		}
	}
}
