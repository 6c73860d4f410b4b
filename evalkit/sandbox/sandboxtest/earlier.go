package sandboxtest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// sparesEarlier stops a command: what it had started in its background ends with
// it, and watchers that an earlier command left there go on with their work,
// which is to answer.
func sparesEarlier(k *kit, stop func(k *kit, s sandbox.Sandbox, script string)) {
	s := k.open(sandbox.Config{})
	const watcher = `'while sleep 0.02; do if [ -e "ask.$0" ]; then rm "ask.$0"; fi; done'`
	k.out(s, "nohup sh -c "+watcher+" nohup </dev/null >/dev/null 2>&1 & setsid sh -c "+watcher+" setsid </dev/null >/dev/null 2>&1 &")
	k.answered(s, "ask.nohup")
	k.answered(s, "ask.setsid")
	stop(k, s, telling(5)+`nohup sleep 3600 </dev/null >/dev/null 2>&1 & told $!
setsid sleep 3601 </dev/null >/dev/null 2>&1 & told $!
(setsid sh -c 'echo $$ >> pids; (sleep 3602 & echo $! >> pids; wait)' </dev/null >/dev/null 2>&1 &); sleep 3603`)
	seen := strings.Fields(string(k.read(s, "seen")))
	if len(seen) != 5 {
		k.Fatalf("seen alive: %q, want 5", seen)
	}
	for _, pid := range seen {
		k.soon("process "+pid+" is gone", func() bool { return !k.alive(s, pid) })
	}
	k.answered(s, "ask.nohup")
	k.answered(s, "ask.setsid")
}

// answered asks a watcher, and waits for it to take the question away.
func (k *kit) answered(s sandbox.Sandbox, question string) {
	k.Helper()
	k.write(s, sandbox.File{Path: question})
	k.soon("an answer to "+question, func() bool { _, err := s.Stat(within(k), question); return err != nil })
}

// stoppedByTime gives a script time until it got as far as to be seen, and no
// more.
func stoppedByTime(k *kit, s sandbox.Sandbox, script string) {
	for limit := 500 * time.Millisecond; ; limit *= 4 {
		if limit > 2*time.Minute {
			k.Fatal("its processes were never seen alive")
		}
		if r := k.run(s, sandbox.Process{Argv: shell("rm -f pids seen\n" + script), Time: limit}); !r.TimedOut || r.Exit != 137 {
			k.Fatalf("%+v", r)
		}
		if _, err := s.Stat(within(k), "seen"); err == nil {
			return
		}
	}
}

// stoppedByContext ends a script's context once it is seen.
func stoppedByContext(k *kit, s sandbox.Sandbox, script string) {
	why := errors.New("enough of it")
	ctx, cancel := context.WithCancelCause(within(k))
	defer cancel(nil)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for ; ctx.Err() == nil; <-tick.C {
			if b, err := s.ReadFile(ctx, "seen", 0); err == nil && strings.Count(string(b), "\n") == 5 {
				cancel(why)
			}
		}
	}()
	_, err := s.Run(ctx, sandbox.Process{Argv: shell(script)})
	k.fails(err, why, "sh")
}
