package sandboxtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// boundChecks: a machine takes no more of the host than its limits, and serves
// on after every attempt.
func boundChecks() []check {
	needs := []sandbox.Promise{sandbox.Bounded}
	small := sandbox.Limits{Processes: 30, Memory: 200 << 20, Disk: 20 << 20, FileSize: 5 << 20}
	var list []check
	add := func(name string, do func(k *kit, s sandbox.Sandbox)) {
		list = append(list, check{name, needs, func(k *kit) {
			s := k.open(sandbox.Config{Limits: small})
			do(k, s)
			if got := k.out(s, "echo fine"); got != "fine" {
				k.Error(got)
			}
		}})
	}
	add("fork_bomb", func(k *kit, s sandbox.Sandbox) {
		r := k.run(s, sandbox.Process{Argv: shell("b() { b | b & }; b 2>/dev/null; sleep 3600"), Time: time.Second})
		if !r.TimedOut {
			k.Errorf("%+v", r)
		}
	})
	add("fork_bomb_left_behind", func(k *kit, s sandbox.Sandbox) {
		k.sh(s, "(b() { b | b & }; b) >/dev/null 2>&1 </dev/null &")
		r := k.run(s, sandbox.Process{Argv: []string{"sleep", "3600"}, Time: 500 * time.Millisecond})
		if !r.TimedOut {
			k.Errorf("the next command still gets its process: %+v", r)
		}
	})
	add("too_many_processes", func(k *kit, s sandbox.Sandbox) {
		// Each shell holds one process of the next; the innermost that lives
		// has told how deep it is.
		r := k.run(s, sandbox.Process{Argv: shell(`echo 'echo $1 > depth; sh ./deeper $(($1 + 1)); true' > deeper; sh ./deeper 1`), Time: 30 * time.Second})
		depth := 0
		fmt.Sscan(string(k.read(s, "depth")), &depth)
		if r.TimedOut || depth < 10 || depth > 40 {
			k.Errorf("%d processes in one another where 30 are allowed; exit %d", depth, r.Exit)
		}
	})
	add("memory_filler", func(k *kit, s sandbox.Sandbox) {
		r := k.run(s, sandbox.Process{Argv: shell("head -c 1000000000 /dev/zero | tail -c 1000000000 | wc -c"), Time: time.Minute})
		if strings.TrimSpace(string(r.Stdout)) == "1000000000" || r.TimedOut {
			k.Errorf("a process had a gigabyte where 200 MiB are allowed: %+v", r)
		}
	})
	add("file_size", func(k *kit, s sandbox.Sandbox) {
		if r := k.sh(s, "head -c 6000000 /dev/zero > big"); r.Exit == 0 {
			k.Error("written")
		}
		if got := k.out(s, "wc -c < big"); strings.TrimSpace(got) != "5242880" {
			k.Errorf("%s bytes", got)
		}
	})
	add("disk_filler", func(k *kit, s sandbox.Sandbox) {
		r := k.sh(s, "for i in 1 2 3 4 5 6 7 8 9; do for d in . /tmp $HOME; do head -c 1000000 /dev/zero > $d/fill$i || exit 3; done; done")
		if r.Exit != 3 {
			k.Errorf("27 MB written where 20 MiB are allowed: exit %d, %q", r.Exit, r.Stderr)
		}
		k.out(s, "rm -f ./fill* /tmp/fill* $HOME/fill*; head -c 1000000 /dev/zero > f")
	})
	add("inode_filler", func(k *kit, s sandbox.Sandbox) {
		r := k.run(s, sandbox.Process{Argv: shell("mkdir n; cd n; i=0; while [ $i -lt 100000 ]; do : > $i || exit 3; i=$((i + 1)); done"), Time: time.Minute})
		if r.Exit == 0 || r.TimedOut {
			k.Errorf("no bound: exit %d, timed out %v", r.Exit, r.TimedOut)
		}
		k.out(s, "rm -r n")
	})
	add("limits_are_not_to_be_raised", func(k *kit, s sandbox.Sandbox) {
		for _, l := range []string{"-f unlimited", "-d unlimited", "-v unlimited", "-n 100000", "-c unlimited"} {
			if r := k.sh(s, "ulimit "+l); r.Exit == 0 {
				k.Errorf("ulimit %s", l)
			}
		}
	})
	return list
}
