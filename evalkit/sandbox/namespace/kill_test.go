//go:build linux && (amd64 || arm64)

package namespace

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// stops are the ways in which a command is stopped. The process gets its
// standard input once it runs.
var stops = map[string]func(t *testing.T, s sandbox.Sandbox, script string){
	"time": func(t *testing.T, s sandbox.Sandbox, script string) {
		for limit := 500 * time.Millisecond; ; limit *= 4 { // until it got as far as that
			if r := run(t, s, sandbox.Process{Argv: []string{"bash", "-c", script}, Time: limit}); !r.TimedOut || r.Exit != 137 {
				t.Fatalf("%+v", r)
			}
			if _, err := s.Stat(within20(t), "ready"); err == nil {
				return
			}
		}
	},
	"context": func(t *testing.T, s sandbox.Sandbox, script string) {
		why := errors.New("enough of it")
		ctx, cancel := context.WithCancelCause(within20(t))
		defer cancel(nil)
		go func() {
			for ctx.Err() == nil {
				if _, err := s.Stat(ctx, "ready"); err == nil {
					cancel(why)
				}
			}
		}()
		if _, err := s.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c", script}}); !errors.Is(err, why) {
			t.Fatalf("%v", err)
		}
	},
}

// eachStop opens a machine for each way to stop a command.
func eachStop(t *testing.T, c sandbox.Config, do func(t *testing.T, s sandbox.Sandbox, stop func(script string))) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			s := machineFor(t, c)
			do(t, s, func(script string) { stop(t, s, script) })
		})
	}
}

// watcher answers requests until it dies, with processes of its own, some of
// them born while later commands run.
const watcher = `setsid bash -c 'while :; do [ ! -e request ] || { read n < request && rm request && echo $n > t && mv t answer; }; (setsid sleep 0.01 &); sleep 0.01; done' </dev/null >/dev/null 2>&1 & echo $! > watcher`

// rabbit is the executable of a process that starts another and ends, and so on.
// Whoever lists processes finds it gone.
func rabbit(t *testing.T) sandbox.File {
	t.Helper()
	code := map[string][]byte{
		// fork; again in the child, and if it failed; exit_group(0)
		"amd64": {0xb8, 57, 0, 0, 0, 0x0f, 0x05, 0x85, 0xc0, 0x7e, 0xf5, 0xb8, 231, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05},
		// clone(SIGCHLD, 0, 0, 0, 0); again in the child, and if it failed; exit_group(0)
		"arm64": {
			0x88, 0x1b, 0x80, 0xd2, 0x20, 0x02, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2,
			0x03, 0x00, 0x80, 0xd2, 0x04, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0x1f, 0x00, 0x00, 0xf1,
			0x0d, 0xff, 0xff, 0x54, 0x00, 0x00, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
		},
	}[runtime.GOARCH]
	const headers, sizes = 64 + 56, 64 + 32 // of the ELF file; where its sizes stand
	body := append(stub(0)[:headers:headers], code...)
	for _, at := range []int{sizes, sizes + 8} {
		binary.LittleEndian.PutUint64(body[at:], uint64(len(body)))
	}
	return sandbox.File{Path: "rabbit", Mode: 0o755, Body: body}
}

// many leaves hares room.
var many = sandbox.Limits{Processes: 1500}

// hares are an earlier command's rabbits. With them about no look is sure to
// have seen everything, and all is frozen when a command is stopped.
// At the limit of processes they would stand still.
const hares = `cp rabbit hare; for i in 1 2 3; do ./hare </dev/null >/dev/null 2>&1 & done`

func answers(t *testing.T, s sandbox.Sandbox, n int) {
	t.Helper()
	if err := s.WriteFile(within20(t), sandbox.File{Path: "request", Body: fmt.Appendln(nil, n)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an answer of the watcher", func() bool {
		b, err := s.ReadFile(within20(t), "answer", 0)
		return err == nil && string(b) == fmt.Sprintln(n)
	})
}

// commandsOf lists the processes that live, by their command lines.
func commandsOf(t *testing.T, s sandbox.Sandbox) (list []string) {
	t.Helper()
	ps, err := s.(sandbox.Lister).Processes(within20(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		list = append(list, p.Command)
	}
	return list
}

// alive counts the processes that live, by the beginning of their command lines.
func alive(t *testing.T, s sandbox.Sandbox, command string) (n int) {
	t.Helper()
	for _, c := range commandsOf(t, s) {
		if strings.HasPrefix(c, command) {
			n++
		}
	}
	return n
}

func TestAWatcherOutlivesAStoppedCommand(t *testing.T) {
	eachStop(t, sandbox.Config{}, func(t *testing.T, s sandbox.Sandbox, stop func(string)) {
		output(t, s, watcher)
		answers(t, s, 1)
		stop(`sleep 1000 & setsid sleep 1000 & (setsid bash -c 'sleep 1000 & trap "" TERM; (setsid setsid sleep 1000 &) ; sleep 1000' &)
			while [ $(ps -A -o args= | grep -c '^sleep 1000') -lt 5 ]; do sleep 0.01; done; : > ready; sleep 1000`)
		if n := alive(t, s, "sleep 1000"); n > 0 {
			t.Errorf("%d of the stopped command's processes live: %q", n, commandsOf(t, s))
		}
		answers(t, s, 2)
		if got := output(t, s, "kill -0 $(cat watcher) && echo alive"); got != "alive" {
			t.Error(got)
		}
	})
}

// Whoever multiplies ends wholly: many at once, one after the other, sessions,
// and with nobody at home in the first thread.
func TestWhoeverMultipliesEndsWithItsCommand(t *testing.T) {
	for name, script := range map[string]string{
		"bomb":            `: > ready; b() { b | b & }; b 2>/dev/null; sleep 1000`,
		"bomb, sessions":  `: > ready; b() { setsid bash -c "$(declare -f b); b; b" & }; b 2>/dev/null; sleep 1000`,
		"rabbit":          `./rabbit & : > ready; sleep 1000`,
		"rabbits":         `for i in 1 2 3 4; do perl -MPOSIX -e '$SIG{TERM} = "IGNORE"; for (;;) { $p = fork; exit if $p; POSIX::setsid() if defined $p }' & done; sleep 0.2; : > ready; sleep 1000`,
		"among others":    `mkdir doomed; cp rabbit doomed/; for i in 1 2 3; do ./doomed/rabbit & done; : > ready; sleep 1000`,
		"no first thread": `/usr/bin/python3 -c 'import ctypes, os, threading, time; threading.Thread(target=lambda: (open("pid", "w").write(str(os.getpid())), open("ready", "w"), time.sleep(1000))).start(); ctypes.CDLL(None).pthread_exit(None)' & sleep 1000`,
		"lower marks":     `for i in 1 2 3; do (ulimit -q $((800000 - i)); setsid sleep 1000 &); done; : > ready; sleep 1000`,
	} {
		t.Run(name, func(t *testing.T) {
			limits := sandbox.Limits{Processes: 100}
			if strings.Contains(script, "./") {
				limits = many
			}
			eachStop(t, sandbox.Config{Files: []sandbox.File{rabbit(t)}, Limits: limits}, func(t *testing.T, s sandbox.Sandbox, stop func(string)) {
				for _, program := range []string{"perl", "/usr/bin/python3"} {
					if strings.Contains(script, program) && !has(s, program) {
						t.Skipf("no %s here", program)
					}
				}
				output(t, s, watcher)
				answers(t, s, 1)
				if name == "among others" {
					output(t, s, hares)
				}
				stop(script)
				for range 200 { // whoever comes and goes is not on every list
					for _, c := range commandsOf(t, s) {
						if !strings.Contains(c, "while :; do [ ! -e request ]") && !strings.HasSuffix(c, "sleep 0.01") && c != "./hare" && c != "" {
							t.Fatalf("still alive: %s", c)
						}
					}
				}
				answers(t, s, 2)
				if pid, err := s.ReadFile(within20(t), "pid", 0); err == nil { // no list shows it
					eventually(t, "gone", func() bool { return bash(t, s, "kill -0 "+string(pid)).Exit != 0 })
				}
			})
		})
	}
}

// Who was stopped stays so, and who was not goes on, frozen or not.
func TestTheStoppedStayStopped(t *testing.T) {
	for name, earlier := range map[string]string{
		"quiet":  `true`,
		"frozen": hares,
	} {
		t.Run(name, func(t *testing.T) {
			eachStop(t, sandbox.Config{Files: []sandbox.File{rabbit(t)}, Limits: many}, func(t *testing.T, s sandbox.Sandbox, stop func(string)) {
				output(t, s, "sleep 2000 </dev/null >/dev/null 2>&1 & kill -STOP $!; echo $! > pid; "+watcher+"; "+earlier)
				state := `ps -o stat= -p $(cat pid) | cut -c1`
				eventually(t, "stopped", func() bool { return output(t, s, state) == "T" })
				answers(t, s, 1)
				stop(`: > ready; sleep 1000`)
				answers(t, s, 2)
				if earlier == hares {
					eventually(t, "a hare", func() bool { return alive(t, s, "./hare") > 0 })
				}
				if got := output(t, s, state); got != "T" {
					t.Errorf("it is %q", got)
				}
				output(t, s, "kill -CONT $(cat pid)")
				eventually(t, "awake", func() bool { return output(t, s, state) == "S" })
			})
		})
	}
}

// A call of an earlier command's process, and what its function runs, go on
// while another command is stopped; calls of that one end.
func TestCallsOfTheLivingGoOn(t *testing.T) {
	type call struct {
		name  string
		ended chan error
	}
	calls := make(chan call, 8)
	var serving atomic.Int32
	c := sandbox.Config{Commands: []sandbox.Command{{Path: "serve", Run: func(ctx context.Context, c *sandbox.Call) int {
		serving.Add(1)
		defer serving.Add(-1)
		mine := call{c.Args[1], make(chan error, 1)}
		calls <- mine
		r, err := c.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c",
			"(setsid sleep 300" + c.Args[1] + " &); : > ready" + c.Args[1] + "; while [ ! -e enough ]; do sleep 0.01; done"}})
		if err == nil && r.Exit == 0 && ctx.Err() == nil {
			io.WriteString(c.Stdout, "served\n")
		} else {
			err = cmp.Or(err, context.Cause(ctx), fmt.Errorf("exit %d", r.Exit))
		}
		mine.ended <- err
		return 0
	}}}}
	eachStop(t, c, func(t *testing.T, s sandbox.Sandbox, stop func(string)) {
		// The early one calls while the later command runs.
		output(t, s, "setsid bash -c 'while [ ! -e begin ]; do sleep 0.01; done; serve 1 > served; : > done' </dev/null >/dev/null 2>&1 &")
		stop(`: > begin; (setsid serve 2 &); serve 3 & while [ ! -e ready1 -o ! -e ready2 -o ! -e ready3 ]; do sleep 0.01; done; : > ready; serve 4`)
		ended := map[string]chan error{}
		for len(calls) > 0 {
			c := <-calls
			ended[c.name] = c.ended
		}
		for _, doomed := range []string{"2", "3"} {
			if err := <-ended[doomed]; err == nil {
				t.Errorf("call %s was served", doomed)
			}
		}
		select {
		case err := <-ended["1"]:
			t.Fatalf("the living one's call ended: %v", err)
		default:
		}
		eventually(t, "the living one's child has become what it is", func() bool { return alive(t, s, "sleep 3001") == 1 })
		if alive(t, s, "sleep 3002")+alive(t, s, "sleep 3003") > 0 {
			t.Errorf("now live %q", commandsOf(t, s))
		}
		if got := output(t, s, ": > enough; while [ ! -e done ]; do sleep 0.01; done; cat served"); got != "served" || <-ended["1"] != nil {
			t.Errorf("the living one got %q", got)
		}
		eventually(t, "all answered", func() bool { return serving.Load() == 0 })
		output(t, s, "rm -f enough")
	})
}

// Of a stopped command nothing goes on because something else of it was killed
// before: not the shell that waits for it.
func TestStoppedCommandTakesNoFurtherStep(t *testing.T) {
	var stop atomic.Pointer[context.CancelFunc]
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{{Path: "over", Run: func(ctx context.Context, _ *sandbox.Call) int {
		(*stop.Load())()
		<-ctx.Done()
		return 1
	}}}})
	for range 200 {
		ctx, cancel := context.WithCancel(within20(t))
		stop.Store(&cancel)
		s.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c", "(echo a | over; echo never > work); echo never > work"}})
	}
	if b, err := s.ReadFile(within20(t), "work", 0); err == nil {
		t.Errorf("a further step: %q", b)
	}
}

// A held file's process waits while another command is stopped, and goes on.
func TestTheHeldGoOn(t *testing.T) {
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			held, goOn := make(chan bool, 64), make(chan bool)
			s := machineFor(t, sandbox.Config{Files: []sandbox.File{rabbit(t)}, Limits: many, Hold: []string{"n"}, Held: func(ctx context.Context) {
				held <- true
				select {
				case <-goOn:
				case <-ctx.Done():
				}
			}})
			output(t, s, hares+"; setsid bash -c 'while [ ! -e begin ]; do sleep 0.01; done; echo 1 > n; echo on > after' </dev/null >/dev/null 2>&1 &")
			if err := s.WriteFile(within20(t), sandbox.File{Path: "begin"}); err != nil { // a shell could be held in its place
				t.Fatal(err)
			}
			<-held
			stop(t, s, ": > ready; sleep 1000")
			if _, err := s.Stat(within20(t), "after"); err == nil {
				t.Error("it did not wait")
			}
			close(goOn)
			eventually(t, "on", func() bool { b, _ := s.ReadFile(within20(t), "after", 0); return string(b) == "on\n" })
		})
	}
}

// The time of a nested run does not end what other commands start meanwhile,
// whichever began first.
func TestInnerTimeoutSparesOtherCommands(t *testing.T) {
	const (
		calls  = "while [ ! -e ready ]; do sleep 0.01; done; limited; : > done"
		starts = ": > ready; while [ ! -e inner ]; do sleep 0.01; done; (setsid sleep 5001 &); : > orphan; while [ ! -e done ]; do sleep 0.01; done"
	)
	for name, scripts := range map[string][2]string{"the later calls": {starts, calls}, "the earlier calls": {calls, starts}} {
		t.Run(name, func(t *testing.T) {
			var inner sandbox.Result
			s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{{Path: "limited", Run: func(ctx context.Context, c *sandbox.Call) int {
				inner, _ = c.Run(ctx, sandbox.Process{Argv: []string{"bash", "-c",
					"(setsid sleep 4001 &); : > inner; while [ ! -e orphan ]; do sleep 0.01; done; sleep 4002"}, Time: time.Second})
				return 0
			}}}})
			output(t, s, "setsid bash -c '"+scripts[0]+"' </dev/null >/dev/null 2>&1 &")
			output(t, s, scripts[1])
			if !inner.TimedOut || inner.Exit != 137 {
				t.Errorf("%+v", inner)
			}
			if alive(t, s, "sleep 400") != 0 || alive(t, s, "sleep 5001") != 1 {
				t.Errorf("now live %q", commandsOf(t, s))
			}
		})
	}
}
