//go:build amd64 || arm64

package landlock

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Every process bears the mark of the run that it descends from, in the hard
// limit of a resource: children inherit it, through every fork, session and
// double fork, and nobody in the sandbox can raise it. The supervisor lowers its
// own before it starts a run, so that no process is ever without. Who lowers
// his own only passes for a later run's, and ends with that. A byte of POSIX
// message queues, which the sandbox has none of, is missed by nobody; parents,
// sessions and times of birth can all be blurred.
const markResource = unix.RLIMIT_MSGQUEUE

// nextMark marks the run that begins now. With no marks left all processes bear
// the same, and end together.
func (s *supervisor) nextMark(r *childRun) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(markResource, &now); err != nil {
		return err
	}
	if now.Max > 0 {
		now.Max--
	}
	if err := unix.Setrlimit(markResource, &unix.Rlimit{Cur: now.Max, Max: now.Max}); err != nil {
		return err
	}
	r.mark, s.mark, s.marked = now.Max, now.Max, 0
	return nil
}

// bornIn says whether a process bears a mark or a later one, until it is reaped.
// Whose mark cannot be read is taken for one that does.
func bornIn(pid int, mark uint64) bool {
	var has unix.Rlimit
	err := unix.Prlimit(pid, markResource, nil, &has)
	return err == nil && has.Max <= mark || err != nil && !errors.Is(err, unix.ESRCH)
}
