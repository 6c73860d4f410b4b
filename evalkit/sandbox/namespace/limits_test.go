//go:build linux && (amd64 || arm64)

package namespace

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	s := machineFor(t, sandbox.Config{Limits: sandbox.Limits{
		Processes: 30, Memory: 200 << 20, Disk: 20 << 20, FileSize: 5 << 20,
	}})
	t.Run("processes", func(t *testing.T) {
		if !has(s, "perl") {
			t.Skip("no perl here; bash tries again and again")
		}
		r := bash(t, s, `perl -e 'while (defined($p = fork)) { $p or exec "sleep", 1000; $n++; push @p, $p } print $n; kill 9, @p'`)
		if n, _ := strconv.Atoi(string(r.Stdout)); n > 40 || n < 20 {
			t.Errorf("%d processes, exit %d, %q", n, r.Exit, r.Stderr)
		}
	})
	t.Run("fork bomb", func(t *testing.T) {
		r := run(t, s, sandbox.Process{Argv: []string{"bash", "-c", ":(){ :|:& };: 2>/dev/null; sleep 100"}, Time: 500 * time.Millisecond})
		if !r.TimedOut {
			t.Errorf("%+v", r)
		}
		if got := output(t, s, "ps -A -o pid= | wc -l"); got > "5" {
			t.Errorf("%s processes left", got)
		}
	})
	t.Run("bomb left behind", func(t *testing.T) {
		// A bomb in the background: the next commands still get their processes.
		s := machineFor(t, sandbox.Config{Limits: sandbox.Limits{Processes: 30}})
		bash(t, s, "(:(){ :|:& };: ) >/dev/null 2>&1 &")
		r := run(t, s, sandbox.Process{Argv: []string{"sleep", "100"}, Time: 300 * time.Millisecond})
		if !r.TimedOut {
			t.Errorf("%+v", r)
		}
		if got := output(t, s, "echo fine"); got != "fine" {
			t.Error(got)
		}
	})
	t.Run("memory", func(t *testing.T) {
		if r := bash(t, s, "tail -c 1G /dev/zero | tail -1 > /dev/null"); len(r.Stderr) == 0 {
			t.Errorf("exit %d, %q", r.Exit, r.Stderr)
		}
		output(t, s, "echo fine")
	})
	t.Run("file size", func(t *testing.T) {
		if r := bash(t, s, "head -c 6000000 /dev/zero > big"); r.Exit == 0 {
			t.Error("written")
		}
		if got := output(t, s, "stat -c %s big; rm big"); got != "5242880" {
			t.Errorf("%s bytes", got)
		}
	})
	t.Run("disk", func(t *testing.T) {
		r := bash(t, s, "for i in $(seq 10); do for d in /app /tmp /root /run /dev/shm /var/tmp; do head -c 1000000 /dev/zero > $d/fill$i || exit 3; done; done")
		if r.Exit != 3 || !strings.Contains(string(r.Stderr), "No space left") {
			t.Errorf("exit %d, %q", r.Exit, r.Stderr)
		}
		output(t, s, "rm -f /app/fill* /tmp/fill* /root/fill* /run/fill* /dev/shm/fill* /var/tmp/fill*; head -c 1000000 /dev/zero > f")
	})
	t.Run("inodes", func(t *testing.T) {
		if r := bash(t, s, "mkdir n; cd n; seq 30000 | xargs touch"); r.Exit == 0 {
			t.Error("no bound")
		}
		output(t, s, "rm -r n")
	})
	t.Run("core", func(t *testing.T) {
		if got := output(t, s, "ulimit -c; ulimit -Hc"); got != "0\n0" {
			t.Error(got)
		}
	})
	t.Run("not to be raised", func(t *testing.T) {
		for _, l := range []string{"-u 5000", "-d unlimited", "-f unlimited", "-v unlimited", "-n 100000"} {
			if r := bash(t, s, "ulimit "+l); r.Exit == 0 {
				t.Errorf("ulimit %s", l)
			}
		}
	})
}

// Runtimes reserve address space that they never use.
func TestReservedAddressSpace(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	if !has(s, "/usr/bin/node") {
		t.Skip("no node here")
	}
	script := "const bytes = new Uint8Array([0,97,115,109,1,0,0,0,5,3,1,0,1]); const kept = []; for (let i = 0; i < 4; i++) kept.push(new WebAssembly.Instance(new WebAssembly.Module(bytes))); console.log(kept.length)"
	if got := output(t, s, "/usr/bin/node -e '"+script+"'"); got != "4" {
		t.Errorf("%q", got)
	}
}
