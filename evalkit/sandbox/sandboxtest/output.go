package sandboxtest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// outputChecks: all output up to the limit, no more, and none of it waited for
// longer than the process lives.
func outputChecks() []check {
	return []check{
		{name: "output_past_the_limit", run: outputPastTheLimit},
		{name: "output_flood", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: shell("head -c 200000000 /dev/zero; echo done >&2")})
			if string(r.Stderr) != "done\n" || !r.Cut || len(r.Stdout) != 1<<20 || cap(r.Stdout) > 4<<20 {
				k.Errorf("stderr %q, cut %v, %d bytes in %d: the writer is neither held up nor kept", r.Stderr, r.Cut, len(r.Stdout), cap(r.Stdout))
			}
		}},
		{name: "background_child_holds_the_pipe", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.run(s, sandbox.Process{Argv: shell("sleep 3599 & echo $!")})
			pid := strings.TrimSpace(string(r.Stdout))
			if r.TimedOut || r.Exit != 0 || pid == "" {
				k.Fatalf("%+v", r)
			}
			if !k.alive(s, pid) {
				k.Error("the child was killed with its parent's end")
			}
		}},
		{name: "background_child_writes_on", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			r := k.sh(s, "(while :; do echo tick; sleep 0.01; done) & echo $! >&2")
			pid := strings.TrimSpace(string(r.Stderr))
			before := string(r.Stdout)
			// It writes to a pipe that nobody asks for any more, and must not die.
			k.out(s, "sleep 0.2; kill -0 "+pid)
			if string(r.Stdout) != before {
				k.Error("a result changed after it was given")
			}
		}},
		{name: "no_output_is_lost", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			for i := range 10 {
				if r := k.sh(s, "sleep 3 & head -c 60000 /dev/zero"); len(r.Stdout) != 60000 {
					k.Fatalf("round %d: %d bytes", i, len(r.Stdout))
				}
			}
		}},
		{name: "parallel_calls_queue", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					r, err := s.Run(within(k), sandbox.Process{Argv: shell(fmt.Sprintf("mkdir lock || exit 9; echo %d; sleep 0.02; rmdir lock", i))})
					if err != nil || r.Exit != 0 || string(r.Stdout) != fmt.Sprintln(i) {
						k.Errorf("%v %d %q %q", err, r.Exit, r.Stdout, r.Stderr)
					}
				})
			}
			wg.Wait()
		}},
	}
}

func outputPastTheLimit(k *kit) {
	s := k.open(sandbox.Config{Limits: sandbox.Limits{Output: 1000}})
	r := k.sh(s, "printf '%01000d' 7; printf '%01001d' 7 >&2")
	if len(r.Stdout) != 1000 || len(r.Stderr) != 1000 || !r.Cut || r.Exit != 0 {
		k.Errorf("%d and %d bytes, cut %v, exit %d", len(r.Stdout), len(r.Stderr), r.Cut, r.Exit)
	}
	if r := k.sh(s, "printf '%01000d' 7"); r.Cut || len(r.Stdout) != 1000 {
		k.Errorf("exactly the limit is not cut: %d bytes, %v", len(r.Stdout), r.Cut)
	}
	if r := k.run(s, sandbox.Process{Argv: shell("printf '%01001d' 7"), Output: 2000}); r.Cut || len(r.Stdout) != 1001 {
		k.Errorf("a process's own limit: %d bytes, %v", len(r.Stdout), r.Cut)
	}
}
