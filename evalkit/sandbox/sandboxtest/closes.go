package sandboxtest

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

// closeChecks: the end of a machine leaves nothing, and is an error to whoever
// goes on.
func closeChecks() []check {
	return []check{
		{name: "close_leaves_no_process", run: func(k *kit) {
			mark := fmt.Sprintf("86%d.5", os.Getpid())
			s := k.open(sandbox.Config{})
			k.out(s, fmt.Sprintf(`sleep %[1]s1 </dev/null >/dev/null 2>&1 &
setsid sleep %[1]s2 </dev/null >/dev/null 2>&1 &
(setsid sh -c 'sleep %[1]s3 & wait' </dev/null >/dev/null 2>&1 &)
nohup sleep %[1]s4 </dev/null >/dev/null 2>&1 &
sh -c 'for s in 1 2 3 6 10 12 13 14 15 17 18 20 21 22 30; do trap "" $s; done; exec sleep %[1]s5' </dev/null >/dev/null 2>&1 &
sleep %[1]s6 </dev/null >/dev/null 2>&1 & echo $! > sixth`, mark))
			k.soon("all six run", func() bool { return k.onHost("sleep\x00"+mark) == 6 })
			k.out(s, "kill -STOP $(cat sixth)")
			if err := s.Close(); err != nil {
				k.Error(err)
			}
			k.soon("none is left", func() bool { return k.onHost(mark) == 0 })
		}},
		{name: "closed", run: func(k *kit) {
			s := k.open(sandbox.Config{Files: []sandbox.File{{Path: "f", Body: []byte("x")}}})
			for range 2 {
				if err := s.Close(); err != nil {
					k.Error(err)
				}
			}
			if _, err := s.Run(within(k), sandbox.Process{Argv: []string{"true"}}); !errors.Is(err, sandbox.ErrDown) {
				k.Errorf("run: %v", err)
			}
			if _, err := s.ReadFile(within(k), "f", 0); err == nil {
				k.Error("read")
			}
			if err := s.WriteFile(within(k), sandbox.File{Path: "f"}); err == nil {
				k.Error("written")
			}
			if changes, err := s.Changes(within(k)); err == nil || len(changes) > 0 {
				k.Errorf("changes %v: what is gone is nobody's deletion", changes)
			}
		}},
		{name: "closed_during_a_run", run: func(k *kit) {
			s := k.open(sandbox.Config{})
			in, out := io.Pipe()
			defer out.Close()
			done := make(chan error, 1)
			go func() {
				_, err := s.Run(within(k), sandbox.Process{Argv: shell("read x; sleep 3600"), Stdin: in})
				done <- err
			}()
			out.Write([]byte("go\n"))
			if err := s.Close(); err != nil {
				k.Error(err)
			}
			k.fails(<-done, sandbox.ErrDown, "")
		}},
		{name: "machines_are_apart", run: func(k *kit) {
			a, b := k.open(sandbox.Config{}), k.open(sandbox.Config{})
			k.out(a, "echo a > f; echo a > ${TMPDIR:-/tmp}/f; echo -n ${TMPDIR:-/tmp}/f > where; sleep 3599 </dev/null >/dev/null 2>&1 & echo $! > pid")
			pid := string(k.read(a, "pid"))
			if r := k.sh(b, "cat f /tmp/f "+string(k.read(a, "where"))); r.Exit == 0 || len(r.Stdout) > 0 {
				k.Errorf("%q", r.Stdout)
			}
			k.sh(b, "kill -9 "+pid)
			if !k.alive(a, pid) {
				k.Error("one machine's processes are killed from another")
			}
		}},
	}
}
