package sandboxtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// stage is a moment of a machine's life at which the harness is killed.
type stage struct {
	name  string
	needs []sandbox.Promise
	// reach brings a harness there, and calls arrived.
	reach func(ctx context.Context, b sandbox.Backend, mark string, arrived func()) error
	// after are the times to wait before the kill: the kernel's own moments
	// cannot be named.
	after []time.Duration
}

// killedEnv tells a test binary that it is the harness of a stage.
const killedEnv = "EVALKIT_TEST_KILLED_AT"

// nextRunName is the harness that opens one machine and closes it.
const nextRunName = "next"

// Killed ends a harness with SIGKILL at every stage of its machines' lives, and
// wants no process, mount or folder left, or none once another machine was
// opened. It starts the test that calls it anew, so that it must be called from
// a test of the backend's own:
//
//	func TestKilledHarness(t *testing.T) { sandboxtest.Killed(t, mybackend.Backend{}) }
func Killed(t *testing.T, b sandbox.Backend) {
	t.Helper()
	if at := os.Getenv(killedEnv); at != "" {
		beKilled(t, b, at)
		return
	}
	var moments []func()
	for _, s := range stages() {
		if missing := lacking(s.needs, b.Promises()); len(missing) > 0 {
			t.Run(s.name, func(t *testing.T) {
				t.Skipf("the backend %s does not promise %s", b.Name(), strings.Join(missing, ", "))
			})
			continue
		}
		for _, after := range s.after {
			moments = append(moments, func() {
				t.Run(fmt.Sprintf("%s %v", s.name, after), func(t *testing.T) { killAt(t, b, s.name, after) })
			})
		}
	}
	several(slotsFor(b), len(moments), func(i int) { moments[i]() })
}

func stages() []stage {
	moments := []time.Duration{0, time.Millisecond, 2 * time.Millisecond, 4 * time.Millisecond, 7 * time.Millisecond, 12 * time.Millisecond, 20 * time.Millisecond}
	at := func(script string) func(context.Context, sandbox.Backend, string, func()) error {
		return func(ctx context.Context, b sandbox.Backend, mark string, arrived func()) error {
			s, err := b.Open(ctx, sandbox.Config{})
			if err != nil {
				return err
			}
			go func() {
				for {
					if _, err := s.ReadFile(ctx, "there", 1); err == nil {
						arrived()
						return
					}
				}
			}()
			_, err = s.Run(ctx, sandbox.Process{Argv: shell(strings.ReplaceAll(script, "MARK", mark))})
			if err == nil {
				<-ctx.Done()
			}
			return err
		}
	}
	const stubborn = `for i in 1 2 3; do (setsid sh -c 'for s in 1 2 3 6 10 12 13 14 15 17 18 20 21 22 30; do trap "" $s; done; while :; do sleep MARK$0; done' $i </dev/null >/dev/null 2>&1 &); done; `
	return []stage{
		{"setting_up", nil, func(ctx context.Context, b sandbox.Backend, _ string, arrived func()) error {
			arrived()
			for { // of one after the other: some moment of it
				s, err := b.Open(ctx, sandbox.Config{Files: []sandbox.File{{Path: "large", Body: make([]byte, 4<<20)}}})
				if err != nil {
					return err
				}
				defer s.Close()
			}
		}, moments},
		{"idle", nil, at(": > there"), moments[:1]},
		{"in_a_command", nil, at(": > there; sleep MARK1"), moments[:2]},
		{"background", nil, at(stubborn + ": > there"), moments[:2]},
		{"in_a_loop_of_forks", nil, at("(while :; do sleep MARK1 & sleep MARK2 & kill -9 $!; kill -9 %1; wait; done) & : > there"), moments[:3]},
		{"in_a_command_answered_by_go", []sandbox.Promise{sandbox.SystemFiles}, func(ctx context.Context, b sandbox.Backend, mark string, arrived func()) error {
			s, err := b.Open(ctx, sandbox.Config{Commands: []sandbox.Command{{Path: "answer", Run: func(ctx context.Context, c *sandbox.Call) int {
				arrived()
				c.Run(ctx, sandbox.Process{Argv: []string{"sleep", mark + "1"}})
				return 0
			}}}})
			if err == nil {
				_, err = s.Run(ctx, sandbox.Process{Argv: []string{"answer"}})
			}
			return err
		}, moments[:3]},
		{"closing", nil, func(ctx context.Context, b sandbox.Backend, mark string, arrived func()) error {
			s, err := b.Open(ctx, sandbox.Config{})
			if err != nil {
				return err
			}
			if _, err = s.Run(ctx, sandbox.Process{Argv: shell(strings.ReplaceAll(stubborn, "MARK", mark))}); err != nil {
				return err
			}
			arrived()
			s.Close()
			<-ctx.Done()
			return nil
		}, moments[:5]},
	}
}

// beKilled is the harness.
func beKilled(t *testing.T, b sandbox.Backend, at string) {
	name, mark, _ := strings.Cut(at, " ")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if name == nextRunName {
		s, err := b.Open(ctx, sandbox.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	for _, s := range stages() {
		if s.name == name {
			t.Errorf("it was to be killed: %v", s.reach(ctx, b, mark, func() { fmt.Println("\nARRIVED") }))
		}
	}
}

// killAt starts a harness, kills it, and looks for what is left.
func killAt(t *testing.T, b sandbox.Backend, name string, after time.Duration) {
	dir, err := os.MkdirTemp("", "k")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	mark := fmt.Sprintf("88%d%d.", os.Getpid(), time.Now().UnixNano()%1e6)
	mounts := mountsOf(t)
	test, _, _ := strings.Cut(t.Name(), "/")
	harness := exec.Command("/proc/self/exe", "-test.run=^"+test+"$")
	harness.Env = append(os.Environ(), "TMPDIR="+dir, killedEnv+"="+name+" "+mark)
	out, err := harness.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := harness.Start(); err != nil {
		t.Fatal(err)
	}
	arrived := false
	for lines := bufio.NewScanner(out); !arrived && lines.Scan(); {
		arrived = lines.Text() == "ARRIVED"
	}
	<-time.After(after)
	family := descendants(harness.Process.Pid)
	harness.Process.Kill()
	harness.Wait()
	if !arrived {
		t.Fatal("the harness never got there")
	}
	k := &kit{T: t, backend: b}
	k.soon("no process is left", func() bool { return k.onHost(mark) == 0 && !anyOf(family) })
	if now := mountsOf(t); now != mounts {
		t.Errorf("mounts were\n%s\nand are\n%s", mounts, now)
	}
	k.soon("no folder is left", func() bool { return len(left(t, dir)) == 0 || nextRun(t, dir) })
}

// nextRun opens a machine as the next run would, in a process of its own, and
// says whether nothing is left then.
func nextRun(t *testing.T, dir string) bool {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	next := exec.Command("/proc/self/exe", "-test.run=^"+test+"$")
	next.Env = append(os.Environ(), "TMPDIR="+dir, killedEnv+"="+nextRunName+" ")
	if out, err := next.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return len(left(t, dir)) == 0
}

func left(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func mountsOf(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
