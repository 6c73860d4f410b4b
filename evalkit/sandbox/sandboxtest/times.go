package sandboxtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// timeChecks: a process ends at its time limit or its context, with all that
// it started, however that hides.
func timeChecks() []check {
	return []check{
		{name: "exec_timeout", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: []string{"sleep", "3600"}, Time: 200 * time.Millisecond})
			if !r.TimedOut || r.Exit != 137 || r.Took < 200*time.Millisecond {
				k.Errorf("%+v", r)
			}
			if got := k.out(s, "echo fine"); got != "fine" {
				k.Error(got)
			}
		}},
		{name: "exec_timeout_of_the_machine", run: func(k *kit) {
			s := k.open(sandbox.Config{Limits: sandbox.Limits{Time: 200 * time.Millisecond}})
			if r := k.run(s, sandbox.Process{Argv: []string{"sleep", "3600"}}); !r.TimedOut {
				k.Errorf("%+v", r)
			}
		}},
		{name: "exec_timeout_not_raised_on_fast_signal_death", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			for signal, exit := range map[string]int{"TERM": 143, "KILL": 137, "INT": 130} {
				r := k.run(s, sandbox.Process{Argv: shell("kill -" + signal + " $$; sleep 60"), Time: time.Minute})
				if r.TimedOut || r.Exit != exit {
					k.Errorf("%s: %+v", signal, r)
				}
			}
		}},
		killedWith("exec_timeout_kills_process", 1, "exec sleep 3600"),
		killedWith("exec_timeout_kills_child_processes", 2, "sleep 3600 </dev/null >/dev/null 2>&1 & told $!; sleep 3601"),
		killedWith("kills_a_session_of_its_own", 2, "setsid sleep 3600 </dev/null >/dev/null 2>&1 & told $!; sleep 3601"),
		killedWith("kills_a_daemon", 3, `(setsid sh -c 'echo $$ >> pids; (sleep 3600 & echo $! >> pids; wait)' </dev/null >/dev/null 2>&1 &); sleep 3601`),
		killedWith("kills_who_ignores_every_signal", 2, `sh -c 'for s in 1 2 3 6 10 12 13 14 15 17 18 20 21 22 30; do trap "" $s; done; echo $$ >> pids; while :; do sleep 1; done' & sleep 3601`),
		killedWith("kills_nohup", 2, "nohup sleep 3600 </dev/null >/dev/null 2>&1 & told $!; sleep 3601"),
		killedWith("kills_the_stopped", 2, "sleep 3600 </dev/null >/dev/null 2>&1 & told $!; kill -STOP $!; sleep 3601"),
		{name: "timeout_spares_what_earlier_commands_left", needs: []sandbox.Promise{sandbox.OwnInit}, run: func(k *kit) { sparesEarlier(k, stoppedByTime) }},
		{name: "cancel_spares_what_earlier_commands_left", needs: []sandbox.Promise{sandbox.OwnInit}, run: func(k *kit) { sparesEarlier(k, stoppedByContext) }},
		{name: "cancel_cleans_up", run: cancelCleansUp},
		{name: "cancelled_before", run: func(k *kit) {
			s, why := k.open(sandbox.Config{}), errors.New("enough of it")
			ctx, cancel := context.WithCancelCause(context.Background())
			cancel(why)
			_, err := s.Run(ctx, sandbox.Process{Argv: []string{"touch", "f"}})
			k.fails(err, why, "")
			if got := k.out(s, "ls"); got != "" {
				k.Errorf("it ran: %s", got)
			}
			if _, err := s.ReadFile(ctx, "f", 0); !errors.Is(err, why) {
				k.Errorf("%v", err)
			}
		}},
	}
}

// killedWith runs a script that tells the numbers of its processes, has them
// all seen alive, and wants none alive once its time is up. A machine too busy
// to start them in time is given more of it.
func killedWith(name string, processes int, script string) check {
	return check{name: name, run: func(k *kit) {
		var seen []string
		for limit := 500 * time.Millisecond; len(seen) == 0; limit *= 4 {
			if limit > 2*time.Minute {
				k.Fatal("its processes were never seen alive")
			}
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: shell(telling(processes) + script), Time: limit})
			if !r.TimedOut || r.Exit != 137 {
				k.Fatalf("%+v", r)
			}
			b, err := s.ReadFile(within(k), "seen", 0)
			if err != nil {
				continue
			}
			seen = strings.Fields(string(b))
			if len(seen) != processes {
				k.Fatalf("seen alive: %q, want %d", seen, processes)
			}
			for _, pid := range seen {
				k.soon("process "+pid+" is gone", func() bool { return !k.alive(s, pid) })
			}
		}
	}}
}

// telling is the beginning of a script that has as many processes, each of which
// it has told of: once all are seen alive their numbers are in the file seen.
func telling(processes int) string {
	return fmt.Sprintf(`told() { echo $1 >> pids; }; told $$
(while sleep 0.02; do [ $(wc -l < pids) = %d ] && kill -0 $(cat pids) && cp pids seen && break; done) </dev/null >/dev/null 2>&1 &
`, processes)
}

func cancelCleansUp(k *kit) {
	s, why := k.open(sandbox.Config{}), errors.New("enough of it")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	in, out := io.Pipe()
	defer out.Close()
	go func() {
		out.Write([]byte("go\n")) // taken once the process runs
		for ctx.Err() == nil {    // until both children are there
			if b, err := s.ReadFile(context.Background(), "pids", 0); err == nil && strings.Count(string(b), "\n") == 2 {
				cancel(why)
			}
		}
	}()
	_, err := s.Run(ctx, sandbox.Process{Argv: shell("read x; sleep 3600 & echo $! >> pids; setsid sleep 3600 & echo $! >> pids; sleep 3600"), Stdin: in})
	k.fails(err, why, "sh")
	for _, pid := range strings.Fields(string(k.read(s, "pids"))) {
		k.soon("process "+pid+" is gone", func() bool { return !k.alive(s, pid) })
	}
	if got := k.out(s, "echo fine"); got != "fine" {
		k.Error(got)
	}
}
