//go:build linux && (amd64 || arm64)

package namespace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// attempt is one way that an adversary may try to get out, or at what is not
// its own. It is made by this test binary, laid into a sandbox and run there,
// by raw system calls: what refuses it is the sandbox, and no missing tool.
type attempt struct {
	name string
	do   func() error
	// want is what must be seen: names of error numbers, or "done" where it
	// works and does no harm, with a bar between.
	want string
	// outside says that the same is done on the host, to show that it would
	// work: it must end in "done" there for root, or the test of it is void.
	outside bool
}

const attemptWord = "attempt"

// A program with the race detector waits for a second at its end unless told
// not to: https://go.dev/doc/articles/race_detector#Options.
const race, raceQuick = "GORACE", "atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if len(os.Args) > 4 && os.Args[1] == mapWord {
		if err := mapIt(os.Args[2:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == attemptWord {
		runtime.LockOSThread()
		os.Exit(tryIt(os.Args[2]))
	}
	os.Setenv(race, raceQuick)
	os.Exit(m.Run())
}

// tryIt makes an attempt in this process and prints what came of it.
func tryIt(name string) int {
	if name == leaderless {
		loseLeader()
	}
	if f, ok := enders[name]; ok {
		f()
		fmt.Println("went on")
		os.WriteFile("after", nil, 0o644)
		return 0
	}
	if f, ok := swappers[name]; ok {
		f(os.Args[3])
	}
	if f, ok := senders[name]; ok {
		fmt.Println(outcome(f(os.Args[3])))
		return 0
	}
	all := append(attempts(), networkAttempts()...)
	i := slices.IndexFunc(all, func(a attempt) bool { return a.name == name })
	if i < 0 {
		fmt.Println("no such attempt")
		return 2
	}
	fmt.Println(outcome(all[i].do()))
	return 0
}

// outcome names an error's number.
func outcome(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &errno):
		if name := unix.ErrnoName(errno); name != "" {
			return name
		}
	}
	return err.Error()
}

// ownBinary is this test's binary, as a file to be laid.
var ownBinary = sync.OnceValues(func() (sandbox.File, error) {
	b, err := os.ReadFile("/proc/self/exe")
	return sandbox.File{Path: "try", Mode: 0o755, Body: b}, err
})

// adversary opens a machine with this test's binary in it.
func adversary(t testing.TB, c sandbox.Config) sandbox.Sandbox {
	t.Helper()
	f, err := ownBinary()
	if err != nil {
		t.Fatal(err)
	}
	c.Files = append(c.Files, f)
	if c.Memory == 0 {
		c.Memory = 1 << 40 // room for the race detector's address space
	}
	if c.Env == nil {
		c.Env = map[string]string{}
	}
	c.Env[race] = raceQuick
	return machineFor(t, c)
}

// TestEscapes makes every attempt, in a sandbox and, where that does no harm,
// on the host beside it, and writes the table of both.
func TestEscapes(t *testing.T) {
	t.Parallel()
	tryAll(t, adversary(t, sandbox.Config{}), attempts())
}

// tryAll makes attempts in one machine.
func tryAll(t *testing.T, s sandbox.Sandbox, all []attempt) {
	var table strings.Builder
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			r := run(t, s, sandbox.Process{Argv: []string{"./try", attemptWord, a.name}})
			got := strings.TrimSpace(string(r.Stdout))
			host := ""
			if a.outside {
				out, err := exec.Command("/proc/self/exe", attemptWord, a.name).Output()
				if host = strings.TrimSpace(string(out)); err != nil {
					t.Errorf("on the host: %v", err)
				}
				if host != "done" && os.Geteuid() == 0 {
					t.Errorf("on the host it is %s: the attempt shows nothing", host)
				}
			}
			fmt.Fprintf(&table, "%-44s %-28s %s\n", a.name, got, host)
			if r.Exit != 0 || len(r.Stderr) > 0 || !slices.Contains(strings.Split(a.want, "|"), got) {
				t.Errorf("got %q, exit %d, %q; want %s", got, r.Exit, r.Stderr, a.want)
			}
		})
	}
	t.Logf("%-44s %-28s %s\n%s", "attempt", "in the sandbox", "on the host", table.String())
	if down, ok := s.Shutdown(); ok {
		t.Errorf("one of them was a shutdown: %+v", down)
	}
	output(t, s, "true")
}

// call is a raw system call that is tried.
func call3(number uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	r, _, e := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	runtime.KeepAlive(args)
	if e != 0 {
		return e
	}
	_ = r
	return nil
}

// text gives a string to the kernel.
func text(s string) uintptr {
	b, err := unix.BytePtrFromString(s)
	if err != nil {
		panic(err)
	}
	texts = append(texts, b)
	return uintptr(unsafe.Pointer(b))
}

var texts []*byte // held, for the kernel reads them

// each wants the same outcome of several calls.
func each(do ...func() error) error {
	var one string
	for i, f := range do {
		got := outcome(f())
		if i > 0 && got != one {
			return fmt.Errorf("%s, but then %s", one, got)
		}
		one = got
	}
	if one == "done" {
		return nil
	}
	return errors.New(one)
}
