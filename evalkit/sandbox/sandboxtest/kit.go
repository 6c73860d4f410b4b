package sandboxtest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// kit is what one check works with.
type kit struct {
	*testing.T
	backend sandbox.Backend
	missing string // the program for want of which nothing was checked
}

// open opens a machine that the check's end closes.
func (k *kit) open(c sandbox.Config) sandbox.Sandbox {
	k.Helper()
	s, err := k.backend.Open(within(k), c)
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() {
		if err := s.Close(); err != nil {
			k.Error(err)
		}
	})
	return s
}

func (k *kit) run(s sandbox.Sandbox, p sandbox.Process) sandbox.Result {
	k.Helper()
	r, err := s.Run(within(k), p)
	if err != nil {
		k.Fatalf("run %.200q: %v", p.Argv, err)
	}
	return r
}

func shell(script string) []string { return []string{"sh", "-c", script} }

func (k *kit) sh(s sandbox.Sandbox, script string) sandbox.Result {
	k.Helper()
	return k.run(s, sandbox.Process{Argv: shell(script)})
}

// out runs a script that must succeed, and gives what it said without the
// space around it.
func (k *kit) out(s sandbox.Sandbox, script string) string {
	k.Helper()
	r := k.sh(s, script)
	if r.Exit != 0 || len(r.Stderr) > 0 {
		k.Fatalf("%s\nexit %d, down %v, stdout %.500q, stderr %.500q", script, r.Exit, r.Down, r.Stdout, r.Stderr)
	}
	return strings.TrimSpace(string(r.Stdout))
}

// want runs a script and compares all that came of it.
func (k *kit) want(s sandbox.Sandbox, p sandbox.Process, stdout, stderr string, exit int) {
	k.Helper()
	r := k.run(s, p)
	if string(r.Stdout) != stdout || string(r.Stderr) != stderr || r.Exit != exit {
		k.Errorf("%.200q: stdout %.500q, stderr %.500q, exit %d; want %.500q, %.500q, %d", p.Argv, r.Stdout, r.Stderr, r.Exit, stdout, stderr, exit)
	}
	if r.TimedOut || r.Cut || r.Down || r.Took <= 0 {
		k.Errorf("%.200q: timed out %v, cut %v, down %v, took %v", p.Argv, r.TimedOut, r.Cut, r.Down, r.Took)
	}
}

func (k *kit) write(s sandbox.Sandbox, f sandbox.File) {
	k.Helper()
	if err := s.WriteFile(within(k), f); err != nil {
		k.Fatal(err)
	}
}

func (k *kit) read(s sandbox.Sandbox, name string) []byte {
	k.Helper()
	b, err := s.ReadFile(within(k), name, 64<<20)
	if err != nil {
		k.Fatal(err)
	}
	return b
}

// fails wants an error of a kind that names something.
func (k *kit) fails(err error, is error, says string) {
	k.Helper()
	if err == nil || is != nil && !errors.Is(err, is) || !strings.Contains(err.Error(), says) {
		k.Errorf("%v; want %v naming %q", err, is, says)
	}
}

// lack skips the check for want of a program.
func (k *kit) lack(program string) {
	k.missing = program
	k.Skipf("no %s on the machine", program)
}

func (k *kit) has(s sandbox.Sandbox, program string) bool {
	return k.sh(s, "command -v "+program).Exit == 0
}

// soon polls until something holds; it fails only when it is hopeless.
func (k *kit) soon(what string, ok func() bool) {
	k.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(end) {
			k.Fatalf("still not: %s", what)
		}
	}
}

// alive says whether a process of the machine's lives, asked by signal 0: that
// needs no ps.
func (k *kit) alive(s sandbox.Sandbox, pid string) bool {
	k.Helper()
	return k.sh(s, "kill -0 "+pid+" 2>/dev/null").Exit == 0
}

// onHost counts processes of the host whose command line holds a mark.
func (k *kit) onHost(mark string) (n int) {
	k.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		k.Fatalf("the host shows no processes: %v", err)
	}
	for _, l := range lines {
		b, err := os.ReadFile(l)
		if err == nil && bytes.Contains(b, []byte(mark)) {
			n++
		}
	}
	return n
}
