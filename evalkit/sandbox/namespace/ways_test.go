//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// reachNobody are the enders that do not end PID 1, each with what it may print.
var reachNobody = []string{
	"owner of a socket", "owner, SIGKILL", "owner, no signal named", "owner, PID 1's group", "owner, a thread",
	"timer for its thread", "all of them", "own group", "child of PID 1's", "traced by PID 1", "reboot, a wrong magic",
	"reboot, CAD", "a signal past the last", "limit of processor time", "limit of files", "terminal's group",
	"directory notification", "out of band by SIOCSPGRP",
}

// Every bare call that ends PID 1 is a shutdown with its sender, who does not
// come back from it; every other leaves the machine up.
func TestWaysToEndInit(t *testing.T) {
	t.Parallel()
	for name := range enders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := adversary(t, sandbox.Config{})
			r := run(t, s, sandbox.Process{Argv: []string{"./try", attemptWord, name}})
			if slices.Contains(reachNobody, name) {
				stillUp(t, s, r)
				return
			}
			signal := "SIGTERM"
			switch {
			case name == "kill SIGKILL":
				signal = "SIGKILL"
			case name == "a shared file table":
				signal = "SIGHUP"
			case strings.HasPrefix(name, "reboot"):
				signal = "reboot"
			}
			ended(t, s, r, signal, "try")
		})
	}
}

func stillUp(t *testing.T, s sandbox.Sandbox, r sandbox.Result) {
	t.Helper()
	if r.Down || r.Exit != 0 || string(r.Stdout) != "went on\n" || len(r.Stderr) > 0 {
		t.Errorf("down %v, exit %d, %q %q", r.Down, r.Exit, r.Stdout, r.Stderr)
	}
	if got := output(t, s, "sleep 0.05; echo up"); got != "up" {
		t.Error(got)
	}
	if down, ok := s.Shutdown(); ok {
		t.Errorf("%+v", down)
	}
}

// ended wants a shutdown by a sender that did nothing after it.
func ended(t *testing.T, s sandbox.Sandbox, r sandbox.Result, signal, sender string) {
	t.Helper()
	if !r.Down || r.TimedOut || strings.Contains(string(r.Stdout), "went on") {
		t.Errorf("down %v, exit %d, %q %q", r.Down, r.Exit, r.Stdout, r.Stderr)
	}
	down, ok := s.Shutdown()
	if !ok || down.Signal != signal || len(down.Sender) == 0 || down.Sender[0].Name != sender {
		t.Fatalf("%+v, %v; want %s by %s", down, ok, signal, sender)
	}
	if _, err := s.Stat(context.Background(), "after"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the sender went on: %v", err)
	}
}

const cSender = `#include <signal.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/reboot.h>
int main(int argc, char **argv) {
	switch (argv[1][0]) {
	case 'k': kill(1, SIGTERM); break;
	case 'q': { union sigval v = {0}; sigqueue(1, SIGTERM, v); break; }
	case 't': syscall(SYS_tgkill, 1, 1, SIGTERM); break;
	case 'p': syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, 1, 0), SIGTERM, 0, 0); break;
	case 'r': reboot(RB_POWER_OFF); break;
	}
	puts("went on");
	close(open("after", O_CREAT, 0644));
	return 0;
}
`

const javaSender = `import java.nio.file.*;
class Sender {
	public static void main(String[] a) throws Exception {
		if (a[0].equals("exec")) new ProcessBuilder("kill", "1").inheritIO().start().waitFor();
		else System.out.println(ProcessHandle.of(1).map(p -> { try { return "" + p.destroy(); } catch (Exception e) { return e.toString(); } }).orElse("none"));
		Files.write(Path.of("after"), new byte[0]);
	}
}
`

// The same from every language at hand.
func TestWaysOfLanguages(t *testing.T) {
	t.Parallel()
	py := func(code string) string {
		return `/usr/bin/python3 -c 'import os, signal, ctypes, threading, subprocess
libc = ctypes.CDLL(None)
` + code + `
open("after", "w")'`
	}
	node := func(code string) string { return "node -e '" + code + `; require("fs").writeFileSync("after", "")'` }
	perl := func(code string) string { return "perl -e '" + code + `; open F, ">after"'` }
	for _, c := range []struct{ name, needs, script, signal, sender string }{
		{"bash builtin", "bash", "kill 1; > after", "SIGTERM", "bash"},
		{"bash builtin, a job of it", "bash", "(kill -s INT 1; > after) & wait; > after", "SIGINT", "bash"},
		{"bash, exec", "bash", "exec /bin/kill -HUP 1", "SIGHUP", "kill"},
		{"sh", "sh", `sh -c 'kill -9 1; > after'`, "SIGKILL", "sh"},
		{"kill", "/bin/kill", "/bin/kill -s QUIT 1; > after", "SIGQUIT", "kill"},
		{"kill with a value", "/bin/kill", "/bin/kill -q 3 1; > after", "SIGTERM", "kill"},
		{"pkill", "pkill", "pkill -x init; > after", "SIGTERM", "pkill"},
		{"pkill by number", "pkill", "pkill -TERM -P 0; > after", "SIGTERM", "pkill"},
		{"killall", "killall", "killall init; > after", "SIGTERM", "killall"},
		{"killall5", "killall5", "killall5 -15; echo went on", "", ""},
		{"skill", "skill", "skill -TERM init; > after", "SIGTERM", "skill"},
		{"timeout", "timeout", `timeout --foreground 1 sh -c 'kill 1; > after'; > after`, "SIGTERM", "sh"},
		{"xargs", "xargs", "echo 1 | xargs kill; > after", "SIGTERM", "kill"},
		{"find -exec", "find", `find /app -maxdepth 0 -exec kill 1 \; ; > after`, "SIGTERM", "kill"},
		{"env", "env", "env -i /bin/kill 1; > after", "SIGTERM", "kill"},
		{"nohup, setsid", "setsid", "nohup setsid -f sh -c 'sleep 0.1; kill 1; > after' >/dev/null 2>&1; sleep 30", "SIGTERM", "sh"},
		{"double fork", "bash", "( ( sleep 0.1; kill 1; > after ) & ) ; sleep 30", "SIGTERM", "bash"},
		{"trap", "bash", "trap 'kill 1; > after' EXIT; exit 0", "SIGTERM", "bash"},
		{"awk", "awk", `awk 'BEGIN { system("kill 1"); print > "after" }'`, "SIGTERM", "sh"},
		{"awk pipe", "awk", `awk 'BEGIN { "kill -9 1" | getline; print > "after" }'`, "SIGKILL", "sh"},
		{"sed", "sed", `echo | sed 's/.*/kill 1/e'; > after`, "SIGTERM", "sh"},
		{"vi, ed", "ed", "echo '!kill 1' | ed; > after", "SIGTERM", "sh"},
		{"make", "make", "printf 'all:\\n\\tkill 1\\n\\ttouch after\\n' > Makefile; make", "SIGTERM", "kill"},
		{"tcl", "tclsh", `echo 'exec kill 1; open after w' | tclsh`, "SIGTERM", "kill"},
		{"ruby", "ruby", `ruby -e 'Process.kill(:TERM, 1); File.write("after", "")'`, "SIGTERM", "ruby"},
		{"php", "php", `php -r 'posix_kill(1, 15); touch("after");'`, "SIGTERM", "php"},
		{"lua", "lua", `lua -e 'os.execute("kill 1"); io.open("after", "w")'`, "SIGTERM", "sh"},
		{"busybox", "busybox", "busybox kill 1; > after", "SIGTERM", "busybox"},
		{"perl kill", "perl", perl("kill 15, 1"), "SIGTERM", "perl"},
		{"perl kill by name", "perl", perl(`kill "PWR", 1`), "SIGPWR", "perl"},
		{"perl system", "perl", perl(`system "kill 1; touch after"`), "SIGTERM", "sh"},
		{"perl of all groups", "perl", `perl -e '$SIG{TERM} = "IGNORE"; kill -15, 1; print "went on\n"'`, "", ""},
		{"python os.kill", "/usr/bin/python3", py("os.kill(1, signal.SIGTERM)"), "SIGTERM", "python3"},
		{"python ctypes kill", "/usr/bin/python3", py("libc.kill(1, 9)"), "SIGKILL", "python3"},
		{"python sigqueue", "/usr/bin/python3", py("libc.sigqueue(1, 15, None)"), "SIGTERM", "python3"},
		{"python pidfd", "/usr/bin/python3", py("signal.pidfd_send_signal(os.pidfd_open(1), 15)"), "SIGTERM", "python3"},
		{"python subprocess", "/usr/bin/python3", py(`subprocess.run(["kill", "1"])`), "SIGTERM", "kill"},
		{"python thread", "/usr/bin/python3", py("t = threading.Thread(target=os.kill, args=(1, 15)); t.start(); t.join()"), "SIGTERM", "python3"},
		{"python fork", "/usr/bin/python3", py("p = os.fork()\nif p == 0: os.kill(1, 15)\nelse: os.wait()"), "SIGTERM", "python3"},
		{"python reboot", "/usr/bin/python3", py("libc.reboot(0x4321fedc)"), "reboot", "python3"},
		{"python killpg of 1", "/usr/bin/python3", `/usr/bin/python3 -c 'import os, signal
signal.signal(15, signal.SIG_IGN)
try: os.killpg(1, 15)
except ProcessLookupError: pass
print("went on")'`, "", ""},
		{"node", "node", node("process.kill(1)"), "SIGTERM", "node"},
		{"node SIGKILL", "node", node(`process.kill(1, "SIGKILL")`), "SIGKILL", "node"},
		{"node execSync", "node", node(`require("child_process").execSync("kill 1")`), "SIGTERM", "sh"},
		{"C kill", "gcc", "gcc -o sender sender.c && ./sender k; > after", "SIGTERM", "sender"},
		{"C sigqueue", "gcc", "gcc -o sender sender.c && ./sender q; > after", "SIGTERM", "sender"},
		{"C tgkill", "gcc", "gcc -o sender sender.c && ./sender t; > after", "SIGTERM", "sender"},
		{"C pidfd", "gcc", "gcc -o sender sender.c && ./sender p; > after", "SIGTERM", "sender"},
		{"C reboot", "gcc", "gcc -o sender sender.c && ./sender r; > after", "reboot", "sender"},
		{"C static", "gcc", "gcc -static -o sender sender.c && ./sender k; > after", "SIGTERM", "sender"},
		{"gdb", "gdb", `gcc -g -o sender sender.c && gdb -q -batch -nx -ex 'break main' -ex run -ex 'print (int)kill(1,15)' -ex 'shell touch after' --args ./sender n`, "SIGTERM", "sender"},
		{"strace", "strace", "strace -f -o trace sh -c 'kill 1; > after'; > after", "SIGTERM", "sh"},
		{"Java exec", "java", "java Sender.java exec", "SIGTERM", "kill"},
		{"Java ProcessHandle", "java", "java Sender.java handle", "SIGTERM", "java"},
		{"32-bit and x32 calls", "/usr/bin/python3", foreignKill + "; echo went on", "", ""},
		{"sysrq", "bash", "for c in o b e i s u; do echo $c > /proc/sysrq-trigger; done 2>/dev/null; echo went on", "", ""},
		{"/proc/sys/kernel", "bash", "{ echo 1 > /proc/sys/kernel/ctrl-alt-del; echo 1 > /proc/sys/kernel/poweroff_cmd; } 2>/dev/null; echo went on", "", ""},
		{"shutdown", "shutdown", "shutdown -h now >/dev/null 2>&1; echo went on", "", ""},
		{"poweroff", "poweroff", "poweroff >/dev/null 2>&1; echo went on", "", ""},
		{"systemctl", "systemctl", "systemctl poweroff >/dev/null 2>&1; echo went on", "", ""},
		{"poweroff by force", "poweroff", "poweroff -ff >/dev/null 2>&1; > after", "reboot", "poweroff"},
		{"telinit", "telinit", "telinit 0 >/dev/null 2>&1; echo went on", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := machineFor(t, sandbox.Config{Limits: sandbox.Limits{Memory: 4 << 30}, Files: []sandbox.File{
				{Path: "sender.c", Body: []byte(cSender)}, {Path: "Sender.java", Body: []byte(javaSender)},
			}})
			if !has(s, c.needs) {
				t.Skipf("no %s here", c.needs)
			}
			r := bash(t, s, c.script)
			if c.signal == "" {
				if r.Down || !strings.HasSuffix(string(r.Stdout), "went on\n") {
					t.Errorf("down %v, exit %d, %q %q", r.Down, r.Exit, r.Stdout, r.Stderr)
				}
				if down, ok := s.Shutdown(); ok || output(t, s, "echo up") != "up" {
					t.Errorf("%+v", down)
				}
				return
			}
			if !r.Down {
				t.Logf("%q %q", r.Stdout, r.Stderr)
			}
			ended(t, s, r, c.signal, c.sender)
		})
	}
}
