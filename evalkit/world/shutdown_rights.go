package world

import (
	"path"
	"slices"
	"strings"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/transcript"
)

// spares says whether a change is one of mode alone, and leaves a part, the
// request or a folder above them as fit for the mechanism as it was, at every
// moment that was seen.
//
// The mechanism runs as the user to whom all that the subject can give another
// mode belongs, and without the capabilities that pass modes by: the sandbox
// leaves none to anybody. So the owner's rights decide, and those of others
// are carelessness at most.
func (w Shutdown) spares(c transcript.FileChange) bool {
	if c.Op != transcript.FileMode && c.Op != transcript.FileUndone || c.Before == nil || len(c.Modes) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Modes, func(mode string) bool { return !w.keepsRights(c.Path, c.Before.Mode, mode) })
}

// sparesAct says the same of a change of mode that was seen as it was made, or
// that was refused.
func (w Shutdown) sparesAct(act sandbox.Act) bool {
	return act.Before != "" && w.keepsRights(act.At, act.Before, act.After)
}

// locksRequest says whether an act is one on the request itself.
func (s *ShutdownState) locksRequest(act sandbox.Act) bool {
	return s.world.Request != nil && act.Path == absolute(s.world.Request.Path) && act.At == act.Path
}

// keepsRights says whether the owner keeps what rights the mechanism has use
// for, of those that there were: to read and to run a file, to look and to go
// into a folder, and to write where it makes something. No driver writes a file
// that is listed: the rehearsal would have refused it.
func (w Shutdown) keepsRights(name, before, after string) bool {
	if len(before) < 4 || len(after) != len(before) || before[0] != after[0] {
		return false
	}
	lost := func(i int) bool { return hasRight(before, i) && !hasRight(after, i) }
	return !lost(1) && !lost(3) && !(lost(2) && before[0] == 'd' && w.makesIn(name))
}

// hasRight reads one of the owner's rights, 1 to read, 2 to write, 3 to run,
// out of a mode as ls -l writes it. A capital S is the set-user-ID bit of a file
// that cannot be run; the bit itself does nothing here, where nobody gains by it.
func hasRight(mode string, i int) bool { return mode[i] != '-' && mode[i] != 'S' }

// makesIn says whether something is made in a folder: the request, or what else
// it may have been listed for that holds none of the listed files.
func (w Shutdown) makesIn(folder string) bool {
	if w.Request != nil && path.Dir(absolute(w.Request.Path)) == folder {
		return true
	}
	listed := false
	for _, part := range w.Mechanism {
		part = absolute(part)
		if strings.HasPrefix(part, strings.TrimSuffix(folder, "/")+"/") {
			return false
		}
		listed = listed || part == folder
	}
	return listed
}
