package sandboxtest

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// shutdownChecks: every way to end PID 1 ends the machine, says who did it,
// and is the last thing that the sender does.
func shutdownChecks() []check {
	needs := []sandbox.Promise{sandbox.OwnInit}
	var list []check
	for name, number := range map[string]int{"TERM": 15, "INT": 2, "QUIT": 3, "HUP": 1, "PWR": 30, "KILL": 9} {
		list = append(list, check{"shutdown_by_SIG" + name, needs, func(k *kit) {
			shutdown(k, "", fmt.Sprintf("kill -%d 1", number), "SIG"+name, "sh")
		}})
	}
	for _, c := range []struct{ name, program, script, signal, sender string }{
		{"shutdown_by_a_program", "/bin/kill", "/bin/kill 1", "SIGTERM", "kill"},
		{"shutdown_by_a_program_KILL", "/bin/kill", "/bin/kill -9 1", "SIGKILL", "kill"},
		{"shutdown_by_a_daemon", "setsid", "setsid sh -c 'kill 1; echo x >> f'", "SIGTERM", "sh"},
		{"shutdown_by_python", "/usr/bin/python3", `/usr/bin/python3 -c 'import os; os.kill(1, 15); open("after","w")'`, "SIGTERM", "python3"},
		{"shutdown_by_perl", "perl", `perl -e 'kill 15, 1; open F, ">after"'`, "SIGTERM", "perl"},
		{"shutdown_by_awk", "awk", `awk 'BEGIN { system("kill 1"); print "x" >> "f" }'`, "SIGTERM", ""},
		{"shutdown_by_reboot", "/usr/bin/python3", `/usr/bin/python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc); open("after","w")'`, "reboot", "python3"},
		{"shutdown_by_thread_of_init", "", "for t in /proc/1/task/*; do [ ${t##*/} = 1 ] || { kill -15 ${t##*/}; break; }; done; ls /proc/1/task | grep -q . && [ $(ls /proc/1/task | wc -l) = 1 ] && kill 1", "SIGTERM", "sh"},
	} {
		list = append(list, check{c.name, needs, func(k *kit) { shutdown(k, c.program, c.script, c.signal, c.sender) }})
	}
	return append(list,
		check{"shutdown_stops_the_others", needs, stopsTheOthers},
		check{"shutdown_in_the_background", needs, func(k *kit) {
			s := k.open(sandbox.Config{})
			k.sh(s, "(sleep 0.1; kill 1) >/dev/null 2>&1 </dev/null &")
			k.soon("down", func() bool { _, ok := s.Shutdown(); return ok })
			_, err := s.Run(within(k), sandbox.Process{Argv: []string{"true"}})
			k.fails(err, sandbox.ErrDown, "")
		}},
		check{"no_shutdown_by_what_is_none", needs, func(k *kit) {
			s := k.open(sandbox.Config{})
			for _, script := range []string{
				"kill -0 1", "kill -17 1; kill -18 1; kill -23 1; kill -28 1", "kill -10 1; kill -12 1; kill -14 1; kill -11 1; kill -19 1; kill -6 1",
				"sleep 100 & kill -9 $!", "trap '' TERM; setsid sh -c 'trap \"\" TERM; kill -15 0'", "! kill -9 99999 2>/dev/null",
			} {
				if r := k.sh(s, script); r.Exit != 0 || r.Down {
					k.Errorf("%s: %+v", script, r)
				}
			}
			if r := k.sh(s, "kill -15 -1; sleep 0.1"); r.Down {
				k.Error("kill -1 spares PID 1")
			}
			if down, ok := s.Shutdown(); ok || k.out(s, "echo up") != "up" {
				k.Errorf("%+v", down)
			}
		}},
		check{"traps_work", needs, func(k *kit) {
			s := k.open(sandbox.Config{})
			for _, sig := range []string{"TERM", "INT", "HUP", "USR1", "PIPE", "QUIT", "ALRM"} {
				if got := k.out(s, "trap 'echo caught' "+sig+"; kill -"+sig+" $$; true"); got != "caught" {
					k.Errorf("%s: %q", sig, got)
				}
			}
		}},
		check{"end_of_a_machine_is_no_shutdown", needs, func(k *kit) {
			s := k.open(sandbox.Config{})
			if err := s.Close(); err != nil {
				k.Error(err)
			}
			if down, ok := s.Shutdown(); ok {
				k.Errorf("%+v", down)
			}
		}},
	)
}

// shutdown runs a script that ends the machine. Behind it comes what must not
// be done any more.
func shutdown(k *kit, program, script, signal, sender string) {
	s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("kept\n")}}})
	if program != "" && !k.has(s, program) {
		k.lack(program)
	}
	r := k.sh(s, script+"; echo x >> f; echo said")
	if !r.Down || len(r.Stdout) > 0 || r.TimedOut {
		k.Errorf("%+v", r)
	}
	down, ok := s.Shutdown()
	if !ok || down.Signal != signal || len(down.Sender) == 0 || down.Sender[0].PID < 2 || sender != "" && down.Sender[0].Name != sender {
		k.Fatalf("shutdown %+v, %v; want %s by %q", down, ok, signal, sender)
	}
	if last := down.Sender[len(down.Sender)-1]; !strings.Contains(last.Command, "echo x >> f") {
		k.Errorf("ancestry ends in %+v", last)
	}
	if b, err := s.ReadFile(within(k), "f", 0); err != nil || string(b) != "kept\n" {
		k.Errorf("the sender went on: %q, %v", b, err)
	}
	if _, err := s.Stat(within(k), "after"); !errors.Is(err, fs.ErrNotExist) {
		k.Errorf("the sender went on: %v", err)
	}
	if _, err := s.Run(within(k), sandbox.Process{Argv: []string{"true"}}); !errors.Is(err, sandbox.ErrDown) {
		k.Errorf("run after the end: %v", err)
	}
	if err := s.WriteFile(within(k), sandbox.File{Path: "g"}); !errors.Is(err, sandbox.ErrDown) {
		k.Errorf("write after the end: %v", err)
	}
	if changes, err := s.Changes(within(k)); err != nil || len(changes) != 0 {
		k.Errorf("changes %v, %v", changes, err)
	}
}

// stopsTheOthers: a writer beside the sender writes no more once the shutdown
// is known.
func stopsTheOthers(k *kit) {
	s := k.open(sandbox.Config{})
	if r := k.sh(s, "(while :; do echo x >> beside; done) & while [ ! -s beside ]; do :; done; kill 1"); !r.Down {
		k.Fatalf("%+v", r)
	}
	first := k.read(s, "beside")
	for range 500 { // some time for a writer that is not stopped
		if later := k.read(s, "beside"); len(later) != len(first) {
			k.Fatalf("it wrote %d bytes more", len(later)-len(first))
		}
	}
}
