//go:build linux && (amd64 || arm64)

package namespace

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

const pythonReboot = `/usr/bin/python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc); open("after","w")'`

// Every way to end the machine ends it, names who did it, and is the last
// thing that its sender does.
func TestShutdown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script, needs, signal, sender string
	}{
		"bash TERM":     {script: "kill -TERM 1", signal: "SIGTERM", sender: "bash"},
		"bash INT":      {script: "kill -INT 1", signal: "SIGINT", sender: "bash"},
		"bash QUIT":     {script: "kill -QUIT 1", signal: "SIGQUIT", sender: "bash"},
		"bash HUP":      {script: "kill -HUP 1", signal: "SIGHUP", sender: "bash"},
		"bash PWR":      {script: "kill -PWR 1", signal: "SIGPWR", sender: "bash"},
		"bash KILL":     {script: "kill -9 1", signal: "SIGKILL", sender: "bash"},
		"program":       {script: "/bin/kill 1; true", needs: "/bin/kill", signal: "SIGTERM", sender: "kill"},
		"own session":   {script: "setsid bash -c 'kill 1'; true", signal: "SIGTERM", sender: "bash"},
		"a thread":      {script: "for t in /proc/1/task/*; do [ ${t##*/} = 1 ] || { kill -TERM ${t##*/}; break; }; done", signal: "SIGTERM", sender: "bash"},
		"perl":          {script: "perl -e 'kill 15, 1; open F, \">after\"'", needs: "perl", signal: "SIGTERM", sender: "perl"},
		"perl syscall":  {script: "perl -e 'syscall(62, 1, 15 + 0); open F, \">after\"'", needs: "perl", signal: "SIGTERM", sender: "perl"},
		"perl tgkill":   {script: "perl -e 'syscall(234, 1, 1, 15); open F, \">after\"'", needs: "perl", signal: "SIGTERM", sender: "perl"},
		"python":        {script: "/usr/bin/python3 -c 'import os; os.kill(1, 15); open(\"after\",\"w\")'", needs: "/usr/bin/python3", signal: "SIGTERM", sender: "python3"},
		"python pidfd":  {script: "/usr/bin/python3 -c 'import os,signal; signal.pidfd_send_signal(os.pidfd_open(1), 15); open(\"after\",\"w\")'", needs: "/usr/bin/python3", signal: "SIGTERM", sender: "python3"},
		"python procfd": {script: "/usr/bin/python3 -c 'import os,signal; signal.pidfd_send_signal(os.open(\"/proc/1\", os.O_RDONLY), 15); open(\"after\",\"w\")'", needs: "/usr/bin/python3", signal: "SIGTERM", sender: "python3"},
		"sigqueue":      {script: "/usr/bin/python3 -c 'import ctypes; ctypes.CDLL(None).sigqueue(1, 15, None); open(\"after\",\"w\")'", needs: "/usr/bin/python3", signal: "SIGTERM", sender: "python3"},
		"reboot":        {script: pythonReboot, needs: "/usr/bin/python3", signal: "reboot", sender: "python3"},
		"upper half":    {script: "perl -e 'syscall(62, 1 + (5 << 32), 15); open F, \">after\"'", needs: "perl", signal: "SIGTERM", sender: "perl"},
	} {
		t.Run(name, func(t *testing.T) {
			s := machineFor(t, sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("kept\n")}}})
			if c.needs != "" && !has(s, c.needs) {
				t.Skipf("no %s here", c.needs)
			}
			began := time.Now()
			r := bash(t, s, c.script+"; echo x >> f; echo said")
			if !r.Down || len(r.Stdout) > 0 {
				t.Errorf("%+v", r)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			down, ok := s.Shutdown()
			if !ok || down.Signal != c.signal || len(down.Sender) == 0 || down.Sender[0].Name != c.sender || down.Sender[0].PID < 2 {
				t.Fatalf("shutdown %+v, %v; want %s by %s", down, ok, c.signal, c.sender)
			}
			if last := down.Sender[len(down.Sender)-1]; !strings.Contains(last.Command, "echo x >> f") || down.At.Before(began) {
				t.Errorf("ancestry ends in %+v at %v", last, down.At)
			}
			if b, err := s.ReadFile(context.Background(), "f", 0); err != nil || string(b) != "kept\n" {
				t.Errorf("the file is %q, %v: the sender went on", b, err)
			}
			if _, err := s.Stat(context.Background(), "after"); err == nil {
				t.Error("the sender went on")
			}
			if _, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"true"}}); !errors.Is(err, sandbox.ErrDown) {
				t.Errorf("run after the end: %v", err)
			}
			if err := s.WriteFile(context.Background(), sandbox.File{Path: "g"}); !errors.Is(err, sandbox.ErrDown) {
				t.Errorf("write after the end: %v", err)
			}
			if changes, err := s.Changes(context.Background()); err != nil || len(changes) != 0 {
				t.Errorf("changes %v, %v", changes, err)
			}
		})
	}
}

// The sender is a process, whichever of its threads it was.
func TestShutdownByThread(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	if !has(s, "/usr/bin/python3") {
		t.Skip("no python3 here")
	}
	r := bash(t, s, `/usr/bin/python3 -c '
import os, threading
open("pid", "w").write(str(os.getpid()))
t = threading.Thread(target=lambda: os.kill(1, 15)); t.start(); t.join()
open("after", "w")'`)
	down, _ := s.Shutdown()
	pid, err := s.ReadFile(context.Background(), "pid", 0)
	if !r.Down || err != nil || len(down.Sender) == 0 || strconv.Itoa(down.Sender[0].PID) != string(pid) {
		t.Errorf("%+v by process %s, %v", down, pid, err)
	}
	if _, err := s.Stat(context.Background(), "after"); err == nil {
		t.Error("its other threads went on")
	}
}

// What is not meant for PID 1, or does nothing to it, ends nothing.
func TestNoShutdown(t *testing.T) {
	t.Parallel()
	s := machineFor(t, sandbox.Config{Commands: []sandbox.Command{{Path: "tool", Run: func(context.Context, *sandbox.Call) int {
		t.Error("the command was called by what is no call of it")
		return 0
	}}}})
	for name, c := range map[string]struct{ script, needs string }{
		"exists":        {script: "kill -0 1"},
		"harmless":      {script: "kill -CHLD 1; kill -URG 1; kill -WINCH 1; kill -CONT 1"},
		"others":        {script: "kill -USR1 1; kill -USR2 1; kill -ALRM 1; kill -SEGV 1; kill -STOP 1; kill -ABRT 1; kill -RTMIN 1"},
		"a child":       {script: "sleep 100 & kill -9 $!; wait $! ; true"},
		"own group":     {script: "trap '' TERM; setsid bash -c 'trap \"\" TERM; kill -TERM 0'"},
		"no such":       {script: "! kill -9 99999 2>/dev/null"},
		"foreign calls": {script: foreignKill, needs: "/usr/bin/python3"},
		"bad reboot":    {script: "/usr/bin/python3 -c 'import ctypes; exit(ctypes.CDLL(None).reboot(0x1234) + 1)'", needs: "/usr/bin/python3"},
		"forged call":   {script: "perl -e 'exit 1 if syscall(169, 0x1969, 0) >= 0'", needs: "perl"},
		"own reboot":    {script: "perl -e 'exit 1 if syscall(169, 0xfee1dead, 1, 0x4321fedc) >= 0'", needs: "perl"},
		"F_SETOWN":      {script: setOwner("15"), needs: "/usr/bin/python3"},
		"F_SETOWN usr1": {script: setOwner("10"), needs: "/usr/bin/python3"},
		"F_SETOWN 64":   {script: setOwner("64"), needs: "/usr/bin/python3"},
		"F_SETOWN 33":   {script: setOwner("33"), needs: "/usr/bin/python3"},
		"F_SETOWN segv": {script: "! " + setOwner("11") + " 2>/dev/null", needs: "/usr/bin/python3"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.needs != "" && !has(s, c.needs) {
				t.Skipf("no %s here", c.needs)
			}
			if r := bash(t, s, c.script); r.Exit != 0 || r.Down {
				t.Errorf("exit %d, %q %q, down %v", r.Exit, r.Stdout, r.Stderr, r.Down)
			}
			if got := output(t, s, "sleep 0.02; echo up"); got != "up" {
				t.Error(got)
			}
		})
	}
	if r := bash(t, s, "kill -TERM -1; sleep 0.1; echo after"); r.Down {
		t.Error("kill -1 spares PID 1")
	}
	if down, ok := s.Shutdown(); ok {
		t.Errorf("%+v", down)
	}
}

// foreignKill calls kill(1, SIGTERM) as a 32-bit program would, and by the x32
// number, and wants ENOSYS. Elsewhere than on amd64 it does nothing.
const foreignKill = `/usr/bin/python3 -c '
import ctypes, mmap, platform, sys
if platform.machine() != "x86_64": sys.exit(0)
m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
m.write(bytes.fromhex("53b825000000bb01000000b90f000000cd805bc3"))
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
r = call()
libc = ctypes.CDLL(None, use_errno=True)
x = libc.syscall(0x40000000 + 62, 1, 15)
print(r, x, ctypes.get_errno())
sys.exit(0 if r == -38 and x == -1 and ctypes.get_errno() == 38 else 1)
'`

// setOwner makes the kernel itself send PID 1 a signal, past the filter.
func setOwner(signal string) string {
	return `/usr/bin/python3 -c '
import fcntl, os, socket
a, b = socket.socketpair()
fcntl.fcntl(a, fcntl.F_SETOWN, 1)
fcntl.fcntl(a, fcntl.F_SETSIG, ` + signal + `)
fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) | os.O_ASYNC)
for i in range(20): b.send(b"x")
'`
}

// A writer that runs beside the sender is stopped at once.
func TestShutdownStopsTheOthers(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	if r := bash(t, s, `(while :; do date +%s%N >> beside; done) & while [ ! -s beside ]; do :; done; kill -TERM 1`); !r.Down {
		t.Fatalf("%+v", r)
	}
	first, err := s.ReadFile(context.Background(), "beside", 0)
	if err != nil || len(first) == 0 {
		t.Fatalf("the writer never wrote: %v", err)
	}
	for range 1000 { // some time for a writer that is not stopped
		later, err := s.ReadFile(context.Background(), "beside", 0)
		if err != nil || len(later) != len(first) {
			t.Fatalf("it wrote %d bytes more, %v", len(later)-len(first), err)
		}
	}
}

// A machine that goes down in the background is down for the next call.
func TestShutdownInBackground(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	bash(t, s, "(sleep 0.05; kill -TERM 1) >/dev/null 2>&1 &")
	eventually(t, "down", func() bool { _, ok := s.Shutdown(); return ok })
	if _, err := s.Run(context.Background(), sandbox.Process{Argv: []string{"true"}}); !errors.Is(err, sandbox.ErrDown) {
		t.Error(err)
	}
}

// The traps of a shell still work: no signal is ignored on its behalf.
func TestTrapsWork(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	for _, sig := range []string{"TERM", "INT", "HUP", "USR1", "PIPE", "QUIT", "ALRM"} {
		if got := output(t, s, "trap 'echo caught' "+sig+"; kill -"+sig+" $$; true"); got != "caught" {
			t.Errorf("%s: %q", sig, got)
		}
	}
	if got := output(t, s, "grep -h -E 'SigIgn|SigBlk' /proc/self/status | cut -f2 | sort -u"); got != "0000000000000000" {
		t.Errorf("ignored or blocked: %s", got)
	}
}
