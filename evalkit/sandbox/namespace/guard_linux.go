//go:build amd64 || arm64

package namespace

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/evalkit-go/evalkit/evalkit/sandbox"
	"github.com/evalkit-go/evalkit/evalkit/sandbox/internal/seccomp"
)

// guardedCall is a system call that changes what is at a path, with the
// arguments that say so.
type guardedCall struct {
	name string
	kind changeKind
	at   []operand
	arg  int // the flags of an open, or the mode
}

// operand is one path of a call: the argument that holds it, and the one that
// holds the folder it is relative to, or noFolder. With noPath the descriptor is
// that of what is changed.
type operand struct{ dir, path int }

const (
	noFolder = -1
	noPath   = -1
)

// changeKind is what a guarded call does.
type changeKind int

const (
	opensFile   changeKind = iota // to write
	opensHow                      // openat2: the flags lie in memory
	createsFile                   // creat, truncate
	namesFile                     // gives a name, takes one away, or moves it
	setsMode
	mountsOver
)

// writing are the flags of an open that may change something.
const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC

// everywhere are the calls that all architectures have.
var everywhere = map[uint32]guardedCall{
	unix.SYS_OPENAT:    {"open", opensFile, []operand{{0, 1}}, 2},
	unix.SYS_OPENAT2:   {"open", opensHow, []operand{{0, 1}}, 2},
	unix.SYS_TRUNCATE:  {"truncate", createsFile, []operand{{noFolder, 0}}, 0},
	unix.SYS_UNLINKAT:  {"unlink", namesFile, []operand{{0, 1}}, 0},
	unix.SYS_RENAMEAT:  {"rename", namesFile, []operand{{0, 1}, {2, 3}}, 0},
	unix.SYS_RENAMEAT2: {"rename", namesFile, []operand{{0, 1}, {2, 3}}, 0},
	unix.SYS_LINKAT:    {"link", namesFile, []operand{{2, 3}}, 0},
	unix.SYS_SYMLINKAT: {"symlink", namesFile, []operand{{1, 2}}, 0},
	unix.SYS_FCHMODAT:  {"chmod", setsMode, []operand{{0, 1}}, 2},
	unix.SYS_FCHMODAT2: {"chmod", setsMode, []operand{{0, 1}}, 2},
	unix.SYS_FCHMOD:    {"chmod", setsMode, []operand{{0, noPath}}, 1},
	unix.SYS_MOUNT:     {"mount", mountsOver, []operand{{noFolder, 1}}, 0},
}

// guardedNumbers lists the calls of this architecture in one order.
func guardedNumbers() []uint32 {
	var all []uint32
	for _, calls := range []map[uint32]guardedCall{everywhere, legacy} {
		for number := range calls {
			all = append(all, number)
		}
	}
	slices.Sort(all)
	return all
}

func guardedCallOf(number int32) (guardedCall, bool) {
	c, ok := everywhere[uint32(number)]
	if !ok {
		c, ok = legacy[uint32(number)]
	}
	return c, ok
}

// guarding notifies of the calls that may change what is guarded, but for those
// of PID 1's own code.
func guarding(own textRange) []bpf.Instruction {
	var p []bpf.Instruction
	for _, number := range guardedNumbers() {
		c, _ := guardedCallOf(int32(number))
		block := outside(own, seccomp.Ret(seccomp.Notify), seccomp.Ret(seccomp.Allow))
		if c.kind == opensFile {
			block = append([]bpf.Instruction{
				bpf.LoadAbsolute{Off: seccomp.OffArg(c.arg), Size: 4},
				bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: writing, SkipTrue: 1},
				seccomp.Ret(seccomp.Allow),
			}, block...)
		}
		p = append(p, seccomp.ForCall(number, block...)...)
	}
	return p
}

// How many acts of one kind on one path are told of: the first show what was
// tried. Starts are told of for as long as a trial may go on, so that no other
// act can hide them.
const (
	actsMax   = 32
	startsMax = 1 << 14
)

// lookAtGuarded tells the host of a call that would change something guarded
// and that the kernel is going to refuse, and lets it go on in any case: what
// is not refused shows in the files, but for a mode that is soon put back.
func (s *initProcess) lookAtGuarded(listener int, n seccomp.Notification, c guardedCall) {
	defer seccomp.Respond(listener, seccomp.Response{ID: n.ID, Flags: seccomp.Continue})
	act, ok := s.actOf(n, c)
	if ok && seccomp.StillWaiting(listener, n.ID) {
		s.tell(n, act)
	}
}

func (s *initProcess) tell(n seccomp.Notification, act sandbox.Act) {
	most := actsMax
	if act.Call == sandbox.CallStart {
		most = startsMax
	}
	kind := strings.Join([]string{act.Call, act.Path, act.At, ownersRights(act.After)}, " ")
	if s.acts[kind] >= most {
		return
	}
	s.acts[kind]++
	s.send(&message{op: opAct, lists: [][]string{{act.Path, act.Call, act.Refused, act.At, act.Before, act.After}, ancestry(int(n.PID))}})
}

// actOf gives the guarded path that a call would change, and why it cannot.
func (s *initProcess) actOf(n seccomp.Notification, c guardedCall) (act sandbox.Act, ok bool) {
	var places []place
	for _, o := range c.at {
		p, ok := placeOf(n, o)
		if !ok {
			return act, false
		}
		places = append(places, p)
	}
	for _, p := range places {
		name, ok := s.guards(p, c.kind)
		if !ok {
			continue
		}
		act = sandbox.Act{Path: name, Call: c.name}
		if c.kind == setsMode {
			act.At = p.leadsTo()
			act.Before, act.After = p.modes(uint32(n.Args[c.arg]))
		}
		if err := whyRefused(n, c, p, places); err != nil {
			act.Refused = err.Error()
			return act, true
		}
		if c.kind == setsMode && takesRights(p, uint32(n.Args[c.arg])) {
			return act, true
		}
	}
	if c.kind == opensFile {
		if name, err := s.editedInPlace(n, c, places[0]); err != nil {
			return sandbox.Act{Path: name, Call: c.name, Refused: err.Error()}, true
		}
	}
	return act, false
}

// lookAtStart tells the host of the start of the command line that it wants to
// know of.
func (s *initProcess) lookAtStart(n seccomp.Notification) {
	at := 1
	if n.Number == unix.SYS_EXECVEAT {
		at = 2
	}
	argv, ok := readStrings(int(n.PID), n.Args[at], len(s.startOf)+1)
	if ok && len(argv) == len(s.startOf) && path.Base(argv[0]) == path.Base(s.startOf[0]) && slices.Equal(argv[1:], s.startOf[1:]) {
		s.tell(n, sandbox.Act{Path: s.startOf[0], Call: sandbox.CallStart})
	}
}

// guards gives the guarded path that a change at a place is one to: itself, or
// one below a folder that is renamed, taken away, locked or mounted over.
func (s *initProcess) guards(p place, kind changeKind) (string, bool) {
	for _, g := range s.guard {
		if p.full == g || p.target == g {
			return g, true
		}
		if kind != opensFile && kind != opensHow && kind != createsFile && strings.HasPrefix(g, p.full+"/") {
			return g, true
		}
	}
	return "", false
}

// editedInPlace knows programs that edit a file by another one beside it, which
// is what is refused to them: the file is among their arguments.
func (s *initProcess) editedInPlace(n seccomp.Notification, c guardedCall, p place) (string, error) {
	const fresh = unix.O_CREAT | unix.O_EXCL
	if n.Args[c.arg]&fresh != fresh || !slices.ContainsFunc(s.guard, func(g string) bool { return path.Dir(g) == p.dir }) {
		return "", nil
	}
	err := unix.Access(p.dir, unix.W_OK|unix.X_OK)
	if err == nil {
		return "", nil
	}
	for _, argument := range argsOf(int(n.PID)) {
		at, ok := resolvePlace(int(n.PID), unix.AT_FDCWD, argument)
		if ok && slices.Contains(s.guard, at.full) {
			return at.full, err
		}
	}
	return "", nil
}

// told passes init's word of an act on.
func (m *machine) told(msg *message) {
	if m.plan.told != nil {
		m.plan.told(sandbox.Act{
			Path: msg.text(0, 0), Call: msg.text(0, 1), Refused: msg.text(0, 2),
			At: msg.text(0, 3), Before: msg.text(0, 4), After: msg.text(0, 5), Sender: processes(msg.list(1)),
		})
	}
}

// learnGuarded resolves the guarded paths, as calls will be.
func (s *initProcess) learnGuarded() {
	var all []string
	for _, g := range s.guard {
		all = append(all, g)
		if p, ok := resolvePlace(1, unix.AT_FDCWD, g); ok {
			all = append(all, p.full)
		}
	}
	slices.Sort(all)
	s.guard = slices.Compact(all)
}

func procPath(pid int, rest string) string { return "/proc/" + strconv.Itoa(pid) + "/" + rest }
