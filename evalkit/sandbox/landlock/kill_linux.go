//go:build amd64 || arm64

package landlock

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// killMax is how long killing everything may take.
const killMax = 10 * time.Second

// killAll ends everything that descends from the supervisor, whatever it
// ignores and wherever it hides: orphans are the supervisor's own children. A
// crowd that multiplies is stopped before it is killed.
func (s *supervisor) killAll() {
	for end := time.Now().Add(killMax); time.Now().Before(end); {
		if !s.reap() { // all that descend from it are its children in the end
			return
		}
		stopped := map[int]bool{}
		for more := true; more; {
			more = false
			for pid := range s.descendants() {
				if !stopped[pid] {
					stopped[pid], more = true, true
					s.sendTo(pid, int(unix.SIGSTOP)) // it may be gone already
				}
			}
		}
		if len(stopped) == 0 {
			return
		}
		for pid := range stopped {
			s.sendTo(pid, int(unix.SIGKILL))
		}
		for s.reap() && len(s.descendants()) > 0 && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
			if s.restless(stopped) {
				break
			}
		}
	}
}

// restless says whether there is a process that was not there before.
func (s *supervisor) restless(known map[int]bool) bool {
	for pid := range s.descendants() {
		if !known[pid] {
			return true
		}
	}
	return false
}

// descendants are all processes of the sandbox that still live.
func (s *supervisor) descendants() map[int]proc.Stat {
	all := proc.Every()
	children := map[int][]int{}
	for pid, st := range all {
		children[st.Parent] = append(children[st.Parent], pid)
	}
	found := map[int]proc.Stat{}
	for next := children[s.pid]; len(next) > 0; {
		pid := next[0]
		next = append(next[1:], children[pid]...)
		if st := all[pid]; st.Lives() {
			found[pid] = st
		}
	}
	return found
}
