//go:build amd64 || arm64

package namespace

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Every process bears the mark of the outermost run that it descends from, in
// the hard limit of a resource: children inherit it, through every fork, session
// and double fork, and nobody in the sandbox can raise it. Later runs have lower
// marks, so that a process which lowers its own, or another's, only passes for a
// later run's, and ends with that. A byte of POSIX message queues is missed by
// nobody; parents, sessions and times of birth can all be blurred.
const markResource = unix.RLIMIT_MSGQUEUE

// learnMark takes PID 1's own limit for that of a process without a mark.
func (s *initProcess) learnMark() error {
	var now unix.Rlimit
	if err := unix.Getrlimit(markResource, &now); err != nil {
		return err
	}
	s.unmarked, s.mark = now.Max, now.Max
	return nil
}

// nextMark gives the mark of a run that begins now: a new one, or its caller's.
// With no marks left all that remains bears the same, and ends at once.
func (s *initProcess) nextMark(r *childRun) error {
	if r.nested {
		var err error
		r.mark, err = s.key.mark(r.caller)
		return err
	}
	if s.mark > 0 {
		s.mark--
	}
	r.mark = s.mark
	if r.beside {
		s.beside[r.mark] = true
	}
	return nil
}

// setMark marks a child. Should it have forked before, those are unmarked.
func (s *initProcess) setMark(r *childRun) {
	s.key.set(r.pid, markResource, &unix.Rlimit{Cur: r.mark, Max: r.mark}) // it may be gone already
}

// mark reads a process's mark, from under the filter.
func (k limitKey) mark(pid int) (uint64, error) {
	var now unix.Rlimit
	_, _, e := unix.RawSyscall6(unix.SYS_PRLIMIT64, uintptr(k.pid)<<32|uintptr(uint32(pid)), uintptr(k.resource)<<32|markResource,
		0, uintptr(unsafe.Pointer(&now)), 0, 0)
	if e != 0 {
		return 0, e
	}
	return now.Max, nil
}

// bornIn says whether a mark is that of a run or of a later one. One without a
// mark was born before its parent had got it. What runs beside others ends
// alone, and with nobody.
func (s *initProcess) bornIn(r *childRun, mark uint64) bool {
	if r.beside || s.beside[mark] {
		return mark == r.mark
	}
	return mark <= r.mark || mark >= s.unmarked
}
