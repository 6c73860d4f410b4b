//go:build linux && (amd64 || arm64)

package namespace

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
)

func TestWhatIsLeftRunningIsListed(t *testing.T) {
	s := machineFor(t, sandbox.Config{})
	list := func() string {
		ps, err := s.(sandbox.Lister).Processes(within20(t))
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, p := range ps {
			said = append(said, p.Name+": "+p.Command)
		}
		return strings.Join(said, "\n")
	}
	if got := list(); got != "" {
		t.Errorf("before anything ran: %s", got)
	}
	bash(t, s, `sleep 4711 & setsid sh -c 'trap "" TERM HUP; sleep 4712; true' >/dev/null 2>&1 & echo started`)
	if got := list(); !strings.Contains(got, "sleep: sleep 4711") || !strings.Contains(got, "sleep 4712; true") {
		t.Errorf("got %s", got)
	}
	bash(t, s, "kill -9 -1")
	eventually(t, "nothing is left", func() bool { return list() == "" })
}

const leaderless = "leaderless"

// While a program's variables are set up it runs on its first thread.
func init() {
	if len(os.Args) > 2 && os.Args[1] == attemptWord && os.Args[2] == leaderless {
		runtime.LockOSThread()
	}
}

// loseLeader ends this process's first thread, and has another one work on: it answers once.
func loseLeader() {
	go func() {
		runtime.LockOSThread()
		for _, err := os.Stat("ask"); err != nil; _, err = os.Stat("ask") {
			time.Sleep(10 * time.Millisecond)
		}
		os.WriteFile("answer", nil, 0o644)
		select {}
	}()
	unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
}

// A process whose first thread has ended looks like a zombie, and works on.
func TestWhoLostTheFirstThreadIsListed(t *testing.T) {
	s := adversary(t, sandbox.Config{})
	bash(t, s, "./try "+attemptWord+" "+leaderless+" </dev/null >/dev/null 2>&1 & echo $! > pid")
	eventually(t, "the first thread has ended", func() bool {
		return output(t, s, "cut -d' ' -f3 /proc/$(cat pid)/stat") == "Z"
	})
	if err := s.WriteFile(within20(t), sandbox.File{Path: "ask"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another one works on", func() bool { _, err := s.Stat(within20(t), "answer"); return err == nil })
	ps, err := s.(sandbox.Lister).Processes(within20(t))
	if err != nil || len(ps) != 1 || ps[0].Name != "try" {
		t.Errorf("listed are %+v, %v", ps, err)
	}
}
