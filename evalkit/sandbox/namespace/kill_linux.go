//go:build amd64 || arm64

package namespace

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/proc"
)

const (
	// Before all is frozen, doomed processes that were not seen before may turn
	// up freshMax times, the first look included, and unsureMax looks may have
	// missed some: what lives on may start and end processes as it likes.
	freshMax  = 2
	unsureMax = 4
	// goneMax is how long killed processes are waited for.
	goneMax = killMax * 2 / 5
)

// kill ends a run with all that it started, however that hides, and nothing
// else: what earlier runs left behind is not even stopped, unless the doomed
// multiply too quickly for that.
func (s *initProcess) kill(id uint64) {
	s.reap() // one that has ended in time keeps what it left behind
	r, ok := s.runs[id]
	if !ok || s.end(r) {
		return
	}
	thaw := s.freeze()
	s.end(r)
	thaw()
}

// end kills the doomed and waits until a look finds none. It says whether they
// are gone: a crowd may grow as quickly as it is killed. They are stopped first:
// who waits for another that is killed is not to take one more step.
func (s *initProcess) end(r *childRun) bool {
	ended := map[int]bool{} // killed, or found dead
	fresh, unsure := 0, 0
	for end := time.Now().Add(goneMax); time.Now().Before(end); time.Sleep(time.Millisecond) {
		doomed, whole := s.doomed(r, ended)
		if whole && len(doomed) == 0 {
			return true
		}
		before := len(ended)
		if len(doomed) > 1 {
			for _, pid := range doomed {
				kill(pid, unix.SIGSTOP)
			}
		}
		for _, pid := range doomed {
			ended[pid] = true
			kill(pid, unix.SIGKILL)
		}
		if len(ended) > before {
			fresh++
		}
		if !whole {
			unsure++
		}
		if fresh > freshMax || unsure > unsureMax {
			return false
		}
	}
	return false
}

// freeze stops every process but PID 1 at one blow, and gives what lets those
// go on that went on before.
func (s *initProcess) freeze() (thaw func()) {
	before, _ := s.look(map[int]bool{})
	kill(-1, unix.SIGSTOP)
	return func() {
		all, _ := s.look(map[int]bool{})
		pids := slices.Sorted(maps.Keys(all))
		for _, pid := range slices.Backward(pids) { // children first: nobody is to see a stopped one
			if s.down.Load() {
				return // a shutdown wants them stopped
			}
			if before[pid].State != 'T' { // a traced one, t, has the signal pending
				kill(pid, unix.SIGCONT)
			}
		}
	}
}

// living is a process that a look has found.
type living struct {
	proc.Stat
	mark uint64
}

// look lists the processes but PID 1 and what is dead. It is not whole where one
// has died, that was not known to end, or is gone: until it was read it may have
// left another, that is not listed.
func (s *initProcess) look(ended map[int]bool) (all map[int]living, whole bool) {
	all, whole = map[int]living{}, true
	dir, err := os.Open("/proc")
	if err != nil {
		return all, false
	}
	names, err := dir.Readdirnames(-1)
	dir.Close()
	if err != nil {
		return all, false
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid <= 1 {
			continue
		}
		st, ok := proc.ReadStat(pid)
		mark, err := s.key.mark(pid)
		switch {
		case !ok || err != nil:
			whole = false
		case !st.Lives():
			whole = whole && ended[pid]
			ended[pid] = true
		default:
			all[pid] = living{st, mark}
		}
	}
	return all, whole
}

// doomed lists the living processes that end with a run.
func (s *initProcess) doomed(r *childRun, ended map[int]bool) (pids []int, whole bool) {
	all, whole := s.look(ended)
	for pid, p := range all {
		if r.nested && s.within(r, all, pid, 0) || !r.nested && s.bornIn(r, p.mark) {
			pids = append(pids, pid)
		}
	}
	return pids, whole
}

// within says whether a process belongs to a nested run, whose mark is its
// caller's: its descendants do, its session, the runs that those asked for, and
// the orphans that were born since it began.
func (s *initProcess) within(r *childRun, all map[int]living, pid, depth int) bool {
	p, ok := all[pid]
	other, there := r.others[pid]
	switch {
	case !ok || depth > len(all) || there && other.Started == p.Started:
		return false
	case p.Session == r.pid:
		return true
	}
	for _, other := range s.runs {
		if other != r && p.Session == other.pid {
			return s.within(r, all, other.caller, depth+1)
		}
	}
	if p.Parent == 1 {
		return p.mark == r.mark || p.mark < s.mark || p.mark >= s.unmarked // and not a later run's
	}
	return s.within(r, all, p.Parent, depth+1)
}

// kill sends a signal from the filtered thread: the listener thread has to let
// it pass, and can do so only if the runtime knows that this one waits.
func kill(pid int, sig unix.Signal) {
	unix.Syscall(unix.SYS_KILL, uintptr(pid), uintptr(sig), 0)
}
