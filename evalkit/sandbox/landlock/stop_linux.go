//go:build amd64 || arm64

package landlock

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

const (
	// stopMax is how long a run's processes may take to end before everything
	// in the sandbox ends with them.
	stopMax = killMax / 2
	// stands is how many looks may find somebody new before those that stand
	// still are killed. Before each one the span of numbers behind the child that
	// died last is gone through as often as chases says.
	stands = 16
	chases = 64
	span   = 32
)

// stop ends a run with all that it started, however that hides, and nothing
// that earlier runs left behind. Should that not come to an end, everything
// ends: nothing of a stopped run may live on.
func (s *supervisor) stop(id uint64) {
	s.reap()
	r, ok := s.runs[id]
	if !ok { // it has ended in time, and keeps what it left behind
		return
	}
	r.stopping = true
	s.end(r)
	if r.stopping = false; r.end != nil {
		s.send(r.end)
	}
}

func (s *supervisor) end(r *childRun) {
	unix.Kill(-r.pid, unix.SIGSTOP) // most, at one blow: nobody forks meanwhile
	for end := time.Now().Add(stopMax); time.Now().Before(end); {
		if s.gone(r) {
			return
		}
		for pid := range s.standing(r) {
			s.sendTo(pid, int(unix.SIGKILL))
		}
	}
	s.killAll()
}

// gone says whether nothing of a run lives. All that does has an ancestor of the
// same run among the supervisor's children, or is one: a parent's death makes it
// so at once. During a look none of those died unseen if none was reaped.
func (s *supervisor) gone(r *childRun) bool {
	s.reap()
	before := s.marked
	living := len(s.doomed(r))
	s.reap()
	return living == 0 && s.marked == before
}

// doomed are the living processes that end with a run.
func (s *supervisor) doomed(r *childRun) map[int]proc.Stat {
	all := s.descendants()
	for pid := range all {
		if !bornIn(pid, r.mark) {
			delete(all, pid)
		}
	}
	return all
}

// standing stops a run's processes one by one until no look finds another: a
// crowd that is killed one by one grows again as quickly.
func (s *supervisor) standing(r *childRun) map[int]bool {
	stopped := map[int]bool{}
	for range stands {
		more := s.chase(r, stopped)
		for pid := range s.doomed(r) {
			if !stopped[pid] {
				stopped[pid], more = true, true
				s.sendTo(pid, int(unix.SIGSTOP)) // it may be gone already
			}
		}
		if !more {
			break
		}
	}
	return stopped
}

// chase stops who follows a child that has died: who starts another and ends,
// and so on, is too quick for a look at all processes, but its next number is
// near, and it is the supervisor's child each time.
func (s *supervisor) chase(r *childRun, stopped map[int]bool) (more bool) {
	for range chases {
		s.reap()
		for pid := s.last + 1; pid <= s.last+span; pid++ {
			if !stopped[pid] && isChild(pid) && bornIn(pid, r.mark) {
				stopped[pid], more = true, true
				unix.Kill(pid, unix.SIGSTOP) // nobody else has its number until it is reaped, here
			}
		}
	}
	return more
}

// isChild says whether a process is this one's child, dead or alive.
func isChild(pid int) bool {
	return unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) == nil
}
