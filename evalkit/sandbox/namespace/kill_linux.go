//go:build amd64 || arm64

package namespace

import (
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

// kill ends a run. With an outermost one goes everything but PID 1; with a
// nested one go its descendants, its session, and the orphans born since it
// began, but no run that others wait for.
func (s *initProcess) kill(id uint64) {
	r, ok := s.runs[id]
	if !ok {
		return
	}
	if !r.nested {
		kill(-1, unix.SIGKILL)
		return
	}
	kill(r.pid, unix.SIGSTOP)
	for range 8 { // until a look finds nothing new
		if !s.killTree(r) {
			break
		}
	}
	kill(r.pid, unix.SIGKILL)
}

// kill sends a signal from the filtered thread: the listener thread has to let
// it pass, and can do so only if the runtime knows that this one waits.
func kill(pid int, sig unix.Signal) {
	unix.Syscall(unix.SYS_KILL, uintptr(pid), uintptr(sig), 0)
}

func (s *initProcess) killTree(r *childRun) (found bool) {
	all := proc.Every()
	waited := map[int]bool{}
	for _, other := range s.runs {
		waited[other.pid] = other != r
	}
	var doomed func(pid int, depth int) bool
	doomed = func(pid, depth int) bool {
		st, ok := all[pid]
		switch {
		case !ok || waited[pid] || depth > len(all):
			return false
		case pid == r.pid || st.Session == r.pid:
			return true
		case st.Parent == 1:
			return st.Started >= r.started
		}
		return doomed(st.Parent, depth+1)
	}
	for pid, st := range all {
		if pid != r.pid && st.State != 'Z' && doomed(pid, 0) {
			kill(pid, unix.SIGKILL)
			found = true
		}
	}
	return found
}
