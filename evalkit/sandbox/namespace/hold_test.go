//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// echoing opens a machine that copies n to seen whenever n has changed.
func echoing(t testing.TB, calls *atomic.Int32) sandbox.Sandbox {
	var s sandbox.Sandbox
	s = machineFor(t, sandbox.Config{Hold: []string{"n"}, Held: func(ctx context.Context) {
		calls.Add(1)
		body, err := s.ReadFile(ctx, "n", 0)
		if err != nil {
			body = []byte("gone\n")
		}
		if err := s.WriteFile(ctx, sandbox.File{Path: "seen", Body: body}); err != nil {
			t.Error(err)
		}
	}})
	return s
}

func TestWhoChangesAHeldFileWaits(t *testing.T) {
	programs := map[string]string{
		"bash":                    `for i in 1 2 3 4 5 6 7 8; do echo $i > n; read s < seen; [ "$s" = $i ] || echo "at $i: $s"; done`,
		"commands":                `for i in 1 2 3 4; do sh -c "echo $i > n"; s=$(cat seen); [ "$s" = $i ] || echo "at $i: $s"; done`,
		"renamed":                 `for i in 1 2 3 4; do echo $i > t; mv t n; s=$(cat seen); [ "$s" = $i ] || echo "at $i: $s"; done`,
		"deleted":                 `echo 1 > n; rm n; s=$(cat seen); [ "$s" = gone ] || echo "then: $s"`,
		"same size, same instant": `echo 1 > n; echo 2 > n; echo 1 > n; read s < seen; [ "$s" = 1 ] || echo "then: $s"`,
		"python3": `python3 -c '
for i in range(8):
    with open("n", "w") as f:
        f.write("%d\n" % i)
    s = open("seen").read().strip()
    if s != str(i):
        print("at", i, s)'`,
		"perl": `perl -e 'for $i (1..8) { open F, ">n"; print F "$i\n"; close F; open F, "<seen"; $s = <F>; chomp $s; print "at $i: $s" if $s ne $i; close F }'`,
	}
	for name, script := range programs {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			s := echoing(t, &calls)
			if (name == "python3" || name == "perl") && !has(s, name) {
				t.Skipf("no %s here", name)
			}
			if got := output(t, s, script); got != "" {
				t.Error(got)
			}
			if calls.Load() == 0 {
				t.Error("nobody was told")
			}
		})
	}
}

// What an agent puts in a held file's place must not stop the machine.
func TestAHeldFileMayBecomeAnything(t *testing.T) {
	for name, script := range map[string]string{
		"fifo": "mkfifo n", "folder": "mkdir n", "loop": "ln -s n n", "device": "ln -s /dev/zero n", "tty": "ln -s /dev/tty n",
		"unreadable": "echo 1 > n; chmod 0 n", "large": "head -c 100000 /dev/zero > n", "own memory": "ln -s /proc/1/mem n",
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			s := echoing(t, &calls)
			if got := output(t, s, script+"; echo on"); got != "on" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestAMachineGoesDownWhileSomebodyIsHeld(t *testing.T) {
	entered := make(chan struct{}, 8) // the other process may find the file empty, and wait too
	s := machineFor(t, sandbox.Config{Hold: []string{"n"}, Held: func(ctx context.Context) {
		entered <- struct{}{}
		<-ctx.Done()
	}})
	first := make(chan sandbox.Result, 1)
	go func() {
		r, _ := s.Run(within20(t), sandbox.Process{Argv: []string{"bash", "-c", `
			trap on=1 USR1 # who ends the machine closes nothing any more, and so is not held itself
			(kill -USR1 $$; while [ ! -e go ]; do :; done; kill -TERM 1) &
			while [ -z "$on" ]; do :; done
			echo 1 > n; echo past`}})
		first <- r
	}()
	<-entered
	if err := s.WriteFile(within20(t), sandbox.File{Path: "go"}); err != nil && !errors.Is(err, sandbox.ErrDown) {
		t.Fatal(err) // it may be down before the writing is answered
	}
	if r := <-first; !r.Down || strings.Contains(string(r.Stdout), "past") {
		t.Errorf("got %+v", r)
	}
}

// What holding costs a command that closes and starts as usual.
func BenchmarkHolding(b *testing.B) {
	for _, c := range []struct {
		name string
		hold []string
	}{{"without", nil}, {"with", []string{"n"}}} {
		b.Run(c.name, func(b *testing.B) {
			s := mustOpen(b, sandbox.Config{Hold: c.hold, Held: func(context.Context) {}})
			defer s.Close()
			for b.Loop() {
				if _, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"bash", "-c", "ls /usr | sort | tail -1"}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
