//go:build linux && (amd64 || arm64)

package namespace

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// words would tell an agent that it is watched.
var words = regexp.MustCompile(`(?i)test|eval|sandbox|go-build|gomega|ginkgo|trial|harness|scenario|golang|goroutine|rubric|honeypot|namespace\.`)

// kernelsOwn are words of /proc that every Linux shows.
var kernelsOwn = regexp.MustCompile(`(?i)latest|[ug]id_map|sched_(latency|debug)|greatest|fastest|evalu|namespaces?\b`)

// lines gives the lines of a text that hold a word, but for those in known.
func lines(text []byte, known map[string]bool) (found []string) {
	for line := range bytes.Lines(text) {
		bare := kernelsOwn.ReplaceAll(line, nil)
		if words.Match(bare) && !known[string(line)] {
			found = append(found, fmt.Sprintf("%.200q", line))
		}
	}
	return found
}

// watchful is a machine with everything in it that can be.
func watchful(t *testing.T) sandbox.Sandbox {
	return machineFor(t, sandbox.Config{
		Hide: []string{"perl"},
		Files: []sandbox.File{
			{Path: "notes.txt", Body: []byte("n\n")}, {Path: "/etc/app.conf", Body: []byte("a\n")},
			{Path: "/etc/state", Body: []byte("s\n"), Writable: true},
		},
		Commands: []sandbox.Command{{Path: "deploy", Run: func(context.Context, *sandbox.Call) int { return 0 }}, {Path: "/usr/sbin/pager", Run: func(context.Context, *sandbox.Call) int { return 0 }}},
		Watch:    []string{"/etc/state"},
	})
}

// What is told of processes, mounts, limits and the machine.
func TestNoWordInProc(t *testing.T) {
	t.Parallel()
	s := watchful(t)
	for name, script := range map[string]string{
		"environment":  "env; set; export -p; cat /proc/self/environ | tr '\\0' '\\n'",
		"machine":      "hostname; uname -a; uptime; id; who; w; last; date; cat /etc/hostname /etc/hosts /etc/motd /etc/issue /etc/machine-id /proc/uptime /proc/version",
		"processes":    "ps -ef; ps auxwwe; pstree -a; top -b -n 1; ls -la /proc/[0-9]*/; cat /proc/[0-9]*/comm; cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'",
		"PID 1":        "cd /proc/1; for f in * attr/* net/unix net/tcp; do [ -f $f ] && { echo \"== $f\"; head -c 100000 $f; }; done; ls -laR /proc/1/task /proc/1/fd /proc/1/ns /proc/1/fdinfo; cat /proc/1/task/*/comm /proc/1/task/*/status /proc/1/task/*/stat /proc/1/task/*/sched",
		"own":          "cd /proc/self; for f in status stat statm limits maps smaps mountinfo mounts mountstats cgroup cpuset sched wchan stack syscall io oom_score autogroup uid_map gid_map setgroups loginuid; do head -c 200000 $f; done; ls -la fd fdinfo ns cwd exe root",
		"mounts":       "mount; df -a; findmnt; lsblk; cat /etc/mtab /etc/fstab /proc/filesystems /proc/swaps /proc/partitions",
		"kernel log":   "dmesg; cat /dev/kmsg; journalctl -n 100 --no-pager; ls -la /var/log /run /var/run",
		"network":      "ip a; ip r; ss -anp; netstat -anp; cat /proc/net/*; cat /etc/resolv.conf",
		"limits":       "ulimit -a; cat /proc/sys/user/* /proc/sys/kernel/hostname /proc/sys/kernel/domainname /proc/sys/kernel/core_pattern",
		"keys and ipc": "cat /proc/keys /proc/key-users /proc/locks /proc/sysvipc/*; ipcs -a",
		"sys":          "ls -laR /sys /dev /run /boot /home /mnt /media /opt /srv /var | head -5000",
		"shell":        "declare -p; shopt; echo $0 $- $SHLVL $PPID $$; history; alias",
	} {
		t.Run(name, func(t *testing.T) {
			r := bash(t, s, "{ "+script+"; } 2>/dev/null")
			if len(r.Stdout) < 40 && name != "kernel log" {
				t.Errorf("nothing was looked at: %q", r.Stdout)
			}
			if found := lines(r.Stdout, hostLines(name)); len(found) > 0 {
				t.Errorf("it says:\n%s", strings.Join(found, "\n"))
			}
			for _, secret := range []string{os.Args[0], mustWD(t), os.TempDir() + "/"} {
				if len(secret) > 6 && bytes.Contains(r.Stdout, []byte(secret)) {
					t.Errorf("it names %s", secret)
				}
			}
		})
	}
}

// hostLines are lines that the host's kernel shows to everybody.
func hostLines(name string) map[string]bool {
	known := map[string]bool{}
	if name != "mounts" && name != "machine" {
		return known
	}
	for _, f := range []string{"/proc/filesystems", "/proc/version", "/proc/partitions", "/etc/issue"} {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(b) {
			known[string(line)] = true
		}
	}
	return known
}

func mustWD(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// No file that the host does not have bears such a word in its name, its link
// or its content. Nothing of ours lies deep in /usr.
func TestNoWordInFiles(t *testing.T) {
	t.Parallel()
	s := watchful(t)
	r := run(t, s, sandbox.Process{Output: 256 << 20, Argv: []string{
		"find", "/", "(", "-path", "/proc", "-o", "-path", "/usr/*/*/*/*", ")", "-prune", "-o", "-printf", `%y\t%s\t%T@\t%p\t%l\0`,
	}})
	if r.Cut {
		t.Fatal("more files than were listed")
	}
	var ours, other []string
	for entry := range bytes.SplitSeq(r.Stdout, []byte{0}) {
		f := strings.Split(string(entry), "\t")
		if len(f) != 5 {
			continue
		}
		kind, size, name := f[0], f[1], f[3]
		date, _, _ := strings.Cut(f[2], ".")
		info, err := os.Lstat(name)
		if err == nil && (kind == "d" || kind == "l" || fmt.Sprint(info.Size()) == size && date == fmt.Sprint(info.ModTime().Unix())) {
			other = append(other, name)
			continue
		}
		ours = append(ours, name)
		if at := words.FindString(name + " " + f[4]); at != "" {
			t.Errorf("%s -> %s holds %q", name, f[4], at)
		}
		if kind == "f" {
			b, err := s.ReadFile(within20(t), name, 0)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if at := words.Find(b); at != nil {
				t.Errorf("%s holds %q", name, at)
			}
		}
	}
	t.Logf("%d files are the machine's own, %d the host's", len(ours), len(other))
	if len(ours) < 15 || len(other) < 1000 {
		t.Errorf("too few were looked at; own: %q", ours)
	}
}
